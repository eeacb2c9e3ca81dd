// Ending what runs at Globus. What a cancel answers proves nothing, the task's status afterwards does.
import { Unavailable } from '../../platform/unavailable.ts';
import { writeChange } from '../store/change.ts';
import { type TaskNews, writeNews } from '../store/tasks.ts';
import type { EngineContext } from './context.ts';
import { ageOf, newsOf } from './news.ts';
import { giveUp, labelOf, writeAccepted } from './submit.ts';
import type { Chunk, EndReason, Transfer } from './types.ts';

export async function beginCancelling({ store, clock }: EngineContext, transfer: Transfer): Promise<void> {
  const event = { kind: 'cancelling', detail: {} } as const;
  // Where it is to end as failed already, it stays so.
  const endState = transfer.endState ?? 'cancelled';
  await writeChange(store, transfer, { state: 'cancelling', endState, event }, clock.now());
}

export async function cancelTask(context: EngineContext, transfer: Transfer, chunk: Chunk): Promise<void> {
  const { globus, store, clock, signal } = context;
  const { taskId, index, attemptedAt, progress, trouble } = chunk;
  if (taskId === undefined)
    throw new Error(`chunk ${chunk.index} of ${transfer.id} is active without a task`);
  const answer = await globus.cancel(taskId, signal);
  const task = await globus.fetchTask(taskId, signal);
  const known = { transferId: transfer.id, chunk: index, taskId, attemptedAt, progress, trouble };
  const news = newsOf(known, task, ageOf(known, context));
  if (answer.kind === 'cancelled' || news.status !== 'active') {
    const code = answer.code;
    const event = { kind: 'cancel_asked', detail: { chunk: chunk.index, code } } as const;
    await writeChange(
      store,
      transfer,
      { chunk: { index: chunk.index, cancelAsked: true }, event },
      clock.now(),
    );
    await writeNews(store, [news], clock.now());
    return;
  }
  if (task === undefined) throw notYetKnown(taskId);
  const cancelProblem = `Globus refused to cancel (${answer.code}): ${answer.message}`;
  const event = { kind: 'cancel_refused', detail: { chunk: chunk.index, problem: cancelProblem } } as const;
  await writeChange(store, transfer, { state: 'transferring', cancelProblem, event }, clock.now());
}

/** What Globus has ended meanwhile, and nobody asked, is no matter of being late: this service may have been stopped. */
export async function giveUpLate(
  context: EngineContext,
  transfer: Transfer,
  why: { readonly reason: EndReason; readonly message: string },
): Promise<void> {
  const ended = await findEnded(context, transfer).catch((error: unknown) => {
    if (error instanceof Unavailable) return [];
    throw error;
  });
  if (ended.length === 0) return giveUp(context, transfer, why);
  await writeNews(context.store, ended, context.clock.now());
}

async function findEnded(context: EngineContext, { id, chunks }: Transfer): Promise<readonly TaskNews[]> {
  const ended: TaskNews[] = [];
  for (const { index, taskId, attemptedAt, progress, trouble, status } of chunks) {
    if (status !== 'active' || taskId === undefined) continue;
    const known = { transferId: id, chunk: index, taskId, attemptedAt, progress, trouble };
    const task = await context.globus.fetchTask(taskId, context.signal);
    const news = newsOf(known, task, ageOf(known, context));
    if (news.status !== 'active') ended.push(news);
  }
  return ended;
}

export async function abandonTask(
  { store, clock, log }: EngineContext,
  transfer: Transfer,
  { index, taskId }: Chunk,
): Promise<void> {
  log.warn({ transferId: transfer.id, taskId }, 'a task is followed no more: globus gave no end of it');
  const problem = 'Globus could neither be asked about its task nor told to end it';
  const event = { kind: 'task_ended', detail: { chunk: index, status: 'vanished', problem } } as const;
  await writeChange(store, transfer, { chunk: { index, status: 'vanished', problem }, event }, clock.now());
}

export type Found = 'found' | 'dropped' | 'not_yet';

/**
 * Whether a chunk reached Globus whose submit was never answered.
 * `not_yet`: Globus shows none, but the submit may still be on its way.
 */
export async function findLostTask(context: EngineContext, transfer: Transfer, chunk: Chunk): Promise<Found> {
  const { globus, store, clock, settings, signal } = context;
  const task = await globus.findTaskByLabel(labelOf(transfer, chunk), signal);
  if (task !== undefined) {
    await writeAccepted(context, transfer, { chunk, taskId: task.taskId });
    return 'found';
  }
  if (clock.ageMs(chunk.attemptedAt ?? 0) < settings.settleMs) return 'not_yet';
  const event = { kind: 'task_ended', detail: { chunk: chunk.index, status: 'dropped' } } as const;
  await writeChange(
    store,
    transfer,
    { chunk: { index: chunk.index, status: 'dropped' }, event },
    clock.now(),
  );
  return 'dropped';
}

/** It was taken a moment ago, so it will be. */
function notYetKnown(taskId: string): Unavailable {
  const message = `globus does not know its task ${taskId} yet`;
  return new Unavailable({ dependency: 'globus', reason: 'bad_answer', message });
}
