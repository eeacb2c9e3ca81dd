// The tables of sessions: who has signed in, by which ids their browser says so, and what is used once only.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Times are epoch milliseconds. Nobody can sign in with what stands here: ids and codes are hashed, tokens encrypted. */
export type SessionTables = {
  sessions: {
    /** A random name that grants nothing. */
    readonly key: string;
    readonly provider: string;
    /** What decides who somebody is there (sessions/provider-digest.ts); empty in rows of a version that did not know it. */
    readonly provider_digest: string;
    readonly realm: string;
    /** The provider's immutable id of the user. */
    readonly subject: string;
    readonly username: string;
    /** The provider's name for its own session (OpenID Connect Back-Channel Logout 1.0 section 2.1). */
    readonly sid: string | null;
    /** JSON */
    readonly identity: string;
    readonly created_at_ms: number;
    readonly auth_time_ms: number;
    readonly acr: string | null;
    readonly last_seen_at_ms: number;
    /** Without a request for so long, it ends. */
    readonly idle_ms: number;
    /** It ends then in any case. */
    readonly expires_at_ms: number;
    /** The earlier of both as things stand: what the sweep goes by. */
    readonly ends_at_ms: number;
    readonly device: string;
    readonly address: string | null;
    readonly is_shared: number;
    /** A JWE (RFC 7516, `dir` with A256GCM). */
    readonly sealed_tokens: string | null;
    /** From then on they are exchanged for new ones in the background. */
    readonly refresh_due_at_ms: number | null;
    /** From then on a request waits for that. */
    readonly access_expires_at_ms: number | null;
    /** One replica refreshes; the others leave it alone until then. */
    readonly refresh_lease_until_ms: number | null;
    /** Counts changes of identity and tokens. */
    readonly version: number;
  };
  session_ids: {
    /** SHA-256 of the cookie's value, base64url. */
    readonly id_hash: string;
    readonly session_key: string;
    /** The only host on which it counts. */
    readonly host: string;
    readonly created_at_ms: number;
  };
  handover_codes: {
    readonly code_hash: string;
    readonly session_key: string;
    readonly host: string;
    readonly nonce_hash: string;
    readonly return_to: string;
    readonly expires_at_ms: number;
  };
  seen_logout_tokens: {
    readonly provider: string;
    /** SHA-256, base64url: whatever length its provider gives it. */
    readonly jti_hash: string;
    readonly expires_at_ms: number;
  };
};

export const createSessionTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createSessions(db);
    await createSessionIds(db);
    await createHandoverCodes(db);
    await db.schema
      .createTable('seen_logout_tokens')
      .addColumn('provider', 'text', (column) => column.notNull())
      .addColumn('jti_hash', 'text', (column) => column.notNull())
      .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('seen_logout_tokens_key', ['provider', 'jti_hash'])
      .execute();
    await createIndex(db, 'seen_logout_tokens', ['expires_at_ms']);
  },
};

/** With a default: a gateway of the version before goes on beside this one for a while. */
export const addProviderDigest: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('sessions')
      .addColumn('provider_digest', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
  },
};

async function createSessions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('realm', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('username', 'text', (column) => column.notNull())
    .addColumn('sid', 'text')
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('auth_time_ms', 'bigint', (column) => column.notNull())
    .addColumn('acr', 'text')
    .addColumn('last_seen_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('idle_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ends_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('device', 'text', (column) => column.notNull())
    .addColumn('address', 'text')
    .addColumn('is_shared', 'integer', (column) => column.notNull())
    .addColumn('sealed_tokens', 'text')
    .addColumn('refresh_due_at_ms', 'bigint')
    .addColumn('access_expires_at_ms', 'bigint')
    .addColumn('refresh_lease_until_ms', 'bigint')
    .addColumn('version', 'integer', (column) => column.notNull())
    .execute();
  await createIndex(db, 'sessions', ['ends_at_ms']);
  await createIndex(db, 'sessions', ['provider', 'subject']);
  await createIndex(db, 'sessions', ['provider', 'sid']);
  await createIndex(db, 'sessions', ['last_seen_at_ms']);
}

async function createSessionIds(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('session_ids')
    .addColumn('id_hash', 'text', (column) => column.primaryKey())
    .addColumn('session_key', 'text', (column) =>
      column.notNull().references('sessions.key').onDelete('cascade'),
    )
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await createIndex(db, 'session_ids', ['session_key']);
}

async function createHandoverCodes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('handover_codes')
    .addColumn('code_hash', 'text', (column) => column.primaryKey())
    .addColumn('session_key', 'text', (column) =>
      column.notNull().references('sessions.key').onDelete('cascade'),
    )
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('nonce_hash', 'text', (column) => column.notNull())
    .addColumn('return_to', 'text', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await createIndex(db, 'handover_codes', ['session_key']);
  await createIndex(db, 'handover_codes', ['expires_at_ms']);
}

async function createIndex(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_${columns.join('_')}`)
    .on(table)
    .columns(columns)
    .execute();
}
