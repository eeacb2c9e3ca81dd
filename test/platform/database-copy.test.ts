import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { copySqlite } from '../../platform/database-copy.ts';
import { contentOf } from '../folder-content.ts';

/** As a service has it open, with what it has written in the `-wal` alone. */
function openedByAnother(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-copy-'));
  const path = join(folder, 'a.sqlite');
  const db = new DatabaseSync(path);
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  db.exec('CREATE TABLE things (id INTEGER)');
  t.after(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });
  return { folder, path, db };
}

describe('a copy of a database', () => {
  it('has what was committed a moment ago by who has it open, whose files stay as they are', async (t) => {
    const { folder, path, db } = openedByAnother(t);
    db.exec('INSERT INTO things VALUES (1), (2)');
    const before = contentOf(folder);
    const copy = await copySqlite(path);
    const looked = new DatabaseSync(copy.path);
    assert.equal(looked.prepare('SELECT count(*) AS count FROM things').get()?.count, 2);
    looked.close();
    assert.deepEqual(contentOf(folder), before);
    await copy.remove();
    assert.ok(!existsSync(dirname(copy.path)));
  });

  it('is none of a file that changes all the time', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'beamgate-copy-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'a.sqlite');
    writeFileSync(path, 'x');
    let isOver = false;
    const copying = assert.rejects(copySqlite(path), /changes too fast to be looked into/).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      appendFileSync(path, 'x');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await copying;
  });

  it('is none where there is no database', async () => {
    await assert.rejects(copySqlite('/nowhere/a.sqlite'), /ENOENT/);
  });
});
