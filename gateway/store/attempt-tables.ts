// The table of failed password sign-ins. Every replica counts in it, and a restart forgets nothing.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Times are epoch milliseconds. */
export type AttemptTables = {
  password_attempts: {
    /** HMAC-SHA-256 of what is counted: people type passwords into the field for the user name. */
    readonly key_hash: string;
    readonly failures: number;
    /** How many attempts an outage has excused. */
    readonly forgiven: number;
    readonly last_at_ms: number;
    /** From then on the row has no effect, and the sweep deletes it. */
    readonly forget_at_ms: number;
  };
};

export const createAttemptTable: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('password_attempts')
      .addColumn('key_hash', 'text', (column) => column.primaryKey())
      .addColumn('failures', 'integer', (column) => column.notNull())
      .addColumn('forgiven', 'integer', (column) => column.notNull())
      .addColumn('last_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('forget_at_ms', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('password_attempts_forget_at_ms')
      .on('password_attempts')
      .columns(['forget_at_ms'])
      .execute();
  },
};
