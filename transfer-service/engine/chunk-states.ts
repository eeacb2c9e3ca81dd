// Sorts chunk statuses by their meaning for the next step. Pure.
import type { Chunk } from './types.ts';

/** It was sent to Globus, and no answer is known. */
export function isUncertain({ status, attemptedAt }: Chunk): boolean {
  return status === 'submitting' && attemptedAt !== undefined;
}

/** Its task ended without everything, and is not submitted again in this attempt. */
export function fellShort({ status }: Chunk): boolean {
  return status === 'failed' || status === 'cancelled' || status === 'vanished' || status === 'refused';
}

/**
 * How long until Globus may be given it; undefined: it has it, or had it. A task that expired is submitted again at once,
 * but no more than once in ten minutes on average: Globus may end it right away, by a clock of its own.
 * @param attemptMs how long the attempt has lasted.
 */
export function untilSubmitMs({ status, resubmissions }: Chunk, attemptMs: number): number | undefined {
  if (status === 'waiting' || status === 'submitting') return 0;
  if (status !== 'expired') return undefined;
  return Math.max(resubmissions * resubmitEveryMs - attemptMs, 0);
}

const resubmitEveryMs = 10 * 60_000;
