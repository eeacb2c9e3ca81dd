import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { Secret } from '../../platform/config/secrets.ts';
import { openDatabase } from '../../platform/database.ts';
import { connectionOf, isPostgres } from '../../platform/database-postgres.ts';
import { explainPostgres } from '../../platform/database-postgres-outages.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { describeWith, postgres } from '../real-parts/find.ts';
import { freshDatabase, startPostgres } from '../real-parts/postgres.ts';

type Tables = { things: { readonly id: number; readonly at_ms: number } };

const first = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.createTable('things').addColumn('id', 'integer').addColumn('at_ms', 'bigint').execute();
  },
};

async function open(t: TestContext, url: string, migrations = { '001': first }) {
  const db = await openDatabase<Tables>({ url, durability: 'normal', exclusive: false, migrations });
  t.after(() => db.destroy());
  return db;
}

describe('the address of a PostgreSQL', () => {
  it('is told from a file’s', () => {
    for (const url of ['postgres://a@b/c', 'postgresql://b/c']) assert.ok(isPostgres(url));
    for (const url of ['sqlite:postgres://x', 'sqlite::memory:', 'postgres.sqlite'])
      assert.ok(!isPostgres(url));
  });

  it('gets its password at the last moment, whatever characters are in it', () => {
    const password = new Secret('file:/x', 'p@:/?#%');
    const { connectionString = '' } = connectionOf({ url: 'postgres://beamgate@db:5433/b', password });
    assert.equal(decodeURIComponent(new URL(connectionString).password), 'p@:/?#%');
    assert.equal(new URL(connectionString).host, 'db:5433');
  });

  it('is not in what is said of an error: a password neither', () => {
    const refused = Object.assign(new Error('password authentication failed for user "x"'), {
      code: '28P01',
    });
    assert.match(explainPostgres(refused), /refuses the user or the password .*see databasePassword/);
  });
});

describeWith([postgres], 'a database on the real PostgreSQL', () => {
  it('is migrated once by several that open it at the same time, and keeps what is written', async (t) => {
    const url = await freshDatabase(t);
    const [db] = await Promise.all([1, 2, 3, 4].map(() => open(t, url)));
    assert.ok(db !== undefined);
    await db.insertInto('things').values({ id: 1, at_ms: 1_800_000_000_000 }).execute();
    assert.deepEqual(await db.selectFrom('things').selectAll().execute(), [
      { id: 1, at_ms: 1_800_000_000_000 },
    ]);
  });

  it('whose migration fails half-way is as it was', async (t) => {
    const url = await freshDatabase(t);
    const failing = {
      async up(db: Kysely<unknown>): Promise<void> {
        await first.up(db);
        throw new Error('half-way');
      },
    };
    await assert.rejects(open(t, url, { '001': failing }), { message: /half-way/ });
    await open(t, url);
  });

  it('that a newer version wrote is left alone', async (t) => {
    const url = await freshDatabase(t);
    const more = {
      up: (db: Kysely<unknown>) => db.schema.createTable('more').addColumn('id', 'integer').execute(),
    };
    await openDatabase<Tables>({
      url,
      durability: 'normal',
      exclusive: false,
      migrations: { '001': first, '002': more },
    }).then((db) => db.destroy());
    await assert.rejects(open(t, url), {
      message: /written by another version .*run that version or a newer one/,
    });
  });

  it('that is not there, or where nobody listens, says what to do', async (t) => {
    const url = await freshDatabase(t);
    await assert.rejects(open(t, url.replace(/\/\w+$/, '/missing')), {
      message: /does not exist; make it: createdb/,
    });
    await assert.rejects(open(t, 'postgres://beamgate@127.0.0.1:1/x'), {
      message: /^database postgres:\/\/beamgate@127\.0\.0\.1:1\/x: it does not answer .*check host, port/,
    });
  });

  it('refuses an integer that JavaScript would round', async (t) => {
    const db = await open(t, await freshDatabase(t));
    await assert.rejects(sql`select 9007199254740993::bigint`.execute(db), RangeError);
  });

  it('answers with an outage while it is away, with a mistake where the statement is wrong, and goes on when it is back', async (t) => {
    const server = await startPostgres();
    t.after(() => server.remove());
    const db = await open(t, server.url);
    await assert.rejects(sql`select * from nowhere`.execute(db), (error) => !(error instanceof Unavailable));
    await server.stop();
    for (let attempt = 0; attempt < 3; attempt += 1)
      await assert.rejects(db.selectFrom('things').selectAll().execute(), isOutage);
    await assert.rejects(
      db.transaction().execute((transaction) => transaction.selectFrom('things').selectAll().execute()),
      isOutage,
    );
    await server.start();
    assert.deepEqual(await db.selectFrom('things').selectAll().execute(), []);
  });

  it('gives up on a statement that takes too long, and the next one gets its own answer', async (t) => {
    const db = await open(t, await freshDatabase(t));
    await assert.rejects(sql`select pg_sleep(20)`.execute(db), isOutage);
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(db);
    assert.deepEqual(rows, [{ one: 1 }]);
  });
});

function isOutage(error: unknown): boolean {
  return error instanceof Unavailable && error.dependency === 'database';
}
