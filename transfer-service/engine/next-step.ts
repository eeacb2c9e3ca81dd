// The state machine of one transfer: what is stored of it -> the one thing to do next. It alone decides; whoever
// performs a step writes what came of it, so that after a crash the same question has the same answer. Pure.
import { fellShort, isUncertain, untilSubmitMs } from './chunk-states.ts';
import type { EngineSettings } from './context.ts';
import { type Report, reportDue } from './report.ts';
import { sourceTroubleOf } from './source-trouble.ts';
import {
  isDeletionTriedLongEnough,
  isLongOverdue,
  isOverdue,
  isToBeShownStuck,
  isToldLongEnough,
  type TimeLimits,
  untilLimitMs,
} from './time-limits.ts';
import { tooLate, tooLateForJob } from './too-late.ts';
import type { Chunk, EndReason, EndState, Transfer } from './types.ts';

export type Step =
  | { readonly kind: 'create_job' }
  | { readonly kind: 'list_files' }
  | { readonly kind: 'prepare'; readonly chunk: Chunk }
  | { readonly kind: 'submit'; readonly chunk: Chunk }
  | { readonly kind: 'mark_stuck' }
  | { readonly kind: 'begin_cancelling' }
  | { readonly kind: 'give_up'; readonly reason: EndReason; readonly message: string }
  /** Globus could not be asked about it, nor told to end it, until nobody waits any more. */
  | { readonly kind: 'abandon_task'; readonly chunk: Chunk }
  /** Its submit's answer was lost and it is not to run: has Globus got it? */
  | { readonly kind: 'find_task'; readonly chunk: Chunk }
  | { readonly kind: 'cancel_task'; readonly chunk: Chunk }
  | { readonly kind: 'begin_concluding' }
  | { readonly kind: 'judge' }
  | { readonly kind: 'mark_archivable' }
  | { readonly kind: 'create_archive_job' }
  | {
      readonly kind: 'end';
      readonly state: EndState;
      readonly reason?: EndReason;
      readonly message?: string;
    }
  | {
      readonly kind: 'report';
      readonly report: Report;
      readonly text: string;
      readonly isUrgent: boolean;
    }
  | { readonly kind: 'delete_job'; readonly jobId: string }
  | { readonly kind: 'settle'; readonly isUntold: boolean }
  /** Nothing before a poll, a wish, a free place, or this time has passed. */
  | { readonly kind: 'rest'; readonly forMs: number | undefined };

export type Circumstances = {
  readonly now: number;
  /** For time limits: WatchedClock's. */
  readonly sinceMs: (at: number) => number;
  /** Whether Globus may be given one more task. */
  readonly hasPlace: boolean;
  /** Whether SciCat's list of its files may be read now. */
  readonly mayReadList: boolean;
  readonly settings: TimeLimits & Pick<EngineSettings, 'reportIntervalMs' | 'failOnMissingSource'>;
};

export function nextStep(transfer: Transfer, circumstances: Circumstances): Step {
  if (transfer.endedAt === undefined && isToBeShownStuck(transfer, circumstances))
    return { kind: 'mark_stuck' };
  switch (transfer.state) {
    case 'requested':
      if (wantsCancel(transfer) && transfer.job.attemptedAt === undefined) return cancelledByUser;
      return isOverdue(transfer, circumstances) ? { kind: 'end', ...tooLateForJob } : { kind: 'create_job' };
    case 'recorded':
    case 'submitting':
    case 'transferring':
      return whileMoving(transfer, circumstances) ?? reportOrRest(transfer, circumstances);
    case 'cancelling':
      return whileCancelling(transfer, circumstances) ?? reportOrRest(transfer, circumstances);
    case 'concluding':
      if (wantsCancel(transfer)) return cancelledTooLate;
      if (isLongOverdue(transfer, circumstances)) return { kind: 'end', ...tooLate('finished') };
      return circumstances.mayReadList ? { kind: 'judge' } : reportOrRest(transfer, circumstances);
    case 'archiving':
      return whileArchiving(transfer, circumstances);
    case 'finished':
    case 'failed':
    case 'cancelled':
      return afterEnd(transfer, circumstances);
  }
}

function whileMoving(transfer: Transfer, circumstances: Circumstances): Step | undefined {
  const { chunks, cancel } = transfer;
  if (wantsCancel(transfer) && cancel.problem === undefined) return { kind: 'begin_cancelling' };
  const enough = transfer.endState === undefined ? giveUp(transfer, circumstances) : undefined;
  if (enough !== undefined) return enough;
  if (transfer.listing.kind === 'wanted')
    return circumstances.mayReadList ? { kind: 'list_files' } : undefined;
  if (chunks.every(({ status }) => status === 'succeeded')) {
    return transfer.endState === 'failed' ? endAsDecided(transfer) : { kind: 'begin_concluding' };
  }
  const goesOn = !wantsCancel(transfer) && transfer.endState === undefined && !chunks.some(fellShort);
  if (!goesOn) return whileRunningOut(transfer, circumstances);
  const attemptMs = circumstances.sinceMs(transfer.attemptBeganAt);
  const next = chunks.find((chunk) => untilSubmitMs(chunk, attemptMs) === 0);
  if (next === undefined || !circumstances.hasPlace) return undefined;
  return { kind: next.status === 'submitting' ? 'submit' : 'prepare', chunk: next };
}

function giveUp(transfer: Transfer, circumstances: Circumstances): Step | undefined {
  const { chunks } = transfer;
  if (chunks.length > 0 && chunks.every(({ status }) => status === 'succeeded')) return undefined;
  const atSource = circumstances.settings.failOnMissingSource ? sourceTroubleOf(transfer) : undefined;
  if (atSource !== undefined) return { kind: 'give_up', ...atSource };
  if (!isOverdue(transfer, circumstances)) return undefined;
  const { reason, message } = tooLate('failed');
  return { kind: 'give_up', reason, message };
}

