// The gateway's tables. A migration that has been released is never edited; the next one changes what it made.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Times are epoch milliseconds, JSON is text: both databases read them alike. */
export type GatewayTables = {
  assertion_keys: {
    /** RFC 7638 thumbprint of the public key. */
    readonly kid: string;
    readonly public_jwk: string;
    /** The private JWK as a JWE (RFC 7516, `dir` with A256GCM). */
    readonly private_jwe: string;
    readonly created_at_ms: number;
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
};
