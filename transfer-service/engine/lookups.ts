// Asks about tasks in trouble beyond their status, rarely: once when the trouble begins, then every half hour, and a few tasks
// in each round, however many are in trouble. Its memory ends with the process: after a start it asks anew.
import { Unavailable } from '../../platform/unavailable.ts';
import { findTransfer } from '../store/read.ts';
import type { TaskNews } from '../store/tasks.ts';
import type { GlobusTask } from '../types.ts';
import type { EngineContext } from './context.ts';
import { standingOf } from './standing.ts';
import { errorTrouble, pauseTrouble } from './task-trouble.ts';
import { troubleText } from './trouble-text.ts';
import type { Authorised, TaskTrouble } from './types.ts';

/** A task fails once, so more of them may be asked about. */
const perRound = { trouble: 4, failure: 20 };
const againAfterMs = 30 * 60_000;
/** Also where the trouble is another by then. */
const soonestMs = 60_000;
/** Everybody's news waits for it. */
const timeoutMs = 10_000;

export class Lookups {
  readonly #latest = new Map<string, { readonly what: string; readonly atMs: number }>();
  readonly #left = { ...perRound };

  /** Another look at all tasks begins. */
  beginRound(): void {
    Object.assign(this.#left, perRound);
  }

  /** @returns the news with what was learned of the task's trouble, where it was its turn. */
  async enrich(context: EngineContext, news: TaskNews, task: GlobusTask | undefined): Promise<TaskNews> {
    const question = questionOf(news, task);
    if (question === undefined) this.#latest.delete(news.taskId);
    if (question === undefined || !this.#takesTurn(news.taskId, question, context.clock.elapsed()))
      return news;
    const inTime = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([context.signal, inTime]);
    try {
      return await lookUp({ ...context, signal }, news, question);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof Unavailable) && !inTime.aborted) throw error;
      this.#latest.delete(news.taskId);
      const { transferId, taskId } = news;
      context.log.info({ transferId, taskId, error }, 'could not ask globus about the trouble of a task');
      return news;
    }
  }

  #takesTurn(taskId: string, { kind, code }: Question, nowMs: number): boolean {
    const what = `${kind} ${code}`;
    const latest = this.#latest.get(taskId);
    const waitMs = latest?.what === what ? againAfterMs : soonestMs;
    if (latest !== undefined && nowMs - latest.atMs < waitMs) return false;
    const budget = kind === 'failure' ? 'failure' : 'trouble';
    if (this.#left[budget] <= 0) return false;
    this.#left[budget] -= 1;
    this.#latest.set(taskId, { what, atMs: nowMs });
    return true;
  }
}

type Question = {
  readonly kind: 'failure' | 'error' | 'pause';
  readonly code: string;
  readonly description: string;
};

function questionOf({ status, progress }: TaskNews, task: GlobusTask | undefined): Question | undefined {
  if (status === 'failed' && task?.fatalError !== undefined) return { kind: 'failure', ...task.fatalError };
  if (status !== 'active') return undefined;
  const { niceStatus: code = '' } = progress;
  switch (standingOf(progress)) {
    case 'paused':
      return { kind: 'pause', code: '', description: '' };
    case 'hindered':
      return { kind: 'error', code, description: '' };
    case 'working':
    case 'queued':
      return undefined;
  }
}

async function lookUp(context: EngineContext, news: TaskNews, question: Question): Promise<TaskNews> {
  const transfer = await findTransfer(context.store, news.transferId);
  if (transfer === undefined) return news;
  const { authorised } = transfer;
  const trouble = await fetchTrouble(context, news.taskId, question, authorised);
  if (trouble === undefined) return news;
  tell(context, news, trouble);
  if (question.kind !== 'failure') return { ...news, trouble };
  return {
    ...news,
    problem: `the Globus task failed: ${troubleText(trouble, authorised)}. Then retry the transfer`,
  };
}

async function fetchTrouble(
  { globus, signal }: EngineContext,
  taskId: string,
  question: Question,
  ends: Authorised,
): Promise<TaskTrouble | undefined> {
  if (question.kind !== 'pause')
    return errorTrouble(question, await globus.fetchErrors(taskId, signal), ends);
  const pause = await globus.fetchPause(taskId, signal);
  return pause === undefined ? undefined : pauseTrouble(pause, ends);
}

function tell(
  { log }: EngineContext,
  { transferId, taskId, trouble: known }: TaskNews,
  trouble: TaskTrouble,
) {
  if (JSON.stringify(known) === JSON.stringify(trouble)) return;
  const { kind, ...what } = trouble;
  log.warn({ transferId, taskId, ...what }, kind === 'pause' ? 'a task is paused' : 'a task meets errors');
}
