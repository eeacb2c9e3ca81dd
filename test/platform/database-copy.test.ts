import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
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

function beginAnew(path: string, change: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, `${change}`.padEnd(32), 0);
  closeSync(file);
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

  const changes: Readonly<Record<string, (path: string, change: number) => void>> = {
    'a file that changes': (path) => appendFileSync(path, 'x'),
    // A long one, so that it changes while it is copied.
    'a file whose `-wal` is begun anew': (path, change) =>
      change === 0 ? writeFileSync(`${path}-wal`, Buffer.alloc(16 << 20)) : beginAnew(`${path}-wal`, change),
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`is none of ${name} all the time`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'beamgate-copy-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const path = join(folder, 'a.sqlite');
      writeFileSync(path, 'x');
      change(path, 0);
      let isOver = false;
      const copying = assert.rejects(copySqlite(path), /changes too fast to be looked into/).finally(() => {
        isOver = true;
      });
      for (let turn = 1; !isOver; turn += 1) {
        change(path, turn);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await copying;
    });
  }

  it('is none where there is no database', async () => {
    await assert.rejects(copySqlite('/nowhere/a.sqlite'), /ENOENT/);
  });
});
