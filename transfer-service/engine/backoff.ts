// How long to wait before a step is tried again: longer each time, never given up, spread so that all that waited for
// the same outage do not come back in the same moment. Pure.

const firstDelayMs = 1_000;
const longestDelayMs = 5 * 60_000;

/**
 * @param failures in a row, from 1.
 * @param random between 0 and 1.
 */
export function backoffMs(failures: number, askedMs: number, random: number): number {
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures - 1, 20));
  return Math.max(askedMs, delayMs * (0.5 + random / 2));
}
