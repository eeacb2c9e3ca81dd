// What an attempt ends as that its deadline came before. Pure.
import type { EndReason } from './types.ts';

export function tooLate<State extends 'failed' | 'finished'>(state: State) {
  const reason: EndReason = 'deadline_passed';
  const what =
    state === 'failed'
      ? 'not everything had arrived by the deadline (task.deadlineHours)'
      : 'everything arrived, but SciCat could not be asked and told in time';
  return { state, reason, message: `${what}; retry the transfer once nothing stands in its way` };
}

/** A retry is asked for by the job. */
export const tooLateForJob = {
  state: 'failed',
  reason: 'deadline_passed',
  message:
    'SciCat had not created the job that carries the status by the deadline (task.deadlineHours); ask for the transfer again once it does',
} as const;