/** Nothing more is handed to Globus; what it has is followed to its end. */
function whileRunningOut(transfer: Transfer, circumstances: Circumstances): Step | undefined {
  const { chunks } = transfer;
  const abandoned = abandon(transfer, circumstances);
  if (abandoned !== undefined) return abandoned;
  const uncertain = chunks.find(isUncertain);
  if (uncertain !== undefined) return { kind: 'find_task', chunk: uncertain };
  if (chunks.some(({ status }) => status === 'active')) return undefined;
  return chunks.some(fellShort) && transfer.endState === undefined && !wantsCancel(transfer)
    ? endOfShort(chunks)
    : endAsDecided(transfer);
}

function abandon(transfer: Transfer, circumstances: Circumstances): Step | undefined {
  if (!isLongOverdue(transfer, circumstances)) return undefined;
  const chunk = transfer.chunks.find((one) => one.status === 'active' || isUncertain(one));
  return chunk === undefined ? undefined : { kind: 'abandon_task', chunk };
}

function whileCancelling(transfer: Transfer, circumstances: Circumstances): Step | undefined {
  const { chunks } = transfer;
  const abandoned = abandon(transfer, circumstances);
  if (abandoned !== undefined) return abandoned;
  const uncertain = chunks.find(isUncertain);
  if (uncertain !== undefined) return { kind: 'find_task', chunk: uncertain };
  const running = chunks.find(({ status, cancelAsked }) => status === 'active' && !cancelAsked);
  if (running !== undefined) return { kind: 'cancel_task', chunk: running };
  if (chunks.some(({ status }) => status === 'active')) return undefined;
  const hasArrived =
    transfer.listing.kind !== 'wanted' && chunks.every(({ status }) => status === 'succeeded');
  return hasArrived && transfer.endState !== 'failed' ? { kind: 'begin_concluding' } : endAsDecided(transfer);
}

function whileArchiving(transfer: Transfer, circumstances: Circumstances): Step {
  const { archive, authorised, cancel } = transfer;
  const isCancelled = cancel.requestedAt !== undefined;
  if (!archive.isMarked && isCancelled) return cancelledTooLate;
  if (isLongOverdue(transfer, circumstances)) return { kind: 'end', ...tooLate('finished') };
  if (!archive.isMarked) return { kind: 'mark_archivable' };
  const wantsJob = authorised.autoArchive && archive.jobId === undefined;
  if (!wantsJob) return { kind: 'end', state: 'finished' };
  // Once it was tried it may be there, and what is there cannot be called back.
  return isCancelled && archive.attemptedAt === undefined
    ? { kind: 'end', state: 'finished', message: 'finished; not archived, because it was to be cancelled' }
    : { kind: 'create_archive_job' };
}

function afterEnd(transfer: Transfer, circumstances: Circumstances): Step {
  if (transfer.isSettled) return { kind: 'rest', forMs: undefined };
  const { cancel, job } = transfer;
  const isTold = isToldLongEnough(transfer, circumstances);
  const isToDelete = cancel.deleteJob && job.id !== undefined && !job.isDeleted;
  if (isToDelete && !isDeletionTriedLongEnough(transfer, circumstances))
    return { kind: 'delete_job', jobId: job.id };
  const report = reportOrRest(transfer, circumstances);
  if (report.kind === 'rest' && report.forMs === undefined) return { kind: 'settle', isUntold: isToDelete };
  return isTold ? { kind: 'settle', isUntold: true } : report;
}

function reportOrRest(transfer: Transfer, circumstances: Circumstances): Step & { kind: 'report' | 'rest' } {
  const due = reportDue(transfer, circumstances.now, circumstances.settings.reportIntervalMs);
  if (due.kind === 'now') return { ...due, kind: 'report' };
  const waits = [due.kind === 'later' ? due.inMs : undefined, untilLimitMs(transfer, circumstances)];
  const known = waits.filter((wait) => wait !== undefined);
  return { kind: 'rest', forMs: known.length === 0 ? undefined : Math.min(...known) };
}

function wantsCancel({ cancel }: Transfer): boolean {
  return cancel.requestedAt !== undefined;
}

const cancelledByUser: Step = {
  kind: 'end',
  state: 'cancelled',
  reason: 'cancelled_by_user',
  message: 'cancelled',
};

const cancelledTooLate: Step = {
  kind: 'end',
  state: 'finished',
  reason: 'cancelled_too_late',
  message: 'everything had arrived before it could be cancelled; the dataset was not marked archivable',
};

function endAsDecided({ endState, reason, message }: Transfer): Step {
  if (endState !== 'failed') return cancelledByUser;
  return {
    kind: 'end',
    state: 'failed',
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

function endOfShort(chunks: readonly Chunk[]): Step {
  const of = (status: Chunk['status']) => chunks.find((chunk) => chunk.status === status);
  const failed = of('refused') ?? of('failed') ?? of('vanished');
  if (failed === undefined) {
    const message = 'cancelled at Globus, not through this service; retry it to go on';
    return { kind: 'end', state: 'cancelled', reason: 'cancelled_at_globus', message };
  }
  const message = failed.problem ?? 'Globus gave no reason; retry it';
  return { kind: 'end', state: 'failed', reason: reasonOf(failed.status), message };
}

function reasonOf(status: Chunk['status']): EndReason {
  if (status === 'refused') return 'submission_refused';
  return status === 'vanished' ? 'task_vanished' : 'task_failed';
}
