// Brings a database to what the code expects: each migration once, in the order of the names, all or none.
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

/**
 * @returns the names of those that it has not had yet.
 * @throws what a migration throws, or kysely's complaint that another version wrote here.
 */
export async function migrateToLatest<Schema>(
  db: Kysely<Schema>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}
