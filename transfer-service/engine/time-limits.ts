// How long a transfer is waited for: when it is shown as stuck, when it is given up. Nothing is asked about for ever, and
// no outage shorter than these ends anything. Pure.
import type { EngineSettings } from './context.ts';
import type { Chunk, Transfer } from './types.ts';

export type TimeLimits = Pick<EngineSettings, 'deadlineMs' | 'stuckAfterMs' | 'scicatPatienceMs'>;

type Moment = { readonly unhurriedNow: number; readonly settings: TimeLimits };

/** The data should have arrived by now. */
export function isOverdue({ attemptBeganAt }: Transfer, { unhurriedNow, settings }: Moment): boolean {
  return unhurriedNow - attemptBeganAt >= settings.deadlineMs;
}

/** So should what comes after the data, and what ends an attempt that is given up. */
export function isLongOverdue({ attemptBeganAt }: Transfer, { unhurriedNow, settings }: Moment): boolean {
  return unhurriedNow - attemptBeganAt >= settings.deadlineMs + settings.scicatPatienceMs;
}

/** SciCat has had its time to delete the job, which may be wished for long after the end. */
export function isDeletionTriedLongEnough(
  { updatedAt }: Transfer,
  { unhurriedNow, settings }: Moment,
): boolean {
  return unhurriedNow - updatedAt >= settings.scicatPatienceMs;
}

/** SciCat has had its time to take the last report. */
export function isToldLongEnough({ endedAt }: Transfer, { unhurriedNow, settings }: Moment): boolean {
  return endedAt !== undefined && unhurriedNow - endedAt >= settings.scicatPatienceMs;
}

/** Something should come of it, and nothing has: one that waits for its turn is not stuck. */
export function isToBeShownStuck(transfer: Transfer, { unhurriedNow, settings }: Moment): boolean {
  if (transfer.stuckSince !== undefined || !isAtWork(transfer)) return false;
  return unhurriedNow - transfer.progressAt >= settings.stuckAfterMs;
}

/** Until one of these is so; undefined: never, as it stands. */
export function untilLimitMs(transfer: Transfer, { unhurriedNow, settings }: Moment): number | undefined {
  if (transfer.endedAt !== undefined) return undefined;
  const deadline = transfer.attemptBeganAt + settings.deadlineMs;
  const bounds = [
    deadline,
    deadline + settings.scicatPatienceMs,
    ...(transfer.stuckSince === undefined && isAtWork(transfer)
      ? [transfer.progressAt + settings.stuckAfterMs]
      : []),
  ];
  const ahead = bounds.filter((bound) => bound > unhurriedNow);
  return ahead.length === 0 ? undefined : Math.min(...ahead) - unhurriedNow;
}

/** Globus waits for a file that is not there until the task's own deadline. */
export function missesSource({ chunks }: Pick<Transfer, 'chunks'>): Chunk | undefined {
  return chunks.find(
    ({ status, progress }) =>
      status === 'active' && progress.faults > 0 && progress.niceStatus?.toUpperCase() === 'FILE_NOT_FOUND',
  );
}

function isAtWork({ chunks, obstacle }: Transfer): boolean {
  return obstacle !== undefined || chunks.some(({ status }) => status === 'active');
}
