import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../platform/database.ts';
import { sqlitePath } from '../../platform/database-sqlite.ts';

type Tables = { things: { readonly id: number; readonly text: string | null } };

const first = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.createTable('things').addColumn('id', 'integer').addColumn('text', 'text').execute();
  },
};
const second = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('things').addColumn('more', 'text').execute();
  },
};

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-db-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'var', 'db.sqlite');
}

async function open(
  t: TestContext,
  file: string,
  overrides: Partial<Parameters<typeof openDatabase>[0]> = {},
) {
  const db = await openDatabase<Tables>({
    url: `sqlite:${file}`,
    durability: 'full',
    exclusive: false,
    migrations: { '001': first },
    ...overrides,
  });
  t.after(() => db.destroy());
  return db;
}

describe('a database', () => {
  it('is found where its URL leads', () => {
    for (const [url, path] of [
      ['sqlite:var/a.sqlite', 'var/a.sqlite'],
      ['sqlite:/var/a.sqlite', '/var/a.sqlite'],
      ['sqlite:///var/a.sqlite', '/var/a.sqlite'],
      ['sqlite::memory:', ':memory:'],
    ] as const)
      assert.equal(sqlitePath(url), path);
  });

  it('is made with its folder, migrated, and keeps what is written', async (t) => {
    const file = place(t);
    const db = await open(t, file);
    await db.insertInto('things').values({ id: 1, text: 'a' }).execute();
    const again = await open(t, file, { migrations: { '001': first, '002': second } });
    const rows = await again.selectFrom('things').selectAll().execute();
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ id: 1, text: 'a', more: null }],
    );
  });

  it('is made once by several that open it at the same time', async (t) => {
    const file = place(t);
    const migrations = { '001': first, '002': second };
    await Promise.all([1, 2, 3, 4].map(() => open(t, file, { migrations })));
  });

  it('whose migration fails half-way is as it was', async (t) => {
    const file = place(t);
    const failing = {
      async up(db: Kysely<unknown>): Promise<void> {
        await second.up(db);
        throw new Error('half-way');
      },
    };
    await assert.rejects(open(t, file, { migrations: { '001': first, '002': failing } }), {
      message: /half-way/,
    });
    await open(t, file, { migrations: { '001': first, '002': second } });
  });

  it('is refused to a second one where it is exclusive', async (t) => {
    const file = place(t);
    await open(t, file, { exclusive: true });
    await assert.rejects(open(t, file, { exclusive: true }), {
      message: `database ${file}: another process has it open; stop that one first, or give this one a database of its own`,
    });
  });

  it('that is none, or damaged, says so and what to do', async (t) => {
    const file = place(t);
    await (await open(t, file)).destroy();
    writeFileSync(file, 'this is no database at all, it is a text of more than one hundred bytes'.repeat(4));
    await assert.rejects(open(t, file), {
      message: /cannot be read .*restore it from a backup, or move it away/,
    });
  });

  it('that a newer version wrote is left alone', async (t) => {
    const file = place(t);
    await open(t, file, { migrations: { '001': first, '002': second } });
    await assert.rejects(open(t, file), {
      message: /written by another version .*run that version or a newer one/,
    });
  });

  it('that cannot be made says what to check', async (t) => {
    const folder = join(place(t), '..');
    await assert.rejects(open(t, join(folder, '..')), {
      message: /^database .*(?:cannot be opened|EISDIR|directory)/,
    });
  });

  it('refuses a value that SQLite would take for something else', async (t) => {
    const db = await open(t, place(t));
    const hostile: unknown = { $id: 1 };
    for (const value of [hostile, new Date(0), true, undefined, ['a']]) {
      const query = db.insertInto('things').values({ id: 1, text: JSON.parse(JSON.stringify('x')) });
      const compiled = { ...query.compile(), parameters: [value, 'x'] };
      await assert.rejects(db.executeQuery(compiled), TypeError);
    }
  });

  it('takes back a transaction that fails', async (t) => {
    const db = await open(t, place(t));
    const failing = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('things').values({ id: 1, text: null }).execute();
      throw new Error('no');
    });
    await assert.rejects(failing, { message: 'no' });
    assert.deepEqual(await db.selectFrom('things').selectAll().execute(), []);
  });

  it('that has no room left is an outage, which says so, and goes on when there is room', async (t) => {
    const db = await open(t, place(t));
    await sql`pragma max_page_count = 8`.execute(db);
    const failing = db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('things')
        .values({ id: 1, text: 'x'.repeat(100_000) })
        .execute();
    });
    // SQLite has taken the transaction back by itself by then.
    await assert.rejects(failing, { name: 'Unavailable', message: /the disk is full/ });
    await sql`pragma max_page_count = 1000`.execute(db);
    await db.insertInto('things').values({ id: 2, text: null }).execute();
    assert.equal((await db.selectFrom('things').selectAll().execute()).length, 1);
  });
});
