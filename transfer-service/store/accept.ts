// A new transfer enters the store, or is recognised as one that is open already. One transaction decides, so that
// of equal requests at the same moment one is stored and the others find it.
import { createHash } from 'node:crypto';
import type { Authorised } from '../engine/types.ts';
import type { RequestedFile, TransferItem } from '../types.ts';
import { appendEvent } from './events.ts';
import { renderItems } from './rows.ts';
import type { Store, TransferRow } from './schema.ts';

export type NewTransfer = {
  readonly id: string;
  readonly authorised: Authorised;
  /** What was asked for, by which a repeated request is known. */
  readonly files: readonly RequestedFile[] | undefined;
  readonly items: readonly TransferItem[];
  readonly bytesTotal: number;
  readonly filesTotal: number;
};

export type AcceptLimits = {
  readonly itemsPerTask: number;
  /** How many transfers may be open that Globus has not finished; 0: no bound. */
  readonly maxOpen: number;
};

export type Accepted =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'repeated'; readonly id: string }
  | { readonly kind: 'refused'; readonly reason: 'destination_used' }
  | { readonly kind: 'queue_full' };

export function acceptTransfer(
  store: Store,
  transfer: NewTransfer,
  limits: AcceptLimits,
  now: number,
): Promise<Accepted> {
  return store.transaction().execute(async (transaction): Promise<Accepted> => {
    const key = dedupKey(transfer);
    const open = await findOpen(transaction, key);
    if (open !== undefined) return { kind: 'repeated', id: open };
    if (await isUsedByAnother(transaction, transfer.authorised)) {
      return { kind: 'refused', reason: 'destination_used' };
    }
    if (limits.maxOpen > 0 && (await countOpen(transaction)) >= limits.maxOpen) return { kind: 'queue_full' };
    await insert(transaction, transfer, { key, now, itemsPerTask: limits.itemsPerTask });
    return { kind: 'accepted' };
  });
}

/** What makes two requests the same: who asks, for what, from where to where, and whether it is archived. */
function dedupKey({ authorised, files }: NewTransfer): string {
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

async function findOpen(transaction: Store, key: string): Promise<string | undefined> {
  const row = await transaction
    .selectFrom('transfers')
    .select('id')
    .where('dedup_key', '=', key)
    .executeTakeFirst();
  return row?.id;
}

/**
 * Another dataset's files are there, or on their way: these would be overwritten. A group may nest its datasets, but
 * has no business in another group's folders, nor around them.
 */
async function isUsedByAnother(transaction: Store, authorised: Authorised): Promise<boolean> {
  const { destinationFolder: folder, ownerGroup, pid } = authorised;
  const row = await transaction
    .selectFrom('transfers')
    .select('id')
    .where('destination_collection', '=', authorised.destinationCollection)
    .where((where) => {
      const isSame = where.and([where('destination_folder', '=', folder), where('pid', '!=', pid)]);
      const isAround = where('destination_folder', 'in', foldersAround(folder));
      // `0` is what follows the slash.
      const isWithin = where.and([
        where('destination_folder', '>', `${folder}/`),
        where('destination_folder', '<', `${folder}0`),
      ]);
      const ofOthers = where.and([where('owner_group', '!=', ownerGroup), where.or([isAround, isWithin])]);
      return where.or([isSame, ofOthers]);
    })
    .where((where) => where.or([where('ended_at', 'is', null), where('destination_used_at', 'is not', null)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** `/a/b/c` -> `/a`, `/a/b`. */
function foldersAround(folder: string): readonly string[] {
  const parts = folder.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

async function countOpen(transaction: Store): Promise<number> {
  const { count } = await transaction
    .selectFrom('transfers')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('state', 'in', ['requested', 'recorded', 'submitting', 'transferring', 'cancelling'])
    .executeTakeFirstOrThrow();
  return Number(count);
}

type Insertion = { readonly key: string; readonly now: number; readonly itemsPerTask: number };

async function insert(transaction: Store, transfer: NewTransfer, insertion: Insertion): Promise<void> {
  await transaction.insertInto('transfers').values(transferRow(transfer, insertion)).execute();
  const chunks = Math.ceil(transfer.items.length / insertion.itemsPerTask);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const start = chunk * insertion.itemsPerTask;
    const items = transfer.items.slice(start, start + insertion.itemsPerTask);
    await transaction
      .insertInto('tasks')
      .values({ ...emptyTask, transfer_id: transfer.id, chunk, item_count: items.length })
      .execute();
    await transaction
      .insertInto('items')
      .values({ transfer_id: transfer.id, chunk, items: renderItems(items) })
      .execute();
  }
  await appendEvent(transaction, transfer.id, {
    at: insertion.now,
    kind: 'requested',
    state: 'requested',
    detail: { subject: transfer.authorised.subject, pid: transfer.authorised.pid },
  });
}

export const emptyTask = {
  status: 'waiting',
  submission_id: null,
  attempted_at: null,
  task_id: null,
  cancel_is_asked: 0,
  problem: null,
  nice_status: null,
  is_paused: 0,
  faults: 0,
  files: 0,
  files_transferred: 0,
  files_skipped: 0,
  bytes_transferred: 0,
};

export function transferRow(
  transfer: Omit<NewTransfer, 'files' | 'items'>,
  { key, now }: { readonly key: string | null; readonly now: number },
): TransferRow {
  const { authorised } = transfer;
  return {
    ...untouched,
    id: transfer.id,
    dedup_key: key,
    created_at: now,
    updated_at: now,
    pid: authorised.pid,
    owner_group: authorised.ownerGroup,
    dataset_folder: authorised.datasetFolder,
    subject: authorised.subject,
    username: authorised.username,
    email: authorised.email ?? null,
    source_facility: authorised.sourceFacility,
    destination_facility: authorised.destinationFacility,
    source_collection: authorised.sourceCollection,
    destination_collection: authorised.destinationCollection,
    source_folder: authorised.sourceFolder,
    destination_folder: authorised.destinationFolder,
    scopes: JSON.stringify(authorised.scopes),
    auto_archive: authorised.autoArchive ? 1 : 0,
    is_whole_folder: authorised.isWholeFolder ? 1 : 0,
    bytes_total: transfer.bytesTotal,
    files_total: transfer.filesTotal,
  };
}

const untouched = {
  state: 'requested',
  attempt: 1,
  lease_owner: null,
  lease_until: null,
  ended_at: null,
  settled_at: null,
  destination_used_at: null,
  job_attempted_at: null,
  job_id: null,
  job_is_deleted: 0,
  archive_is_marked: 0,
  archive_attempted_at: null,
  archive_job_id: null,
  cancel_requested_at: null,
  cancel_deletes_job: 0,
  cancel_problem: null,
  end_state: null,
  reason: null,
  message: null,
  obstacle: null,
  report_text: null,
  report_at: null,
  report_is_refused: 0,
};
