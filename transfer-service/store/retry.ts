// A transfer that has ended begins again, as a new attempt under the same SciCat job. One transaction decides, so that
// of equal requests at the same moment one begins it and the others find it begun.
import { isToRepeat, obstacleToRepeat } from '../engine/repeat.ts';
import { totalsOf } from '../engine/totals.ts';
import type { Authorised, Transfer } from '../engine/types.ts';
import { type DestinationUsed, findOpen } from './accept.ts';
import { findOtherUser, hasUncertainTask } from './destination.ts';
import { appendEvent } from './events.ts';
import { deleteList } from './list-items.ts';
import { facilityColumns, untouchedAttempt, untouchedTask } from './new-rows.ts';
import { type QueueLimits, type QueueRefusal, refuseIfFull } from './queue.ts';
import { readTransfer } from './read.ts';
import type { Store } from './schema.ts';

export type RetryWish = OfFacilities & {
  readonly id: string;
  /** The attempt that is to begin; undefined: the next. By it a request whose answer was lost is known again. */
  readonly attempt: number | undefined;
  readonly subject: string;
};

/** As the facilities' entries have it now. */
export type OfFacilities = Pick<Authorised, 'scopes' | 'sourceLocalUser' | 'destinationLocalUser'>;

export type Retried =
  | { readonly kind: 'begun' }
  /** An equal request was before it. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly reason: 'retry_not_possible'; readonly problem: string }
  | DestinationUsed
  | QueueRefusal;

export function beginAttempt(
  store: Store,
  wish: RetryWish,
  limits: QueueLimits,
  now: number,
): Promise<Retried> {
  return store.transaction().execute(async (transaction): Promise<Retried> => {
    const row = await transaction
      .selectFrom('transfers')
      .selectAll()
      .where('id', '=', wish.id)
      .executeTakeFirstOrThrow();
    const transfer = await readTransfer(transaction, row);
    const known = alreadyAsked(transfer, wish);
    if (known !== undefined) return known;
    const problem = obstacleToRepeat(transfer);
    if (problem !== undefined) return notPossible(problem);
    const other = row.request_key === null ? undefined : await findOpen(transaction, row.request_key);
    if (other !== undefined) return notPossible(`the same was asked for again, as transfer ${other}`);
    const usedBy = await findOtherUser(transaction, transfer.authorised);
    if (usedBy !== undefined) return { kind: 'refused', reason: 'destination_used', usedBy };
    const full = await refuseIfFull(transaction, transfer.authorised.subject, limits);
    if (full !== undefined) return full;
    await keepPast(transaction, transfer, now);
    await resetTransfer(transaction, transfer, { now, key: row.request_key, wish });
    await resetChunks(transaction, transfer);
    await appendEvent(transaction, transfer.id, {
      at: now,
      kind: 'retry_requested',
      state: stateAfter(transfer),
      detail: { subject: wish.subject, attempt: transfer.attempt + 1 },
    });
    return { kind: 'begun' };
  });
}

function alreadyAsked(transfer: Transfer, { attempt }: RetryWish): Retried | undefined {
  if (attempt !== undefined && attempt > transfer.attempt + 1)
    return notPossible(`its next attempt is ${transfer.attempt + 1}`);
  const isBegun = attempt !== undefined && attempt <= transfer.attempt;
  const isUnderWay = attempt === undefined && transfer.attempt > 1 && transfer.endedAt === undefined;
  return isBegun || isUnderWay ? { kind: 'repeated' } : undefined;
}

function notPossible(problem: string): Retried {
  return { kind: 'refused', reason: 'retry_not_possible', problem };
}

async function keepPast(transaction: Store, transfer: Transfer, now: number): Promise<void> {
  const { id, attempt, state, chunks } = transfer;
  const own = chunks.filter((chunk) => chunk.attempt === attempt);
  const totals = totalsOf({ chunks: own, filesTotal: 0 });
  await transaction
    .insertInto('attempts')
    .values({
      transfer_id: id,
      attempt,
      began_at: transfer.attemptBeganAt,
      ended_at: transfer.endedAt ?? now,
      state,
      reason: transfer.reason ?? null,
      message: transfer.message ?? null,
      files_transferred: totals.filesTransferred,
      files_skipped: totals.filesSkipped,
      bytes_transferred: totals.bytesTransferred,
      task_ids: JSON.stringify(own.flatMap(({ taskId }) => taskId ?? [])),
      is_uncertain: (await hasUncertainTask(transaction, transfer)) ? 1 : 0,
    })
    .execute();
}

/** The job and what SciCat was told stay; a create that was refused is tried again. */
async function resetTransfer(
  transaction: Store,
  transfer: Transfer,
  { now, key, wish }: { now: number; key: string | null; wish: OfFacilities },
): Promise<void> {
  await transaction
    .updateTable('transfers')
    .set({
      ...untouchedAttempt,
      state: stateAfter(transfer),
      attempt: transfer.attempt + 1,
      attempt_began_at: now,
      updated_at: now,
      progress_at: now,
      dedup_key: key,
      ...(isListedAnew(transfer) ? { listing: 'wanted', listed_files: null, listed_digest: null } : {}),
      ...facilityColumns(wish),
    })
    .where('id', '=', transfer.id)
    .execute();
}

function stateAfter({ job }: Transfer): 'requested' | 'recorded' {
  return job.id === undefined ? 'requested' : 'recorded';
}

/** SciCat's list may have been what fell short. */
function isListedAnew({ listing, reason }: Transfer): boolean {
  return listing.kind === 'stored' && reason === 'incomplete';
}

async function resetChunks(transaction: Store, transfer: Transfer): Promise<void> {
  if (isListedAnew(transfer)) return deleteList(transaction, transfer.id);
  for (const chunk of transfer.chunks.filter((one) => isToRepeat(one, transfer))) {
    await transaction
      .updateTable('tasks')
      .set({ ...untouchedTask, attempt: transfer.attempt + 1 })
      .where('transfer_id', '=', transfer.id)
      .where('chunk', '=', chunk.index)
      .execute();
  }
}
