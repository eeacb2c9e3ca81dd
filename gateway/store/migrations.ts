// The gateway's tables. A migration that has been released is never edited; the next one changes what it made.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { type AttemptTables, createAttemptTable } from './attempt-tables.ts';
import { addProviderDigest, createSessionTables, type SessionTables } from './session-tables.ts';

/** Times are epoch milliseconds, JSON is text: both databases read them alike. */
export type GatewayTables = SessionTables &
  AttemptTables & {
    assertion_keys: {
      /** RFC 7638 thumbprint of the public key. */
      readonly kid: string;
      readonly public_jwk: string;
      /** The private JWK as a JWE (RFC 7516, `dir` with A256GCM); empty once it is withdrawn. */
      readonly private_jwe: string;
      readonly created_at_ms: number;
      readonly number: number;
      readonly signs_from_ms: number;
      readonly withdrawn_at_ms: number | null;
    };
  };

export const migrations: Readonly<Record<string, Migration>> = {
  '001-assertion-keys': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('assertion_keys')
        .addColumn('kid', 'text', (column) => column.primaryKey())
        .addColumn('public_jwk', 'text', (column) => column.notNull())
        .addColumn('private_jwe', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  '002-assertion-key-turns': {
    async up(db: Kysely<unknown>): Promise<void> {
      const table = () => db.schema.alterTable('assertion_keys');
      await table()
        .addColumn('number', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
      await table()
        .addColumn('signs_from_ms', 'bigint', (column) => column.notNull().defaultTo(0))
        .execute();
      await table().addColumn('withdrawn_at_ms', 'bigint').execute();
      await sql`update assertion_keys set signs_from_ms = created_at_ms, number = (
        select count(*) from assertion_keys as older
        where older.created_at_ms < assertion_keys.created_at_ms
          or (older.created_at_ms = assertion_keys.created_at_ms and older.kid <= assertion_keys.kid))`.execute(
        db,
      );
      await db.schema
        .createIndex('assertion_keys_number')
        .unique()
        .on('assertion_keys')
        .column('number')
        .execute();
    },
  },
  '003-sessions': createSessionTables,
  '004-session-provider-digest': addProviderDigest,
  '005-password-attempts': createAttemptTable,
};
