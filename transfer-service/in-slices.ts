// Work on a list of any length, done so that nobody else waits for all of it.
import { setImmediate } from 'node:timers/promises';
import type { Slices } from './types.ts';

/** What others may have to wait at a time. */
const sliceMs = 5;

export async function inSlices<Result>(work: Slices<Result>): Promise<Result> {
  let since = performance.now();
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    if (performance.now() - since < sliceMs) continue;
    await setImmediate();
    since = performance.now();
  }
}
