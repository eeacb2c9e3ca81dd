// One call of a process to a simulator, and the moment of it at which the process is to be killed.
import type { Faults } from '../simulators/http/faults.ts';
import { endHeader } from './end-header.ts';

export type Call = {
  readonly method: string;
  readonly path: RegExp;
  readonly body?: RegExp;
  /** Of the calls that are like this one; default 1. */
  readonly nth?: number;
};

/** What has become of the call by then, or becomes of it afterwards; `answered`: the process has all of the answer. */
export const moments = ['never_done', 'done_late', 'done_unanswered', 'answered'] as const;

export type Moment = (typeof moments)[number];

const heldAt = {
  never_done: 'instead_of_work',
  done_late: 'before_work',
  done_unanswered: 'after_work',
} as const;

/** Keeps the next such call from being answered until it is released. */
export function hold(faults: Faults, call: Call, moment: Exclude<Moment, 'answered'>) {
  let isReached = false;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const until = () => {
    isReached = true;
    return released;
  };
  faults.add({ ...call, times: 1, fault: { kind: 'hold', at: heldAt[moment], until } });
  return { isReached: () => isReached, release };
}

/** The process, with `kill-at-answer.ts` loaded, ends by itself when it has the answer to the next such call. */
export function endAtAnswer(faults: Faults, call: Call): void {
  faults.add({ ...call, times: 1, fault: { kind: 'headers', headers: { [endHeader]: 'now' } } });
}
