// A new transfer enters the store, or is recognised as one that is open already. One transaction decides, so that
// of equal requests at the same moment one is stored and the others find it.
import { createHash } from 'node:crypto';
import type { Authorised } from '../engine/types.ts';
import type { RequestedFile, TransferItem } from '../types.ts';
import { isUsedByAnother } from './destination.ts';
import { appendEvent } from './events.ts';
import { renderItems } from './items-text.ts';
import { insertChunk } from './list-items.ts';
import { transferRow } from './new-rows.ts';
import { type QueueLimits, type QueueRefusal, refuseIfFull } from './queue.ts';
import type { Store } from './schema.ts';

export type NewTransfer = {
  readonly id: string;
  readonly authorised: Authorised;
  /** What was asked for, by which a repeated request is known. */
  readonly files: readonly RequestedFile[] | undefined;
  readonly items: readonly TransferItem[];
  /** What is in its folder is read from SciCat before it is handed over, instead of `items`. */
  readonly isListed?: boolean;
  readonly bytesTotal: number;
  readonly filesTotal: number;
};

export type AcceptLimits = QueueLimits & { readonly itemsPerTask: number };

export type Accepted =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'repeated'; readonly id: string }
  | { readonly kind: 'refused'; readonly reason: 'destination_used' }
  | QueueRefusal;

export function acceptTransfer(
  store: Store,
  transfer: NewTransfer,
  limits: AcceptLimits,
  now: number,
): Promise<Accepted> {
  return store.transaction().execute(async (transaction): Promise<Accepted> => {
    const key = requestKey(transfer);
    const open = await findOpen(transaction, key);
    if (open !== undefined) return { kind: 'repeated', id: open };
    if (await isUsedByAnother(transaction, transfer.authorised)) {
      return { kind: 'refused', reason: 'destination_used' };
    }
    const full = await refuseIfFull(transaction, transfer.authorised.subject, limits);
    if (full !== undefined) return full;
    await insert(transaction, transfer, { key, now, itemsPerTask: limits.itemsPerTask });
    return { kind: 'accepted' };
  });
}

/** What makes two requests the same: who asks, for what, from where to where, and whether it is archived. */
function requestKey({ authorised, files }: NewTransfer): string {
  const { subject, pid, sourceFacility, destinationFacility, sourceFolder, destinationFolder, autoArchive } =
    authorised;
  const asked = files?.map(({ path, isSymlink }) => `${isSymlink ? 'l' : 'f'}${path}`).sort() ?? null;
  const parts = [
    subject,
    pid,
    sourceFacility,
    destinationFacility,
    sourceFolder,
    destinationFolder,
    autoArchive,
  ];
  return createHash('sha256')
    .update(JSON.stringify([...parts, asked]))
    .digest('hex');
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

type Insertion = { readonly key: string; readonly now: number; readonly itemsPerTask: number };

async function insert(transaction: Store, transfer: NewTransfer, insertion: Insertion): Promise<void> {
  await transaction.insertInto('transfers').values(transferRow(transfer, insertion)).execute();
  const chunks = Math.ceil(transfer.items.length / insertion.itemsPerTask);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const start = chunk * insertion.itemsPerTask;
    const items = transfer.items.slice(start, start + insertion.itemsPerTask);
    await insertChunk(transaction, {
      transferId: transfer.id,
      attempt: 1,
      index: chunk,
      items: renderItems(items),
    });
  }
  await appendEvent(transaction, transfer.id, {
    at: insertion.now,
    kind: 'requested',
    state: 'requested',
    detail: { subject: transfer.authorised.subject, pid: transfer.authorised.pid },
  });
}
