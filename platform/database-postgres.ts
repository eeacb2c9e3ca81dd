// PostgreSQL by its URL: kysely over pg, for several replicas that share one state. A server that is away is an outage,
// told apart from a statement that is wrong.
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DatabaseOptions } from './database.ts';
import { openPostgresPool } from './database-postgres-pool.ts';
import { migrateToLatest } from './migrate.ts';

export function isPostgres(url: string): boolean {
  return /^postgres(?:ql)?:/.test(url);
}

/** @throws Unavailable where the server cannot be reached, or Error; `explainPostgres` says what to do about it. */
export async function openPostgresDatabase<Schema>(options: DatabaseOptions): Promise<Kysely<Schema>> {
  const pool = openPostgresPool({
    ...connectionOf(options),
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs + 1000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    idleTimeoutMillis: 60_000,
  });
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    // Replicas that start together wait for each other here: the migrator holds a lock of the database's.
    await migrateToLatest(db, options.migrations);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return db;
}

const maxConnections = 10;
const connectTimeoutMs = 2000;
const statementTimeoutMs = 5000;

/** What pg connects with; int8 is a number, as it is in SQLite: times in milliseconds and counts are below 2^53. */
export function connectionOf({ url, password }: Pick<DatabaseOptions, 'url' | 'password'>): pg.ClientConfig {
  return {
    connectionString: password === undefined ? url : withPassword(url, password.reveal()),
    application_name: 'beamgate',
    keepAlive: true,
    types: { getTypeParser },
  };
}

function withPassword(url: string, password: string): string {
  const complete = new URL(url);
  complete.password = encodeURIComponent(password);
  return complete.href;
}

const int8 = 20;

const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (id: number, format?: 'text' | 'binary') =>
  id === int8 && format !== 'binary' ? readInteger : pg.types.getTypeParser(id, format);

function readInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError('an integer in the database is beyond 2^53');
}
