// One sentence on how a transfer stands, for its owner: in the SciCat job, in our answers. Pure.
import type { Transfer, TransferState } from './types.ts';

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
  const paused = chunks.some(({ status, progress }) => status === 'active' && progress.isPaused);
  if (paused) return 'paused at Globus by an administrator of one of the collections';
  const hindered = chunks.find(({ status, progress }) => status === 'active' && progress.faults > 0);
  if (hindered === undefined) return sentences.transferring;
  const { faults, niceStatus } = hindered.progress;
  return `Globus meets errors and tries again: ${niceStatus ?? 'no reason given'} (${faults} so far)`;
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
