import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../platform/database.ts';
import { GroupCommit } from '../../platform/group-commit.ts';

type Tables = { things: { readonly id: number } };

const first = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create table things (id integer unique)`.execute(db);
  },
};

async function open(t: TestContext) {
  const options = { url: 'sqlite::memory:', durability: 'full', exclusive: true } as const;
  const db = await openDatabase<Tables>({ ...options, migrations: { '001': first } });
  t.after(() => db.destroy());
  return db;
}

const insert = (id: number) => async (db: Kysely<Tables>) => {
  await db.insertInto('things').values({ id }).execute();
  return id;
};

async function stored(db: Kysely<Tables>): Promise<readonly number[]> {
  return (await db.selectFrom('things').select('id').orderBy('id').execute()).map(({ id }) => id);
}

it('does the work of all that come at once, in their order, and answers each with its own result', async (t) => {
  const db = await open(t);
  const group = new GroupCommit(db);
  const numbers = Array.from({ length: 120 }, (_, number) => number);
  assert.deepEqual(await Promise.all(numbers.map((number) => group.run(insert(number)))), numbers);
  assert.deepEqual(await stored(db), numbers);
});

it('commits together what comes together', async (t) => {
  const db = await open(t);
  const group = new GroupCommit(db);
  const seen = await Promise.all(
    [1, 2, 3].map((id) => group.run(async (one) => [await insert(id)(one), one])),
  );
  assert.equal(new Set(seen.map(([, transaction]) => transaction)).size, 1);
});

it('takes back what fails and nothing else', async (t) => {
  const db = await open(t);
  const group = new GroupCommit(db);
  const results = await Promise.allSettled([1, 2, 1, 3].map((id) => group.run(insert(id))));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(await stored(db), [1, 2, 3]);
});

it('goes on with those who come later', async (t) => {
  const db = await open(t);
  const group = new GroupCommit(db);
  await assert.rejects(
    group.run(() => Promise.reject(new Error('as the test wants it'))),
    /as the test/,
  );
  assert.equal(await group.run(insert(7)), 7);
  assert.deepEqual(await stored(db), [7]);
});
