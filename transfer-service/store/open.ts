// The transfers' database: durable to a power cut, and followed by one process at a time.
import { openDatabase } from '../../platform/database.ts';
import { copySqlite } from '../../platform/database-copy.ts';
import { sqlitePath } from '../../platform/database-sqlite.ts';
import { migrations } from './migrations.ts';
import type { Schema, Store } from './schema.ts';

const options = { durability: 'full', exclusive: true, migrations } as const;

/** @throws Error that names the file and what to do. */
export function openStore(url: string): Promise<Store> {
  return openDatabase<Schema>({ url, ...options });
}

export type StoreCopy = {
  readonly store: Store;
  /** Whether an older version wrote it: the copy is as this one has it, the database is not. */
  readonly isOlder: boolean;
  close(): Promise<void>;
};

/**
 * What is stored at this moment, as a copy: the database stays as it is to the byte, whoever has it open.
 * @throws Error that names the file and what to do.
 */
export async function openStoreCopy(url: string): Promise<StoreCopy> {
  const original = sqlitePath(url);
  const copy = await copySqlite(original);
  let isOlder = false;
  const onMigrated = (names: readonly string[]) => {
    isOlder = names.length > 0;
  };
  try {
    const store = await openDatabase<Schema>({ url: `sqlite:${copy.path}`, ...options, onMigrated });
    const close = () => store.destroy().finally(copy.remove);
    return { store, isOlder, close };
  } catch (cause) {
    await copy.remove();
    if (!(cause instanceof Error)) throw cause;
    throw new Error(cause.message.replace(copy.path, original), { cause });
  }
}
