// The transfers' database: durable to a power cut, and followed by one process at a time.
import { openDatabase } from '../../platform/database.ts';
import { migrations } from './migrations.ts';
import type { Schema, Store } from './schema.ts';

/** @throws Error that names the file and what to do. */
export function openStore(url: string): Promise<Store> {
  return openDatabase<Schema>({ url, durability: 'full', exclusive: true, migrations });
}
