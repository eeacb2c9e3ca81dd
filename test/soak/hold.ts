// One call of the service to a simulator, held where a process is to be killed.
import type { Faults } from '../simulators/http/faults.ts';

export type Call = { readonly method: string; readonly path: RegExp };

export type Moment = 'before_work' | 'after_work';

/** Keeps the next such call from being answered, before or after its work, until it is released. */
export function hold(faults: Faults, { method, path }: Call, at: Moment) {
  let isReached = false;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const until = () => {
    isReached = true;
    return released;
  };
  faults.add({ method, path, times: 1, fault: { kind: 'hold', at, until } });
  return { isReached: () => isReached, release };
}
