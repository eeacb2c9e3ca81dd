// A transaction that is run again where a broken connection or another transaction has rolled it back. SQLite has neither.
import { type Kysely, PostgresAdapter, type Transaction } from 'kysely';
import { isWorthRepeating } from './database-postgres-outages.ts';

const maxAttempts = 4;

export type TransactOptions = {
  /**
   * Run again as well where nobody knows whether it was committed: the connection broke between COMMIT and its answer. For
   * work that finds what it has done already, and then does and returns the same.
   */
  readonly isIdempotent?: boolean;
};

/**
 * @param work does nothing but read and write there: it may be run several times, of which one counts.
 * @throws what `work` throws; Unavailable where the database is away, or nobody knows whether it was committed.
 */
export async function transact<Schema, Result>(
  db: Kysely<Schema>,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
  { isIdempotent = false }: TransactOptions = {},
): Promise<Result> {
  if (!(db.getExecutor().adapter instanceof PostgresAdapter)) return db.transaction().execute(work);
  for (let attempt = 1; ; attempt += 1) {
    let isDone = false;
    try {
      return await db.transaction().execute(async (transaction) => {
        const result = await work(transaction);
        isDone = true;
        return result;
      });
    } catch (error) {
      const isSafe = !isDone || isIdempotent;
      if (!isSafe || attempt === maxAttempts || !isWorthRepeating(error)) throw error;
    }
  }
}
