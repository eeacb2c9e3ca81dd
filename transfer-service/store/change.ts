// One step of a transfer, written: what changed of it, of one of its chunks, and the event that tells of it, all or
// nothing. The engine's worker for a transfer is the only one that writes its state.
import { GroupCommit } from '../../platform/group-commit.ts';
import { transactWithoutWait } from '../../platform/transact-without-wait.ts';
import type { ChunkStatus, EndReason, Transfer, TransferState } from '../engine/types.ts';
import { appendEvent, type TransferEvent } from './events.ts';
import { untouchedTask } from './new-rows.ts';
import type { Schema, Store, TaskRow, TransferRow } from './schema.ts';

export type Change = {
  readonly state?: TransferState;
  readonly jobAttemptedAt?: number;
  readonly jobId?: string;
  readonly archiveIsMarked?: true;
  readonly archiveAttemptedAt?: number;
  readonly archiveJobId?: string;
  readonly cancelProblem?: string;
  readonly endState?: 'cancelled' | 'failed';
  readonly reason?: EndReason;
  readonly message?: string;
  /** Stays until a change with the event of a step is written: that one got past it. */
  readonly obstacle?: string;
  readonly reportText?: string;
  readonly report?: 'taken' | 'refused' | 'forbidden';
  readonly stuckSince?: number;
  /** SciCat's answer to the wish that the job be deleted. */
  readonly jobDeletion?: 'done' | 'refused';
  /** As it was read: a wish for its job that has come since then is not settled by this. */
  readonly settled?: Pick<Transfer, 'updatedAt' | 'cancel'>;
  /** Every chunk of it is stored. */
  readonly listed?: { readonly files: number; readonly bytes: number; readonly digest: string };
  /** Of the files that SciCat lists, once its list has been read. */
  readonly bytesTotal?: number;
  readonly chunk?: ChunkChange;
  readonly event?: Pick<TransferEvent, 'kind' | 'detail'>;
};

export type ChunkChange = {
  readonly index: number;
  readonly status?: ChunkStatus;
  readonly submissionId?: string;
  /** It is to be submitted again: what is known of the task before is forgotten. */
  readonly resubmissions?: number;
  readonly attemptedAt?: number;
  readonly taskId?: string;
  readonly cancelAsked?: true;
  readonly problem?: string;
};

/** What came of an attempt that was followed by another meanwhile is not written, nor an end that a wish came before. */
export async function writeChange(
  store: Store,
  transfer: Pick<Transfer, 'id' | 'state' | 'attempt'>,
  change: Change,
  now: number,
): Promise<void> {
  const write = async (transaction: Store) => {
    const { numUpdatedRows } = await transaction
      .updateTable('transfers')
      .set(transferColumns(change, now))
      .where(({ and }) => and({ id: transfer.id, attempt: transfer.attempt, ...asRead(change) }))
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    if (change.chunk !== undefined) await writeChunk(transaction, transfer.id, change.chunk);
    if (change.event === undefined) return;
    const state = change.state ?? transfer.state;
    await appendEvent(transaction, transfer.id, { at: now, state, ...change.event });
  };
  if (isMereReport(change)) await transactWithoutWait(store, write);
  else await groupOf(store).run(write);
}

/** Of many transfers' workers: they would wait for the disk one after the other, and so would every request. */
const groups = new WeakMap<Store, GroupCommit<Schema>>();

function groupOf(store: Store): GroupCommit<Schema> {
  const group = groups.get(store) ?? new GroupCommit(store);
  groups.set(store, group);
  return group;
}

/** That SciCat has taken a report: where that is lost, it is told once more. */
function isMereReport(change: Change): boolean {
  return Object.keys(change).every((key) => key === 'reportText' || key === 'report');
}

function asRead({ settled }: Change): Partial<TransferRow> {
  if (settled === undefined) return {};
  return { updated_at: settled.updatedAt, cancel_deletes_job: settled.cancel.deleteJob ? 1 : 0 };
}

async function writeChunk(transaction: Store, id: string, chunk: ChunkChange): Promise<void> {
  await transaction
    .updateTable('tasks')
    .set(chunkColumns(chunk))
    .where('transfer_id', '=', id)
    .where('chunk', '=', chunk.index)
    .execute();
}

function transferColumns(change: Change, now: number): Partial<TransferRow> {
  const { state, jobId, archiveJobId, cancelProblem, endState, reason, message, obstacle } = change;
  return {
    updated_at: now,
    ...(state === undefined ? {} : stateColumns(state, now)),
    ...(change.jobAttemptedAt === undefined ? {} : { job_attempted_at: change.jobAttemptedAt }),
    ...(jobId === undefined ? {} : { job_id: jobId }),
    ...(change.archiveIsMarked ? { archive_is_marked: 1 } : {}),
    ...(change.archiveAttemptedAt === undefined ? {} : { archive_attempted_at: change.archiveAttemptedAt }),
    ...(archiveJobId === undefined ? {} : { archive_job_id: archiveJobId }),
    ...(cancelProblem === undefined ? {} : { cancel_problem: cancelProblem }),
    ...(endState === undefined ? {} : { end_state: endState, dedup_key: null }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(isStep(change) ? { obstacle: null, stuck_since: null, progress_at: now } : {}),
    ...(change.stuckSince === undefined ? {} : { stuck_since: change.stuckSince }),
    ...(change.reportText === undefined ? {} : { report_text: change.reportText, report_at: now }),
    ...(change.report === undefined ? {} : { report_is_refused: refusals[change.report] }),
    ...(change.jobDeletion === undefined ? {} : { cancel_deletes_job: 0 }),
    ...(change.jobDeletion === 'done' ? { job_is_deleted: 1 } : {}),
    ...(change.listed === undefined ? {} : listedColumns(change.listed)),
    ...(change.bytesTotal === undefined ? {} : { bytes_total: change.bytesTotal }),
    ...(change.settled === undefined ? {} : { settled_at: now }),
    ...(change.chunk?.attemptedAt === undefined ? {} : { destination_used_at: now }),
  };
}

const refusals = { taken: 0, refused: 1, forbidden: 2 } as const;

/** What only tells of the transfer brings it no further. */
function isStep({ obstacle, event }: Change): boolean {
  return obstacle === undefined && event !== undefined && !merelyTold.has(event.kind);
}

const merelyTold: ReadonlySet<TransferEvent['kind']> = new Set([
  'report_refused',
  'report_given_up',
  'job_deletion',
  'stuck',
]);

function listedColumns({ files, bytes, digest }: NonNullable<Change['listed']>): Partial<TransferRow> {
  const totals = { files_total: files, bytes_total: bytes };
  return { listing: 'stored', listed_files: files, listed_digest: digest, ...totals };
}

/** Once it has ended the same may be asked for again. */
function stateColumns(state: TransferState, now: number): Partial<TransferRow> {
  const hasEnded = state === 'finished' || state === 'failed' || state === 'cancelled';
  return hasEnded ? { state, ended_at: now, dedup_key: null } : { state };
}

function chunkColumns(chunk: ChunkChange): Partial<TaskRow> {
  const { status, submissionId, attemptedAt, taskId, problem } = chunk;
  return {
    ...(chunk.resubmissions === undefined ? {} : { ...untouchedTask, resubmissions: chunk.resubmissions }),
    ...(status === undefined ? {} : { status }),
    ...(submissionId === undefined ? {} : { submission_id: submissionId }),
    ...(attemptedAt === undefined ? {} : { attempted_at: attemptedAt }),
    ...(taskId === undefined ? {} : { task_id: taskId }),
    ...(chunk.cancelAsked ? { cancel_is_asked: 1 } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}
