// A transfer as clients see it. Pure.
import { describe } from './engine/describe.ts';
import { totalsOf } from './engine/totals.ts';
import { troubleText } from './engine/trouble-text.ts';
import type { PastAttempt, StateChange, Transfer, TransferState } from './engine/types.ts';

export const clientStatuses = ['waiting', 'transferring', 'finished', 'failed', 'cancelled'] as const;

export type ClientStatus = (typeof clientStatuses)[number];

const statuses: Readonly<Record<TransferState, ClientStatus>> = {
  requested: 'waiting',
  recorded: 'waiting',
  submitting: 'waiting',
  transferring: 'transferring',
  cancelling: 'transferring',
  concluding: 'transferring',
  archiving: 'transferring',
  finished: 'finished',
  failed: 'failed',
  cancelled: 'cancelled',
};

export function statesOf(wanted: readonly ClientStatus[]): readonly TransferState[] {
  return stateNames.filter((state) => wanted.includes(statuses[state]));
}

const stateNames: readonly TransferState[] = [
  'requested',
  'recorded',
  'submitting',
  'transferring',
  'cancelling',
  'concluding',
  'archiving',
  'finished',
  'failed',
  'cancelled',
];

export function viewOf(transfer: Transfer) {
  const { authorised, archive, chunks } = transfer;
  const totals = totalsOf(transfer);
  return {
    transferId: transfer.id,
    jobId: transfer.job.id ?? null,
    status: statuses[transfer.state],
    state: transfer.state,
    attempt: transfer.attempt,
    message: describe(transfer),
    reason: transfer.reason ?? null,
    stuckSince: transfer.stuckSince === undefined ? null : time(transfer.stuckSince),
    pid: authorised.pid,
    ownerGroup: authorised.ownerGroup,
    username: authorised.username,
    sourceFacility: authorised.sourceFacility,
    destFacility: authorised.destinationFacility,
    autoArchive: authorised.autoArchive,
    archivable: archive.isMarked,
    archiveJobId: archive.jobId ?? null,
    cancelRequested: transfer.cancel.requestedAt !== undefined,
    bytesTransferred: totals.bytesTransferred,
    bytesTotal: Math.max(transfer.bytesTotal, totals.bytesTransferred),
    filesTransferred: totals.filesTransferred,
    filesTotal: totals.filesTotal,
    filesSkipped: totals.filesSkipped,
    faults: totals.faults,
    niceStatus: chunks.find(({ status }) => status === 'active')?.progress.niceStatus ?? null,
    createdAt: time(transfer.createdAt),
    updatedAt: time(transfer.updatedAt),
    endedAt: transfer.endedAt === undefined ? null : time(transfer.endedAt),
    tasks: chunks.map(({ taskId, status, itemCount, progress, problem, trouble }) => ({
      taskId: taskId ?? null,
      status,
      items: itemCount,
      niceStatus: progress.niceStatus ?? null,
      isPaused: progress.isPaused,
      faults: progress.faults,
      filesTransferred: progress.filesTransferred,
      filesSkipped: progress.filesSkipped,
      bytesTransferred: progress.bytesTransferred,
      problem: problem ?? (trouble === undefined ? null : troubleText(trouble, authorised)),
    })),
  };
}

/** What came before, apart from the present attempt, which the rest tells of. */
export type Past = {
  readonly history: readonly StateChange[];
  readonly attempts: readonly PastAttempt[];
};

export function viewWithPast(transfer: Transfer, { history, attempts }: Past) {
  return {
    ...viewOf(transfer),
    history: history.map(({ attempt, state, at }) => ({ attempt, state, at: time(at) })),
    pastAttempts: attempts.map(({ beganAt, endedAt, state, reason, message, taskIds, ...rest }) => ({
      ...rest,
      status: statuses[state],
      reason: reason ?? null,
      message: message ?? statuses[state],
      taskIds,
      beganAt: time(beganAt),
      endedAt: time(endedAt),
    })),
  };
}

export type TransferView = ReturnType<typeof viewOf>;

function time(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
