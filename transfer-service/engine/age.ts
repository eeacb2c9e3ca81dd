// How long ago something was, for what must not be taken for settled too soon: a clock that was set since, by somebody
// or between two processes, makes it no older.
import type { Clock } from '../../platform/clock.ts';

/** @param epochMs when it was, by the clock as it was then. */
export type AgeMs = (epochMs: number) => number;

/** What drifts by less than this between two looks was not set. */
const driftMs = 1_000;

export function createAge(clock: Clock): AgeMs {
  const read = () => ({ offsetMs: clock.now() - clock.elapsed(), elapsedMs: clock.elapsed() });
  let last = read();
  let setAtMs = last.elapsedMs;
  return (epochMs) => {
    const current = read();
    if (Math.abs(current.offsetMs - last.offsetMs) > driftMs) setAtMs = current.elapsedMs;
    last = current;
    return Math.min(Math.abs(clock.now() - epochMs), current.elapsedMs - setAtMs);
  };
}
