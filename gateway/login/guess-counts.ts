// The counts of failed password sign-ins in the database. Locks the rows that it reads, in one order, so that attempts at
// the same moment on any replica are counted one after the other.
import { type Kysely, sql } from 'kysely';
import type { GatewayTables } from '../store/migrations.ts';

export type Count = {
  readonly keyHash: string;
  readonly failures: number;
  readonly forgiven: number;
  readonly lastAtMs: number;
};

type Database = Kysely<GatewayTables>;

/** A count without a new attempt for so long is forgotten. */
export const forgetMs = 60 * 60_000;
/** How long a network counts as one that the account's owner uses. */
const knownMs = 90 * 24 * 60 * 60_000;
/** How many attempts in a row an outage excuses for one account from one network. */
const maxForgiven = 30;

/** @returns one count for each key, zero where there was none. */
export async function lockCounts(
  transaction: Database,
  keyHashes: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, Count>> {
  const fresh = [...keyHashes]
    .sort()
    .map((keyHash) => rowOf({ keyHash, failures: 0, forgiven: 0, lastAtMs: nowMs }));
  const rows = await transaction
    .insertInto('password_attempts')
    .values(fresh)
    // Locks the row until the transaction ends, and changes it only where a clock was set back since it was written.
    .onConflict((conflict) =>
      conflict.column('key_hash').doUpdateSet({
        last_at_ms: earlierOf('last_at_ms'),
        forget_at_ms: earlierOf('forget_at_ms'),
      }),
    )
    .returningAll()
    .execute();
  return new Map(
    rows.map((row) => {
      const isOver = row.forget_at_ms <= nowMs;
      const { key_hash: keyHash, last_at_ms: lastAtMs } = row;
      const [failures, forgiven] = isOver ? [0, 0] : [row.failures, row.forgiven];
      return [keyHash, { keyHash, failures, forgiven, lastAtMs }];
    }),
  );
}

function earlierOf(column: 'last_at_ms' | 'forget_at_ms') {
  const [stored, fresh] = [sql.ref(`password_attempts.${column}`), sql.ref(`excluded.${column}`)];
  return sql<number>`case when ${stored} > ${fresh} then ${fresh} else ${stored} end`;
}

/** @param counts which `lockCounts` has locked. */
export async function storeCounts(transaction: Database, counts: readonly Count[]): Promise<void> {
  await transaction
    .insertInto('password_attempts')
    .values(counts.map(rowOf))
    .onConflict((conflict) =>
      conflict.column('key_hash').doUpdateSet(({ ref }) => ({
        failures: ref('excluded.failures'),
        forgiven: ref('excluded.forgiven'),
        last_at_ms: ref('excluded.last_at_ms'),
        forget_at_ms: ref('excluded.forget_at_ms'),
      })),
    )
    .execute();
}

export async function isKnownNetwork(db: Database, keyHash: string, nowMs: number): Promise<boolean> {
  const row = await db
    .selectFrom('password_attempts')
    .select('key_hash')
    .where('key_hash', '=', keyHash)
    .where('forget_at_ms', '>', nowMs)
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes one attempt back from each. */
export async function takeBack(db: Database, keyHashes: readonly string[]): Promise<void> {
  await db
    .updateTable('password_attempts')
    .set(({ eb }) => ({ failures: eb('failures', '-', 1) }))
    .where('key_hash', 'in', keyHashes)
    .where('failures', '>', 0)
    .execute();
}

/** @returns false where this one has been forgiven as often as it may be. */
export async function forgive(db: Database, keyHash: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('password_attempts')
    .set(({ eb }) => ({ failures: eb('failures', '-', 1), forgiven: eb('forgiven', '+', 1) }))
    .where('key_hash', '=', keyHash)
    .where('failures', '>', 0)
    .where('forgiven', '<', maxForgiven)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function deleteCount(db: Database, keyHash: string): Promise<void> {
  await db.deleteFrom('password_attempts').where('key_hash', '=', keyHash).execute();
}

export async function storeKnownNetwork(db: Database, keyHash: string, nowMs: number): Promise<void> {
  const row = {
    ...rowOf({ keyHash, failures: 0, forgiven: 0, lastAtMs: nowMs }),
    forget_at_ms: nowMs + knownMs,
  };
  await db
    .insertInto('password_attempts')
    .values(row)
    .onConflict((conflict) => conflict.column('key_hash').doUpdateSet({ forget_at_ms: row.forget_at_ms }))
    .execute();
}

function rowOf({ keyHash, failures, forgiven, lastAtMs }: Count): GatewayTables['password_attempts'] {
  return {
    key_hash: keyHash,
    failures,
    forgiven,
    last_at_ms: lastAtMs,
    forget_at_ms: lastAtMs + forgetMs,
  };
}
