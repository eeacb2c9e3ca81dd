// Sessions in the database: one statement each, alike on SQLite and PostgreSQL. It knows hashes, never an id.
import { type Kysely, type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { GatewayTables } from '../store/migrations.ts';
import type { Identity } from '../types.ts';
import type { Logout } from './logout-token.ts';
import type { Account, Session } from './session.ts';

export type StoredSession = {
  readonly session: Session;
  /** Of the provider that it was begun with; empty: it is from before that was stored. */
  readonly providerDigest: string;
  readonly idleMs: number;
  readonly sealedTokens: string | undefined;
  readonly refreshDueAtMs: number | undefined;
  readonly accessExpiresAtMs: number | undefined;
  readonly version: number;
};

export type NewSession = Omit<StoredSession, 'version'>;

type Database = Kysely<GatewayTables>;
type Row = Selectable<GatewayTables['sessions']>;

export async function insertSession(db: Database, stored: NewSession): Promise<void> {
  const { session, idleMs } = stored;
  const { identity } = session;
  await db
    .insertInto('sessions')
    .values({
      key: session.key,
      provider: identity.provider,
      provider_digest: stored.providerDigest,
      realm: identity.realm,
      subject: identity.id,
      username: identity.username,
      sid: session.sid ?? null,
      identity: JSON.stringify(identity),
      created_at_ms: session.createdAtMs,
      auth_time_ms: session.authTimeMs,
      acr: session.acr ?? null,
      last_seen_at_ms: session.lastSeenAtMs,
      idle_ms: idleMs,
      expires_at_ms: session.expiresAtMs,
      ends_at_ms: Math.min(session.expiresAtMs, session.lastSeenAtMs + idleMs),
      device: session.device,
      address: session.address ?? null,
      is_shared: session.isShared ? 1 : 0,
      sealed_tokens: stored.sealedTokens ?? null,
      refresh_due_at_ms: stored.refreshDueAtMs ?? null,
      access_expires_at_ms: stored.accessExpiresAtMs ?? null,
      refresh_lease_until_ms: null,
      version: 1,
    })
    // Its key is random: whoever finds it there has stored it already.
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

export async function insertId(
  db: Database,
  id: { readonly idHash: string; readonly sessionKey: string; readonly host: string; readonly nowMs: number },
): Promise<void> {
  await db
    .insertInto('session_ids')
    .values({ id_hash: id.idHash, session_key: id.sessionKey, host: id.host, created_at_ms: id.nowMs })
    .onConflict((conflict) => conflict.column('id_hash').doNothing())
    .execute();
}

/**
 * Holds a session, inside a transaction, until that ends: nobody takes it away meanwhile. Always before anything that
 * hangs on it, as who ends a session begins with it too: two that wait for each other would both get nowhere.
 * @returns false where it has ended.
 */
export async function holdSession(transaction: Database, key: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('sessions')
    .set(({ ref }) => ({ version: ref('version') }))
    .where('key', '=', key)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** The session that an id belongs to, if it lives, and the host on which the id counts. */
export async function fetchById(
  db: Database,
  idHash: string,
  nowMs: number,
): Promise<(StoredSession & { readonly host: string }) | undefined> {
  const row = await db
    .selectFrom('session_ids')
    .innerJoin('sessions', 'sessions.key', 'session_ids.session_key')
    .selectAll('sessions')
    .select('session_ids.host')
    .where('session_ids.id_hash', '=', idHash)
    .where('sessions.ends_at_ms', '>', nowMs)
    .executeTakeFirst();
  return row === undefined ? undefined : { ...readRow(row), host: row.host };
}

export async function fetchByKey(
  db: Database,
  key: string,
  nowMs: number,
): Promise<StoredSession | undefined> {
  const row = await db
    .selectFrom('sessions')
    .selectAll()
    .where('key', '=', key)
    .where('ends_at_ms', '>', nowMs)
    .executeTakeFirst();
  return row === undefined ? undefined : readRow(row);
}

export async function storeUse(
  db: Database,
  { session, idleMs }: Pick<StoredSession, 'session' | 'idleMs'>,
  nowMs: number,
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_seen_at_ms: nowMs, ends_at_ms: Math.min(session.expiresAtMs, nowMs + idleMs) })
    .where('key', '=', session.key)
    .where('last_seen_at_ms', '<', nowMs)
    .execute();
}

/** Its ids and codes go with it. @returns what it was, or `undefined` where there is none of that name any more. */
export async function deleteSession(
  db: Database,
  key: string,
  owner: Account | undefined,
): Promise<StoredSession | undefined> {
  let deletion = db.deleteFrom('sessions').where('key', '=', key);
  if (owner !== undefined)
    deletion = deletion.where('provider', '=', owner.provider).where('subject', '=', owner.subject);
  const row = await deletion.returningAll().executeTakeFirst();
  return row === undefined ? undefined : readRow(row);
}

export type Whose = Pick<Logout, 'sid' | 'subject'> & { readonly provider: string };

/** @returns the names of those that were there. */
export async function deleteAllOf(
  db: Database,
  { provider, sid, subject }: Whose,
): Promise<readonly string[]> {
  if (sid === undefined && subject === undefined) throw new Error('nobody was named, and would be everybody');
  let deletion = db.deleteFrom('sessions').where('provider', '=', provider);
  if (subject !== undefined) deletion = deletion.where('subject', '=', subject);
  // Of the person's sessions without a name any may be the one that is meant: rather one too many ends than none.
  if (sid !== undefined)
    deletion = deletion.where((where) =>
      subject === undefined
        ? where('sid', '=', sid)
        : where.or([where('sid', '=', sid), where('sid', 'is', null)]),
    );
  const rows = await deletion.returning('key').execute();
  return rows.map(({ key }) => key);
}

/** @returns false where the token has been seen before. */
export async function insertSeen(
  db: Database,
  seen: { readonly provider: string; readonly jtiHash: string; readonly expiresAtMs: number },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('seen_logout_tokens')
    .values({ provider: seen.provider, jti_hash: seen.jtiHash, expires_at_ms: seen.expiresAtMs })
    .onConflict((conflict) => conflict.columns(['provider', 'jti_hash']).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export type SessionFilter = {
  readonly account?: Account;
  /** Only those whose user name contains it. */
  readonly username?: string;
  readonly limit: number;
};

/** Those that live, the last used first. */
export async function listSessions(
  db: Database,
  { account, username, limit }: SessionFilter,
  nowMs: number,
): Promise<readonly Session[]> {
  let query = db.selectFrom('sessions').selectAll().where('ends_at_ms', '>', nowMs);
  if (account !== undefined)
    query = query.where('provider', '=', account.provider).where('subject', '=', account.subject);
  if (username !== undefined)
    query = query.where(sql`lower(username)`, 'like', containing(username.toLowerCase()));
  const rows = await query.orderBy('last_seen_at_ms', 'desc').orderBy('key').limit(limit).execute();
  return rows.map((row) => readRow(row).session);
}

/** As a pattern of LIKE, whose own characters mean themselves. */
function containing(text: string) {
  return sql`${`%${text.replace(/[!%_]/g, '!$&')}%`} escape '!'`;
}

const identitySchema = z.object({
  provider: z.string(),
  realm: z.string(),
  id: z.string(),
  username: z.string(),
  groups: z.array(z.string()),
  roles: z.array(z.string()),
  email: z.string().optional(),
  name: z.string().optional(),
  claims: z.record(z.string(), z.unknown()),
  expiresAt: z.number().optional(),
});

function readRow(row: Row): StoredSession {
  return {
    session: {
      key: row.key,
      identity: readIdentity(row.identity),
      provider: row.provider,
      sid: row.sid ?? undefined,
      authTimeMs: row.auth_time_ms,
      acr: row.acr ?? undefined,
      createdAtMs: row.created_at_ms,
      lastSeenAtMs: row.last_seen_at_ms,
      expiresAtMs: row.expires_at_ms,
      device: row.device,
      address: row.address ?? undefined,
      isShared: row.is_shared === 1,
    },
    providerDigest: row.provider_digest,
    idleMs: row.idle_ms,
    sealedTokens: row.sealed_tokens ?? undefined,
    refreshDueAtMs: row.refresh_due_at_ms ?? undefined,
    accessExpiresAtMs: row.access_expires_at_ms ?? undefined,
    version: row.version,
  };
}

function readIdentity(json: string): Identity {
  const { email, name, expiresAt, ...rest } = identitySchema.parse(JSON.parse(json));
  return { ...rest, email, name, expiresAt };
}
