// How long a transfer is waited for: when it is shown as stuck, when it is given up. Nothing is asked about for ever, and
// no outage shorter than these ends anything. Pure.
import { untilSubmitMs } from './chunk-states.ts';
import type { EngineSettings } from './context.ts';
import { isWaiting } from './standing.ts';
import type { Chunk, Transfer } from './types.ts';

export type TimeLimits = Pick<
  EngineSettings,
  'deadlineMs' | 'taskDeadlineMs' | 'stuckAfterMs' | 'scicatPatienceMs'
>;

type Moment = {
  /** How long ago that was, epoch milliseconds: what WatchedClock has. */
  readonly sinceMs: (at: number) => number;
  readonly settings: TimeLimits;
};

/** The data should have arrived by now. */
export function isOverdue({ attemptBeganAt }: Transfer, { sinceMs, settings }: Moment): boolean {
  return sinceMs(attemptBeganAt) >= settings.deadlineMs;
}

/**
 * When Globus is to end a task that is submitted now, epoch milliseconds. Without a deadline it would end a task 24 hours
 * after its submit, or 72 hours after its latest progress. Never so soon that a clock that differs from Globus's makes it a
 * time that has passed: this service ends the attempt by itself.
 */
export function taskDeadlineAt(
  { attemptBeganAt }: Pick<Transfer, 'attemptBeganAt'>,
  { now, sinceMs, settings }: Moment & { readonly now: number },
): number {
  if (settings.taskDeadlineMs !== undefined) return now + settings.taskDeadlineMs;
  return now + Math.max(settings.deadlineMs - sinceMs(attemptBeganAt), shortestDeadlineMs);
}

const shortestDeadlineMs = 3_600_000;

/** So should what comes after the data, and what ends an attempt that is given up. */
export function isLongOverdue({ attemptBeganAt }: Transfer, { sinceMs, settings }: Moment): boolean {
  return sinceMs(attemptBeganAt) >= settings.deadlineMs + settings.scicatPatienceMs;
}

/** SciCat has had its time to delete the job, which may be wished for long after the end. */
export function isDeletionTriedLongEnough({ updatedAt }: Transfer, { sinceMs, settings }: Moment): boolean {
  return sinceMs(updatedAt) >= settings.scicatPatienceMs;
}

/** SciCat has had its time to take the last report. */
export function isToldLongEnough({ endedAt }: Transfer, { sinceMs, settings }: Moment): boolean {
  return endedAt !== undefined && sinceMs(endedAt) >= settings.scicatPatienceMs;
}

/** Something should come of it, and nothing has: one that waits for its turn is not stuck. */
export function isToBeShownStuck(transfer: Transfer, { sinceMs, settings }: Moment): boolean {
  if (transfer.stuckSince !== undefined || !isAtWork(transfer)) return false;
  return sinceMs(transfer.progressAt) >= settings.stuckAfterMs;
}

/** Until one of these is so; undefined: never, as it stands. */
export function untilLimitMs(transfer: Transfer, { sinceMs, settings }: Moment): number | undefined {
  if (transfer.endedAt !== undefined) return undefined;
  const attemptMs = sinceMs(transfer.attemptBeganAt);
  const untilDeadlineMs = settings.deadlineMs - attemptMs;
  const waits = [
    ...transfer.chunks.flatMap((chunk) => untilSubmitMs(chunk, attemptMs) ?? []),
    untilDeadlineMs,
    untilDeadlineMs + settings.scicatPatienceMs,
    ...(transfer.stuckSince === undefined && isAtWork(transfer)
      ? [settings.stuckAfterMs - sinceMs(transfer.progressAt)]
      : []),
  ];
  const ahead = waits.filter((waitMs) => waitMs > 0);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}

/** Tasks that are paused, or wait in Globus's own queue, are at work on nothing. */
function isAtWork({ chunks, obstacle }: Transfer): boolean {
  const isWorking = ({ status, progress }: Chunk) => status === 'active' && !isWaiting(progress);
  return obstacle !== undefined || chunks.some(isWorking);
}
