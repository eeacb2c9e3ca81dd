// Takes ended sessions out of the database, and finds what it has taken out already where a broken connection makes it
// run again.
import type { Kysely } from 'kysely';
import { transact } from '../../platform/transact.ts';
import type { GatewayTables } from '../store/migrations.ts';
import type { Logout } from './logout-token.ts';
import { hashOf } from './random.ts';
import type { Account } from './session.ts';
import { deleteAllOf, deleteSession, insertSeen, type StoredSession, type Whose } from './store.ts';

type Database = Kysely<GatewayTables>;

/** @returns what it was, or `undefined` where there is no such session. */
export async function endSession(
  db: Database,
  key: string,
  owner: Account | undefined,
): Promise<StoredSession | undefined> {
  let ended: StoredSession | undefined;
  const work = async (transaction: Database) => {
    ended = (await deleteSession(transaction, key, owner)) ?? ended;
  };
  await transact(db, work, { isIdempotent: true });
  return ended;
}

/** @returns the names of those that there were. */
export async function endAllOf(db: Database, whose: Whose): Promise<readonly string[]> {
  const ended = new Set<string>();
  const work = async (transaction: Database) => {
    for (const key of await deleteAllOf(transaction, whose)) ended.add(key);
  };
  await transact(db, work, { isIdempotent: true });
  return [...ended];
}

/**
 * By a logout token, which counts once, together with what it ends: sent again after an outage it would count for nothing.
 * @returns the names of those that there were; `undefined`: the token was seen before.
 */
export async function endByLogout(
  db: Database,
  { jti, knownUntil, ...whose }: Logout & Whose,
): Promise<readonly string[] | undefined> {
  const seen = {
    provider: whose.provider,
    jtiHash: hashOf(jti),
    expiresAtMs: Math.ceil(knownUntil * 1000),
  };
  const ended = new Set<string>();
  let isOurs = false;
  const work = async (transaction: Database) => {
    isOurs = (await insertSeen(transaction, seen)) || isOurs;
    for (const key of isOurs ? await deleteAllOf(transaction, whose) : []) ended.add(key);
  };
  await transact(db, work, { isIdempotent: true });
  return isOurs ? [...ended] : undefined;
}
