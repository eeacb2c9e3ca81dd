// The embedded database: kysely over node:sqlite. One file, one writer at a time, no process of its own.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import type { DatabaseOptions } from './database.ts';
import { migrateToLatest } from './migrate.ts';
import { Unavailable } from './unavailable.ts';

/** @throws Error of SQLite, or about damage; `explainSqlite` says what to do about it. */
export async function openSqliteDatabase<Schema>(options: DatabaseOptions): Promise<Kysely<Schema>> {
  const sqlite = openSqlite(sqlitePath(options.url), options);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: kyselyView(sqlite) }) });
  await alone(sqlite, async () => {
    const applied = await migrateToLatest(db, options.migrations);
    options.onMigrated?.(applied);
  });
  return db;
}

/** Where the URL leads, as SQLite wants it. */
export function sqlitePath(url: string): string {
  return url.replace(/^sqlite:(\/\/(?=\/))?/, '');
}

const busyTimeoutMs = 5000;
const waitMs = 20;
const maxWaits = 500;

function openSqlite(path: string, options: DatabaseOptions): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const sqlite = new DatabaseSync(path, { timeout: busyTimeoutMs });
  if (options.exclusive) sqlite.exec('PRAGMA locking_mode = EXCLUSIVE');
  sqlite.exec('PRAGMA journal_mode = WAL');
  sqlite.exec(`PRAGMA synchronous = ${options.durability.toUpperCase()}`);
  sqlite.exec('PRAGMA foreign_keys = ON');
  const check = sqlite.prepare('PRAGMA quick_check(1)').get();
  if (check?.quick_check !== 'ok') throw new Error(`damaged: ${String(check?.quick_check)}`);
  return sqlite;
}

type Prepared = { readonly statement: StatementSync; readonly reader: boolean };

/** node:sqlite as kysely expects a database: prepared statements are kept, transactions begin as writers. */
function kyselyView(sqlite: DatabaseSync): SqliteDatabase {
  const known = new Map<string, Prepared>();
  const prepare = (sql: string): Prepared => {
    const before = known.get(sql);
    if (before !== undefined) return before;
    // A deferred transaction that turns into a write fails at once, whatever the time-out.
    const statement = sqlite.prepare(sql === 'begin' ? 'begin immediate' : sql);
    // Asked for once: to name the columns takes longer than most statements.
    const prepared = { statement, reader: statement.columns().length > 0 };
    if (known.size < 1000) known.set(sql, prepared);
    return prepared;
  };
  return {
    close: () => sqlite.close(),
    prepare: (sql) => {
      const { statement, reader } = prepare(sql);
      return {
        reader,
        all: (parameters) => outage(() => statement.all(...parameters.map(asSqlValue))),
        run: (parameters) => {
          // After an error such as a full disk SQLite has done it by itself, and would complain of nothing to take back.
          if (sql === 'rollback' && !sqlite.isTransaction) return { changes: 0, lastInsertRowid: 0 };
          return outage(() => statement.run(...parameters.map(asSqlValue)));
        },
        iterate: (parameters) => statement.iterate(...parameters.map(asSqlValue)),
      };
    },
  };
}

/** Of SQLite's result codes: busy, locked, out of memory, read-only, I/O error, damaged, full, cannot open, no database. */
const outageCodes: ReadonlySet<unknown> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 26]);

/** The disk or the file is at fault, not the statement: an outage, which passes. */
function outage<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    if (!outageCodes.has(codeOf(cause))) throw cause;
    const message = `the database cannot be used: ${explainSqlite(cause)}`;
    throw new Unavailable({ dependency: 'database', reason: 'unreachable', message }, { cause });
  }
}

/** SQLite's result code; an extended one has the plain one in its low byte. */
function codeOf(cause: unknown): number | undefined {
  return cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined;
}

/** Busy or locked: by another process, since one process opens it once. */
export function isInUse(cause: unknown): boolean {
  const code = codeOf(cause);
  return code === 5 || code === 6;
}

/** An object as first value would be taken for named parameters, and shift the rest. */
function asSqlValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`a ${typeof value} cannot be bound to a statement`);
}

/**
 * Of two processes that open a new database at once, one makes the tables and the other finds them made. A migration
 * that fails half-way leaves nothing behind. The wait is not SQLite's own, which would stop this whole process.
 */
async function alone(sqlite: DatabaseSync, work: () => Promise<void>): Promise<void> {
  sqlite.exec('PRAGMA busy_timeout = 0');
  for (let waits = 0; !beginsWriting(sqlite, waits === maxWaits); waits += 1) await setTimeout(waitMs);
  try {
    await work();
    sqlite.exec('COMMIT');
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
    throw error;
  }
  sqlite.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
}

/** @throws what SQLite says, when it is another complaint than that somebody else writes, or the last time that it is asked. */
function beginsWriting(sqlite: DatabaseSync, isLast: boolean): boolean {
  try {
    sqlite.exec('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    if (isLast || !(error instanceof Error && /locked|busy/i.test(error.message))) throw error;
    return false;
  }
}

/** What an admin reads: what it means, and what to do. */
export function explainSqlite(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (isInUse(cause))
    return 'another process has it open; stop that one first, or give this one a database of its own';
  if (/not a database|malformed|damaged/i.test(message))
    return `it cannot be read (${message}); restore it from a backup, or move it away to start with an empty one`;
  if (/\bfull\b/i.test(message)) return 'the disk is full; free some room on it';
  if (/unable to open/i.test(message))
    return 'it cannot be opened; check that the folder exists and may be written to by this user';
  return message;
}
