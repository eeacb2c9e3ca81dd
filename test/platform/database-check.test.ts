import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '../../platform/database.ts';
import { createDatabaseCheck } from '../../platform/database-check.ts';
import { Dependencies } from '../../platform/dependencies.ts';
import { Unavailable } from '../../platform/unavailable.ts';

async function open(t: TestContext, probe?: () => Promise<unknown>) {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-check-'));
  const file = join(folder, 'x.sqlite');
  const url = `sqlite:${file}`;
  const db = await openDatabase({ url, durability: 'normal', exclusive: false, migrations: {} });
  t.after(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true });
  });
  const dependencies = new Dependencies(['database']);
  const log: string[] = [];
  const check = createDatabaseCheck({
    url,
    probe: probe ?? (() => sql`select count(*) from sqlite_master`.execute(db)),
    dependencies,
    log: {
      error: (_fields: object, message?: string) => void log.push(message ?? ''),
      info: (message: unknown) => void log.push(String(message)),
    },
  });
  const state = async () => {
    await check();
    const [found] = dependencies.report();
    return [found?.state, found?.reason];
  };
  return { file, state, log };
}

describe('a database’s check', () => {
  it('is up as long as it can be read', async (t) => {
    const { state, log } = await open(t);
    assert.deepEqual(await state(), ['up', undefined]);
    assert.deepEqual(log, []);
  });

  it('finds a file that was removed, and one that was put back', async (t) => {
    const { file, state, log } = await open(t);
    renameSync(file, `${file}.away`);
    assert.deepEqual(await state(), ['down', 'lost']);
    assert.deepEqual(await state(), ['down', 'lost']);
    assert.equal(log.length, 1, 'said once');
    renameSync(`${file}.away`, file);
    assert.deepEqual(await state(), ['up', undefined]);
    assert.deepEqual(log.slice(1), ['the database can be read again']);
  });

  it('finds another file in its place, and an emptied one', async (t) => {
    const { file, state } = await open(t);
    renameSync(file, `${file}.away`);
    writeFileSync(file, 'another');
    assert.deepEqual(await state(), ['down', 'lost']);
    renameSync(`${file}.away`, file);
    truncateSync(file, 0);
    assert.deepEqual(await state(), ['down', 'lost']);
  });

  it('says why it cannot be read', async (t) => {
    let problem: Error | undefined;
    const { state } = await open(t, async () => {
      if (problem !== undefined) throw problem;
    });
    problem = new Unavailable({ dependency: 'database', reason: 'timeout', message: 'slow' });
    assert.deepEqual(await state(), ['down', 'timeout']);
    problem = new Error('no such table');
    assert.deepEqual(await state(), ['down', 'unreadable']);
    problem = undefined;
    assert.deepEqual(await state(), ['up', undefined]);
  });
});
