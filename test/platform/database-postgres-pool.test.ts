// Connections to the real PostgreSQL that break while they are used: the process goes on, and so does the work.
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../platform/database.ts';
import { transact } from '../../platform/transact.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { describeWith, postgres } from '../real-parts/find.ts';
import { type PostgresServer, startPostgres } from '../real-parts/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../real-parts/tcp-proxy.ts';

type Tables = { things: { readonly id: number } };
type Db = Kysely<Tables>;

const first = {
  up: (db: Kysely<unknown>) =>
    db.schema
      .createTable('things')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .execute(),
};

type Scene = {
  readonly server: PostgresServer;
  readonly proxy: TcpProxy;
  readonly db: Db;
  readonly admin: Db;
};

/** A server of the test's own: one backend that is killed makes it restart all of them. */
async function open(t: TestContext): Promise<Scene> {
  const server = await startPostgres();
  const address = new URL(server.url);
  const proxy = await startTcpProxy({ host: address.hostname, port: Number(address.port) });
  const openAt = (url: string) =>
    openDatabase<Tables>({ url, durability: 'normal', exclusive: false, migrations: { '001': first } });
  address.port = String(proxy.port);
  const db = await openAt(address.href);
  const admin = await openAt(server.url);
  t.after(async () => {
    await Promise.all([db.destroy(), admin.destroy()]);
    await proxy.stop();
    await server.remove();
  });
  return { server, proxy, db, admin };
}

const pidOf = async (db: Db): Promise<number> => {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
  return rows[0]?.pid ?? 0;
};

const idsIn = async (db: Db) =>
  (await db.selectFrom('things').select('id').orderBy('id').execute()).map(({ id }) => id);

