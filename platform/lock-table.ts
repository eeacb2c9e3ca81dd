// One writer at a time in a table, for what is decided from all of its rows.
import { type Kysely, PostgresAdapter, sql, type Transaction } from 'kysely';

/**
 * Until the transaction ends no other writes there; reading goes on. In SQLite every transaction is alone from its
 * beginning (`begin immediate`).
 */
export async function lockTable<Schema>(
  transaction: Transaction<Schema>,
  table: keyof Schema & string,
): Promise<void> {
  if (!isOnPostgres(transaction)) return;
  await sql`lock table ${sql.table(table)} in share row exclusive mode`.execute(transaction);
}

function isOnPostgres<Schema>(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
