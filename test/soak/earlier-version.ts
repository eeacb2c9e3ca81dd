// A database as an earlier version of the service had left it: made by the first of the migrations, with the rows of a
// newer one as far as that version had columns for them.
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../platform/database.ts';
import { migrations } from '../../transfer-service/store/migrations.ts';

export const versions: readonly string[] = Object.keys(migrations).toSorted();

/** @param count how many migrations that version had; the file is closed, and written by all of them */
export async function setBack(file: string, count: number): Promise<void> {
  const earlier = `${file}.earlier`;
  const own = Object.fromEntries(Object.entries(migrations).toSorted().slice(0, count));
  const made = await openDatabase({
    ...{ url: `sqlite:${earlier}`, durability: 'full', exclusive: false, migrations: own },
  });
  await made.destroy();
  const database = new DatabaseSync(earlier, { enableForeignKeyConstraints: false });
  database.prepare('ATTACH ? AS newer').run(file);
  for (const table of tablesOf(database)) {
    if (table.startsWith('kysely_')) continue;
    const columns = columnsOf(database, 'main', table).join(', ');
    database.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM newer.${table}`);
  }
  database.close();
  for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
  await rename(earlier, file);
}

export type Stored = {
  readonly versions: readonly string[];
  /** Every table's and index's definition, every row. */
  readonly all: unknown;
};

/** As the next process would find it: a copy is looked at, so that what a kill has left is left to that process. */
export async function readStored(file: string): Promise<Stored> {
  const folder = await mkdtemp(join(tmpdir(), 'beamgate-stored-'));
  const copy = join(folder, 'copy.sqlite');
  for (const suffix of ['', '-wal']) await cp(`${file}${suffix}`, `${copy}${suffix}`).catch(unlessMissing);
  const database = new DatabaseSync(copy);
  try {
    const tables = tablesOf(database);
    return {
      versions: tables.includes('kysely_migration') ? namesIn(database, 'kysely_migration') : [],
      all: [
        database.prepare('SELECT name, sql FROM sqlite_master ORDER BY name').all(),
        ...tables.map((table) => database.prepare(`SELECT * FROM ${table}`).all()),
      ],
    };
  } finally {
    database.close();
    await rm(folder, { recursive: true });
  }
}

function tablesOf(database: DatabaseSync): readonly string[] {
  return database
    .prepare("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => String(name));
}

function columnsOf(database: DatabaseSync, schema: string, table: string): readonly string[] {
  const rows = database.prepare('SELECT name FROM pragma_table_info(?, ?)').all(table, schema);
  return rows.map(({ name }) => String(name));
}

function namesIn(database: DatabaseSync, table: string): readonly string[] {
  const rows = database.prepare(`SELECT name FROM ${table} ORDER BY name`).all();
  return rows.map(({ name }) => String(name));
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
