// What a refresh writes: each statement counts only for the version that it began with, so that whoever comes late
// changes nothing.
import type { Kysely } from 'kysely';
import type { GatewayTables } from '../store/migrations.ts';
import type { Identity } from '../types.ts';
import type { StoredSession } from './store.ts';

type Database = Kysely<GatewayTables>;

/** @returns whether the refresh is the caller's until then. */
export async function takeRefreshLease(
  db: Database,
  { session, version }: StoredSession,
  { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sessions')
    .set({ refresh_lease_until_ms: untilMs })
    .where('key', '=', session.key)
    .where('version', '=', version)
    .where('refresh_due_at_ms', '<=', nowMs)
    .where((where) =>
      where.or([where('refresh_lease_until_ms', 'is', null), where('refresh_lease_until_ms', '<=', nowMs)]),
    )
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export type RefreshedRow = Pick<StoredSession, 'refreshDueAtMs' | 'accessExpiresAtMs'> & {
  readonly identity: Identity;
  readonly sealedTokens: string;
};

/** @returns false where the session has ended in the meantime. */
export async function storeRefreshed(
  db: Database,
  { session, version }: StoredSession,
  { identity, sealedTokens, refreshDueAtMs, accessExpiresAtMs }: RefreshedRow,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sessions')
    .set({
      realm: identity.realm,
      username: identity.username,
      identity: JSON.stringify(identity),
      sealed_tokens: sealedTokens,
      refresh_due_at_ms: refreshDueAtMs ?? null,
      access_expires_at_ms: accessExpiresAtMs ?? null,
      refresh_lease_until_ms: null,
      version: version + 1,
    })
    .where('key', '=', session.key)
    .where('version', '=', version)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Nobody waits for it, nor asks again, until then. */
export async function postponeRefresh(
  db: Database,
  { session, version }: StoredSession,
  untilMs: number,
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ refresh_due_at_ms: untilMs, access_expires_at_ms: untilMs, refresh_lease_until_ms: null })
    .where('key', '=', session.key)
    .where('version', '=', version)
    .execute();
}

/** @returns false where it had ended or changed before. */
export async function deleteVersion(db: Database, { session, version }: StoredSession): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('key', '=', session.key)
    .where('version', '=', version)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
