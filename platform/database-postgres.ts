// PostgreSQL by its URL: kysely over pg, for several replicas that share one state. A server that is away is an outage,
// told apart from a statement that is wrong.
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import type { DatabaseOptions } from './database.ts';
import { migrateToLatest } from './migrate.ts';
import { type OutageReason, Unavailable } from './unavailable.ts';

export function isPostgres(url: string): boolean {
  return /^postgres(?:ql)?:/.test(url);
}

/** @throws Unavailable where the server cannot be reached, or Error; `explainPostgres` says what to do about it. */
export async function openPostgresDatabase<Schema>(options: DatabaseOptions): Promise<Kysely<Schema>> {
  const pool = new pg.Pool({
    ...connectionOf(options),
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs + 1000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    idleTimeoutMillis: 60_000,
  });
  // A connection that breaks while nobody uses it: the next one who asks gets a new one, or hears why not.
  pool.on('error', () => undefined);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: poolOf(pool) }) });
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

function poolOf(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: () => pool.connect().then(telling, refuse),
  };
}

/** The same client, whose queries tell an outage from a mistake, and which is not used again after one. */
function telling(client: pg.PoolClient): pg.PoolClient {
  let isBroken = false;
  const query = (...asked: readonly unknown[]): Promise<unknown> =>
    Promise.resolve(Reflect.apply(client.query, client, asked)).catch((error: unknown) => {
      // What did not answer in time may still answer: that would be taken for the next one's.
      if (outageOf(error) !== undefined) isBroken = true;
      return refuse(error);
    });
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'query') return query;
      if (name === 'release') return () => target.release(isBroken);
      return Reflect.get(target, name, target);
    },
  });
}

/** @throws Unavailable for a server that is away, and whatever else it is as it is. */
function refuse(cause: unknown): never {
  const reason = outageOf(cause);
  if (reason === undefined) throw cause;
  const message = `the database cannot be used: ${explainPostgres(cause)}`;
  throw new Unavailable({ dependency: 'database', reason, message }, { cause });
}

/**
 * By SQLSTATE classes (PostgreSQL's documentation, appendix A): 08 connection, 40 rolled back because of another
 * transaction, 53 out of resources, 57 stopped by its operator or by a time-out, 58 its system, 25006 read-only (a standby), 3D/28 while it is being set up again.
 */
function outageOf(cause: unknown): OutageReason | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause ? String(cause.code) : '';
  if (/^(?:57014|25P03)$/.test(code) || /timeout/i.test(cause.message)) return 'timeout';
  if (/^(?:28|3D)/.test(code)) return 'misconfigured';
  if (/^(?:08|40|53|57|58|XX)/.test(code) || code === '25006') return 'server_error';
  if (/^E[A-Z]{4,}/.test(code) || /connection (?:terminated|ended|error)|not queryable/i.test(cause.message))
    return 'unreachable';
  return undefined;
}

/** What an admin reads: what it means, and what to do. */
export function explainPostgres(cause: unknown): string {
  if (cause instanceof Unavailable) return explainPostgres(cause.cause);
  const message =
    cause instanceof Error ? cause.message || String('code' in cause ? cause.code : '') : String(cause);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code.startsWith('28')) return `it refuses the user or the password (${message}); see databasePassword`;
  if (code.startsWith('3D')) return `${message}; make it: createdb, owned by the user of the URL`;
  if (code === '42501') return `${message}; the user of the URL has to own the database`;
  if (outageOf(cause) === 'unreachable' || outageOf(cause) === 'timeout')
    return `it does not answer (${message}); check host, port and that the server runs`;
  return message;
}
