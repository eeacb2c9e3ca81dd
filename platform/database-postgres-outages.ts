// Tells an outage of PostgreSQL from a mistake in a statement, and says what an admin can do about it.
import { type OutageReason, Unavailable } from './unavailable.ts';

/** @throws Unavailable for a server that is away, and whatever else it is as it is. */
export function refuse(cause: unknown): never {
  const reason = outageOf(cause);
  if (reason === undefined) throw cause;
  const message = `the database cannot be used: ${explainPostgres(cause)}`;
  throw new Unavailable({ dependency: 'database', reason, message }, { cause });
}

/**
 * By SQLSTATE classes (PostgreSQL's documentation, appendix A): 08 connection, 40 rolled back because of another
 * transaction, 53 out of resources, 57 stopped by its operator or by a timeout, 58 its system, 25006 read-only (a standby),
 * 3D/28 while it is being set up again.
 */
export function outageOf(cause: unknown): OutageReason | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = codeOf(cause);
  if (/^(?:57014|25P03)$/.test(code) || /timeout/i.test(cause.message)) return 'timeout';
  if (/^(?:28|3D)/.test(code)) return 'misconfigured';
  if (/^(?:08|40|53|57|58|XX)/.test(code) || code === '25006') return 'server_error';
  if (/^E[A-Z]{4,}/.test(code) || isBrokenText.test(cause.message)) return 'unreachable';
  return undefined;
}

const isBrokenText = /connection (?:terminated|ended|error)|not queryable/i;

/**
 * Whether the connection is lost, or the server said that it ends it: on another connection the same may work. 25P03: the
 * server has heard nothing for too long.
 */
export function isLostConnection(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const code = codeOf(cause);
  return /^(?:08|57P0|25P03|25006|E[A-Z]{4,})/.test(code) || isBrokenText.test(cause.message);
}

/** Nothing came in time: the connection may lead nowhere, or the server is slow. pg has no code for it. */
export function isReadTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.message === 'Query read timeout';
}

/** All connections of the pool were in use. */
export function isPoolBusy(cause: unknown): boolean {
  return cause instanceof Error && cause.message === 'timeout exceeded when trying to connect';
}

/** Whether a transaction that failed with this was rolled back for no fault of its own: run again, it may succeed. */
export function isWorthRepeating(error: unknown): boolean {
  const cause = error instanceof Unavailable ? error.cause : error;
  if (isLostConnection(cause) || isReadTimeout(cause)) return true;
  // Of two transactions that wait for each other, or read what the other writes, one is rolled back.
  return cause instanceof Error && /^(?:40001|40P01)$/.test(codeOf(cause));
}

/** What an admin reads: what it means, and what to do. */
export function explainPostgres(cause: unknown): string {
  if (cause instanceof Unavailable) return explainPostgres(cause.cause);
  const code = cause instanceof Error ? codeOf(cause) : '';
  const message = cause instanceof Error ? cause.message || code : String(cause);
  if (code.startsWith('28')) return `it refuses the user or the password (${message}); see databasePassword`;
  if (code.startsWith('3D')) return `${message}; make it: createdb, owned by the user of the URL`;
  if (code === '42501') return `${message}; the user of the URL has to own the database`;
  if (outageOf(cause) === 'unreachable' || outageOf(cause) === 'timeout')
    return `it does not answer (${message}); check host, port and that the server runs`;
  return message;
}

function codeOf(cause: Error): string {
  return 'code' in cause ? String(cause.code) : '';
}
