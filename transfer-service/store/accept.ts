// A new transfer enters the store, or is recognised as one that is open already. One transaction decides, so that
// of equal requests at the same moment one is stored and the others find it.
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { ListDigest } from '../engine/list-digest.ts';
import type { Authorised } from '../engine/types.ts';
import { inSlices } from '../in-slices.ts';
import type { RequestedFile, Slices, TransferItem } from '../types.ts';
import { findOtherUser, type UsedBy } from './destination.ts';
import { appendEvent } from './events.ts';
import { type ItemsText, ItemsWriter } from './items-text.ts';
import { insertChunk } from './list-items.ts';
import { transferRow } from './new-rows.ts';
import { type QueueLimits, type QueueRefusal, refuseIfFull } from './queue.ts';
import type { Store } from './schema.ts';

export type NewTransfer = {
  readonly id: string;
  readonly authorised: Authorised;
  /** What was asked for, by which a repeated request is known. */
  readonly files: readonly RequestedFile[] | undefined;
  /** Can be gone through more than once. */
  readonly items: Iterable<TransferItem>;
  /** What is in its folder is read from SciCat before it is handed over, instead of `items`. */
  readonly isListed?: boolean;
  readonly bytesTotal: number;
  readonly filesTotal: number;
};

export type AcceptLimits = QueueLimits & { readonly itemsPerTask: number };

/** Files of another dataset are in the destination folder, or on their way there. */
export type DestinationUsed = {
  readonly kind: 'refused';
  readonly reason: 'destination_used';
  readonly usedBy: UsedBy;
};

export type Accepted =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'repeated'; readonly id: string }
  | DestinationUsed
  | QueueRefusal;

export async function acceptTransfer(
  store: Store,
  transfer: NewTransfer,
  limits: AcceptLimits,
  now: number,
): Promise<Accepted> {
  // Everything else in the store waits for a transaction, so what takes long is done before.
  const { key, chunks } = await inSlices(writeDown(transfer, limits.itemsPerTask));
  return store.transaction().execute(async (transaction): Promise<Accepted> => {
    const open = await findOpen(transaction, key);
    if (open !== undefined) return { kind: 'repeated', id: open };
    const usedBy = await findOtherUser(transaction, transfer.authorised);
    if (usedBy !== undefined) return { kind: 'refused', reason: 'destination_used', usedBy };
    const full = await refuseIfFull(transaction, transfer.authorised.subject, limits);
    if (full !== undefined) return full;
    await insert(transaction, transfer, { key, now, chunks });
    return { kind: 'accepted' };
  });
}

type Written = { readonly key: string; readonly chunks: readonly ItemsText[] };

function* writeDown({ authorised, files, items }: NewTransfer, itemsPerTask: number): Slices<Written> {
  const digest = new ListDigest();
  for (const { path, isSymlink } of files ?? []) {
    digest.add(`${isSymlink ? 'l' : 'f'}${path}`);
    if (digest.count % perSlice === 0) yield;
  }
  const chunks: ItemsText[] = [];
  const chunk = new ItemsWriter();
  for (const item of items) {
    chunk.add(item);
    if (chunk.count % perSlice === 0) yield;
    if (chunk.count === itemsPerTask) chunks.push(chunk.take());
  }
  if (chunk.count > 0) chunks.push(chunk.take());
  return { key: requestKey(authorised, files === undefined ? null : digest.text), chunks };
}

/** Less than a millisecond's. */
const perSlice = 100;

/** What makes two requests the same: who asks, for what, from where to where, and whether it is archived. */
function requestKey(authorised: Authorised, files: string | null): string {
  const { subject, pid, sourceFacility, destinationFacility, sourceFolder, destinationFolder, autoArchive } =
    authorised;
  const between = [sourceFacility, destinationFacility, sourceFolder, destinationFolder];
  return hash('sha256', JSON.stringify([subject, pid, ...between, autoArchive, files]));
}

/** The transfer that is open and was asked for in the same words. */
export async function findOpen(transaction: Store, key: string): Promise<string | undefined> {
  const row = await transaction
    .selectFrom('transfers')
    .select('id')
    .where('dedup_key', '=', key)
    .executeTakeFirst();
  return row?.id;
}

type Insertion = Written & { readonly now: number };

async function insert(
  transaction: Store,
  transfer: NewTransfer,
  { key, chunks, now }: Insertion,
): Promise<void> {
  await transaction.insertInto('transfers').values(transferRow(transfer, { key, now })).execute();
  for (const [index, items] of chunks.entries()) {
    await insertChunk(transaction, { transferId: transfer.id, attempt: 1, index, items });
    // Who needs nothing of the store does not wait for the rest.
    if (chunks.length > 1) await setImmediate();
  }
  await appendEvent(transaction, transfer.id, {
    at: now,
    kind: 'requested',
    state: 'requested',
    detail: { subject: transfer.authorised.subject, pid: transfer.authorised.pid },
  });
}
