// What a service that does not run has stored of a transfer.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Site, Wanted } from './site.ts';

export function storedState({ facility }: Site, { pid }: Wanted): string {
  const database = new DatabaseSync(join(facility.root, 'transfers.sqlite'));
  try {
    const row = database.prepare('select state from transfers where pid = ?').get(pid);
    return String(row?.state ?? 'not stored');
  } finally {
    database.close();
  }
}
