// A transaction that does not wait for the disk: a power cut may take it back, a crash of the process does not. For what
// would only be asked for, or told, once more. What is committed later in the usual way is never kept without it.
import { type Kysely, PostgresAdapter, sql, type Transaction } from 'kysely';

/** @param db opened with `durability: 'full'`. */
export function transactWithoutWait<Schema, Result>(
  db: Kysely<Schema>,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  if (db.getExecutor().adapter instanceof PostgresAdapter) {
    return db.transaction().execute(async (transaction) => {
      await sql`set local synchronous_commit = off`.execute(transaction);
      return work(transaction);
    });
  }
  // Nobody else's transaction can be between these: SQLite has one connection, which is held until the end.
  return db.connection().execute(async (connection) => {
    await sql`pragma synchronous = normal`.execute(connection);
    try {
      return await connection.transaction().execute(work);
    } finally {
      await sql`pragma synchronous = full`.execute(connection);
    }
  });
}