/** The backends that run this text. */
async function pidsRunning(admin: Db, text: string): Promise<readonly number[]> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity where query like ${`%${text}%`} and pid <> pg_backend_pid()`.execute(
    admin,
  );
  return rows.map(({ pid }) => pid);
}

async function waitForRunning(admin: Db, text: string): Promise<number> {
  await waitFor(`${text} runs`, async () => (await pidsRunning(admin, text)).length > 0);
  return (await pidsRunning(admin, text))[0] ?? 0;
}

/** Each breaks every connection of the database through the proxy, or at least that of `pid`. */
const breaks: Readonly<Record<string, (scene: Scene, pid: number) => Promise<unknown>>> = {
  'a backend that is killed': async (_scene, pid) => process.kill(pid, 'SIGKILL'),
  'a backend that its admin ends': ({ admin }, pid) =>
    sql`select pg_terminate_backend(${pid})`.execute(admin),
  'a TCP reset': async ({ proxy }) => proxy.reset(),
  'a black hole': async ({ proxy }) => proxy.blackhole(),
  'a restart of the server': async ({ server }) => {
    await server.stop();
    await server.start();
  },
};

describeWith([postgres], 'a connection to PostgreSQL that breaks', () => {
  for (const [what, breakIt] of Object.entries(breaks)) {
    it(`during a statement ends no process, and the statement is repeated: ${what}`, async (t) => {
      const scene = await open(t);
      const slow = sql`select pg_sleep(1.5), 'slow one' as what`.execute(scene.db);
      const pid = await waitForRunning(scene.admin, 'slow one');
      await breakIt(scene, pid);
      assert.equal((await slow).rows.length, 1);
    });

    it(`while it is idle costs the next statement nothing: ${what}`, async (t) => {
      const scene = await open(t);
      await breakIt(scene, await pidOf(scene.db));
      assert.deepEqual(await idsIn(scene.db), []);
    });

    it(`inside a transaction ends no process, and the transaction is run again: ${what}`, async (t) => {
      const scene = await open(t);
      let runs = 0;
      await transact(scene.db, async (transaction) => {
        runs += 1;
        await transaction.insertInto('things').values({ id: runs }).execute();
        if (runs === 1) await breakIt(scene, await pidOf(transaction));
        await transaction.insertInto('things').values({ id: 10 }).execute();
      });
      assert.equal(runs, 2);
      assert.deepEqual(await idsIn(scene.db), [2, 10]);
    });
  }

  it('with every other one at the same moment fails nothing', async (t) => {
    const { proxy, db } = await open(t);
    await Promise.all(Array.from({ length: 10 }, () => sql`select pg_sleep(0.1)`.execute(db)));
    await waitFor('all are open', () => proxy.open() >= 10);
    for (const breakAll of [proxy.reset, proxy.blackhole]) {
      breakAll();
      const all = await Promise.all(Array.from({ length: 30 }, () => idsIn(db)));
      assert.equal(all.length, 30);
    }
  });

  it('is an outage for a write outside of a transaction: nobody knows whether it counted', async (t) => {
    const { proxy, db, admin } = await open(t);
    await sql`create function wait() returns trigger language plpgsql as
      'begin perform pg_sleep(1); return new; end'`.execute(admin);
    await sql`create trigger wait before insert on things for each row execute function wait()`.execute(
      admin,
    );
    const insert = db.insertInto('things').values({ id: 1 }).execute();
    await waitForRunning(admin, 'insert into "things"');
    proxy.reset();
    await assert.rejects(insert, isOutage);
    await waitFor('it has counted', async () => (await idsIn(admin)).length === 1);
    assert.deepEqual(await idsIn(db), [1], 'once');
  });

  it('during COMMIT is an outage, unless the work finds what it has done', async (t) => {
    const { proxy, db, admin } = await open(t);
    await sql`create function wait() returns trigger language plpgsql as
      'begin perform pg_sleep(1); return new; end'`.execute(admin);
    await sql`create constraint trigger wait after insert on things deferrable initially deferred
      for each row execute function wait()`.execute(admin);
    const insert = async (id: number, isIdempotent: boolean) => {
      const inserted = transact(
        db,
        (transaction) =>
          transaction
            .insertInto('things')
            .values({ id })
            .onConflict((conflict) => conflict.doNothing())
            .execute(),
        { isIdempotent },
      );
      const outcome = inserted.then(
        () => 'done',
        (error: unknown) => (isOutage(error) ? 'outage' : error),
      );
      await waitForRunning(admin, 'commit');
      proxy.reset();
      return outcome;
    };
    assert.equal(await insert(1, false), 'outage');
    await waitFor('it has counted', async () => (await idsIn(admin)).includes(1));
    assert.equal(await insert(2, true), 'done');
    assert.deepEqual(await idsIn(db), [1, 2]);
  });

  it('again and again with one statement is an outage, and not for ever', async (t) => {
    const { proxy, db, admin } = await open(t);
    let isOver = false;
    const spoil = async () => {
      while (!isOver) {
        if ((await pidsRunning(admin, 'spoilt')).length > 0) proxy.reset();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const spoiling = spoil();
    await assert.rejects(sql`select pg_sleep(5), 'spoilt'`.execute(db), isOutage);
    isOver = true;
    await spoiling;
    assert.deepEqual(await idsIn(db), []);
  });

  it('with no new one to be had is an outage, at once when it has lasted', async (t) => {
    const { proxy, db } = await open(t);
    proxy.refuseNew();
    proxy.reset();
    await assert.rejects(idsIn(db), isOutage);
    const startedAtMs = performance.now();
    for (let statement = 0; statement < 20; statement += 1) await assert.rejects(idsIn(db), isOutage);
    assert.ok(performance.now() - startedAtMs < 2000, 'nobody waits for what has been away for long');
    proxy.heal();
    assert.deepEqual(await idsIn(db), []);
  });

  it('is gone when the database is closed, also where the server does not answer', async (t) => {
    const { proxy, db } = await open(t);
    await idsIn(db);
    proxy.blackhole();
    const startedAtMs = performance.now();
    await db.destroy();
    assert.ok(performance.now() - startedAtMs < 3000);
    assert.equal(
      await db
        .selectFrom('things')
        .execute()
        .catch(() => 'closed'),
      'closed',
    );
  });
});

function isOutage(error: unknown): boolean {
  return error instanceof Unavailable && error.dependency === 'database';
}
