// One sentence on how a transfer stands, for its owner: in the SciCat job, in our answers. Pure.
import { standingOf } from './standing.ts';
import { troubleText } from './trouble-text.ts';
import type { Authorised, Chunk, TaskTrouble, Transfer, TransferState } from './types.ts';

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
function describeTasks({ chunks, authorised }: Transfer): string {
  const active = chunks.filter(({ status }) => status === 'active');
  const paused = active.filter(({ progress }) => progress.isPaused);
  if (paused.length > 0) return describePause(paused, authorised);
  const hindered = active.find(({ progress }) => progress.faults > 0);
  if (hindered === undefined) return describeWaiting(active, authorised);
  const { faults, niceStatus } = hindered.progress;
  const trouble = hindered.trouble ?? (niceStatus === undefined ? undefined : unexplained(niceStatus));
  const what = trouble === undefined ? 'no reason given' : troubleText(trouble, authorised);
  return `Globus meets errors and tries again: ${what} (${faults} so far)`;
}

function describePause(paused: readonly Chunk[], authorised: Authorised): string {
  const [trouble] = paused.flatMap((chunk) => (chunk.trouble?.kind === 'pause' ? [chunk.trouble] : []));
  return trouble === undefined
    ? 'paused at Globus by an administrator of one of the collections'
    : troubleText(trouble, authorised);
}

/** It may wait without an error: in the queue, for somebody's credentials, for a collection that is not there. */
function describeWaiting(active: readonly Chunk[], authorised: Authorised): string {
  const waiting = active.find(({ progress }) => standingOf(progress) !== 'working');
  if (waiting === undefined) return sentences.transferring;
  const { progress, trouble } = waiting;
  const why = trouble === undefined ? '' : `: ${troubleText(trouble, authorised)}`;
  return `${sentences.transferring}; Globus says ${progress.niceStatus}${why}`;
}

/** A fault that may be over: what the task says now is all that is known of it. */
function unexplained(code: string): TaskTrouble {
  return { kind: 'error', code, description: '', side: undefined, paths: [] };
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
