// Opens a database by its URL, migrated to what the code expects: an embedded file, or PostgreSQL for several replicas.
// It knows no tables.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Secret } from './config/secrets.ts';
import { isPostgres, openPostgresDatabase } from './database-postgres.ts';
import { explainPostgres } from './database-postgres-outages.ts';
import { explainSqlite, isInUse, openSqliteDatabase, sqlitePath } from './database-sqlite.ts';

export type DatabaseOptions = {
  /** `sqlite:path/to/file`, `sqlite::memory:`, or `postgres://user@host/name` without a password */
  readonly url: string;
  /** PostgreSQL's; `undefined`: none, or what libpq's own settings (`PGPASSWORD`, `~/.pgpass`) say. */
  readonly password?: Secret | undefined;
  /** SQLite. `full`: a committed row survives a power cut. `normal`: it survives a crash of the process. */
  readonly durability: 'full' | 'normal';
  /** SQLite. One process at a time: a second one is refused at the start instead of doing the same work twice. */
  readonly exclusive: boolean;
  readonly migrations: Readonly<Record<string, Migration>>;
  /** SQLite. Told the names of those that it has not had before: none for one that is as it should be. */
  readonly onMigrated?: (names: readonly string[]) => void;
};

/** Another process has it, and keeps it. */
export class DatabaseInUse extends Error {
  override readonly name = 'DatabaseInUse';
}

/**
 * @throws DatabaseInUse; Error that names the database and what to do: it is no database, it is damaged, it cannot be
 * reached, or it was written by a newer version.
 */
export async function openDatabase<Schema>(options: DatabaseOptions): Promise<Kysely<Schema>> {
  const server = isPostgres(options.url);
  try {
    return server ? await openPostgresDatabase(options) : await openSqliteDatabase(options);
  } catch (cause) {
    const what = describeMigrations(cause) ?? (server ? explainPostgres(cause) : explainSqlite(cause));
    const message = `database ${server ? options.url : sqlitePath(options.url)}: ${what}`;
    throw isInUse(cause) ? new DatabaseInUse(message, { cause }) : new Error(message, { cause });
  }
}

function describeMigrations(cause: unknown): string | undefined {
  const message = cause instanceof Error ? cause.message : '';
  if (!/corrupted migrations/i.test(message)) return undefined;
  return `it was written by another version (${message}); run that version or a newer one`;
}
