// One sentence on how a transfer stands, for its owner: in the SciCat job, in our answers. Pure.
import type { Progress, Transfer, TransferState } from './types.ts';

export function describe(transfer: Transfer): string {
  const { state, message } = transfer;
  if (transfer.endedAt !== undefined) return message ?? sentences[state];
  const { stuckSince } = transfer;
  if (stuckSince !== undefined)
    return `stuck, ${describeStanding(transfer)}; nothing since ${time(stuckSince)}`;
  return describeStanding(transfer);
}

function describeStanding(transfer: Transfer): string {
  const { state, cancel, obstacle } = transfer;
  if (obstacle !== undefined) return obstacle;
  if (cancel.problem !== undefined) return `cancelling failed, so it goes on: ${cancel.problem}`;
  return state === 'transferring' ? describeTasks(transfer) : sentences[state];
}

/** A file that is missing keeps a task at it until its deadline: what Globus says is all there is to see of it. */
function describeTasks({ chunks }: Transfer): string {
  const active = chunks.flatMap(({ status, progress }) => (status === 'active' ? [progress] : []));
  if (active.some(({ isPaused }) => isPaused))
    return 'paused at Globus by an administrator of one of the collections';
  const hindered = active.find(({ faults }) => faults > 0);
  if (hindered === undefined) return describeWaiting(active);
  const { faults, niceStatus } = hindered;
  return `Globus meets errors and tries again: ${niceStatus ?? 'no reason given'} (${faults} so far)`;
}

/** It may wait without an error: in the queue, for somebody's credentials, for a collection that is not there. */
function describeWaiting(active: readonly Progress[]): string {
  const said = active.map(({ niceStatus = 'OK' }) => niceStatus).find((word) => word.toUpperCase() !== 'OK');
  return said === undefined ? sentences.transferring : `${sentences.transferring}; Globus says ${said}`;
}

function time(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const sentences: Readonly<Record<TransferState, string>> = {
  requested: 'requested',
  recorded: 'waiting for its turn',
  submitting: 'being handed to Globus',
  transferring: 'transferring',
  cancelling: 'being cancelled',
  concluding: 'all data has arrived; being checked against the dataset',
  archiving: 'complete; being made ready for archiving',
  finished: 'finished',
  failed: 'failed',
  cancelled: 'cancelled',
};
