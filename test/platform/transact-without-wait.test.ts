import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../platform/database.ts';
import { transactWithoutWait } from '../../platform/transact-without-wait.ts';

type Tables = { things: { readonly id: number } };

const first = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.createTable('things').addColumn('id', 'integer').execute();
  },
};

async function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-db-'));
  const db = await openDatabase<Tables>({
    url: `sqlite:${join(folder, 'db.sqlite')}`,
    durability: 'full',
    exclusive: true,
    migrations: { '001': first },
  });
  t.after(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true });
  });
  return db;
}

/** 2: each commit waits for the disk; 1: none does. See https://www.sqlite.org/pragma.html#pragma_synchronous */
async function synchronous(db: Kysely<Tables>): Promise<unknown> {
  return Object(await sql`pragma synchronous`.execute(db)).rows[0]?.synchronous;
}

it('waits for the disk in every transaction but these, however often they alternate', async (t) => {
  const db = await open(t);
  for (let id = 0; id < 3; id += 1) {
    assert.equal(await synchronous(db), 2);
    const seen = await transactWithoutWait(db, async (transaction) => {
      await transaction.insertInto('things').values({ id }).execute();
      return synchronous(transaction);
    });
    assert.equal(seen, 1);
  }
  assert.equal(await db.transaction().execute(synchronous), 2);
  assert.equal((await db.selectFrom('things').selectAll().execute()).length, 3);
});

it('takes everything back where the work fails, and waits for the disk again', async (t) => {
  const db = await open(t);
  const failing = transactWithoutWait(db, async (transaction) => {
    await transaction.insertInto('things').values({ id: 1 }).execute();
    throw new Error('as the test wants it');
  });
  await assert.rejects(failing, /as the test wants it/);
  assert.equal(await synchronous(db), 2);
  assert.deepEqual(await db.selectFrom('things').selectAll().execute(), []);
});

it('lets nobody in between, who would not wait either', async (t) => {
  const db = await open(t);
  const all = [1, 2, 3, 4, 5, 6].map((id) =>
    id % 2 === 0 ? transactWithoutWait(db, synchronous) : db.transaction().execute(synchronous),
  );
  assert.deepEqual(await Promise.all(all), [2, 1, 2, 1, 2, 1]);
});
