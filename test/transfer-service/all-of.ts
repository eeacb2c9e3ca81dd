// Work in slices, done in one go.
import type { Slices } from '../../transfer-service/types.ts';

export function allOf<Result>(work: Slices<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
