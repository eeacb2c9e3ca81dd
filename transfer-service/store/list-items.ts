// A folder's files as they are read from SciCat: stored chunk by chunk, and of no effect before the last is.
import type { ItemsText } from './items-text.ts';
import { untouchedTask } from './new-rows.ts';
import type { Store } from './schema.ts';

export type ListedChunk = {
  readonly transferId: string;
  readonly attempt: number;
  readonly index: number;
  readonly items: ItemsText;
};

export async function storeListedChunk(store: Store, chunk: ListedChunk): Promise<void> {
  await store.transaction().execute((transaction) => insertChunk(transaction, chunk));
}

export async function insertChunk(transaction: Store, chunk: ListedChunk): Promise<void> {
  const key = { transfer_id: chunk.transferId, chunk: chunk.index };
  await transaction
    .insertInto('tasks')
    .values({ ...untouchedTask, ...key, attempt: chunk.attempt, item_count: chunk.items.count })
    .execute();
  await transaction
    .insertInto('items')
    .values({ ...key, items: chunk.items.text })
    .execute();
}

/** Nothing of it may have been handed over. */
export async function deleteList(store: Store, transferId: string): Promise<void> {
  await store.deleteFrom('items').where('transfer_id', '=', transferId).execute();
  await store.deleteFrom('tasks').where('transfer_id', '=', transferId).execute();
}
