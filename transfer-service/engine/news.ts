// What Globus says of a task -> what is written of its chunk. Pure.
import type { ActiveTask, TaskNews } from '../store/tasks.ts';
import type { GlobusTask } from '../types.ts';
import type { EngineContext } from './context.ts';
import { isWaiting, standingOf } from './standing.ts';
import type { Progress, TaskTrouble } from './types.ts';

/**
 * @param ageMs since it was submitted.
 * @param task `undefined`: Globus knows no such task. Of one that was submitted less than `settleMs` ago that is no
 * news: not every part of Globus may know of it yet.
 */
export function newsOf(
  known: ActiveTask,
  task: GlobusTask | undefined,
  { ageMs, settleMs }: { ageMs: number; settleMs: number },
): TaskNews {
  const { transferId, chunk, taskId, progress } = known;
  const { trouble } = known;
  const same = { transferId, chunk, taskId, progress, trouble, hasMoved: false, hasNewStanding: false };
  if (task === undefined && ageMs < settleMs) return { ...same, status: 'active', problem: undefined };
  if (task === undefined) return { ...same, status: 'vanished', problem: vanished(known) };
  const latest = progressOf(task, progress);
  const { status, problem } = statusOf(task);
  // It has a new time to come to something, too, once it has waited.
  const hasMoved =
    status !== 'active' ||
    counts.some((count) => latest[count] !== progress[count]) ||
    isWaiting(latest) !== isWaiting(progress);
  return {
    ...{ transferId, chunk, taskId, progress: latest, status, problem, hasMoved },
    hasNewStanding: standingOf(latest) !== standingOf(progress),
    trouble: status === 'active' && isStill(trouble, latest) ? trouble : undefined,
  };
}

/** How old it is, and from when on it is old. */
export function ageOf(
  { attemptedAt = 0 }: Pick<ActiveTask, 'attemptedAt'>,
  { clock, settings }: Pick<EngineContext, 'clock' | 'settings'>,
) {
  return { ageMs: clock.ageMs(attemptedAt), settleMs: settings.settleMs };
}

const counts = ['bytesTransferred', 'filesTransferred', 'filesSkipped', 'files'] as const;

export function isProgress({ progress, trouble }: ActiveTask, news: TaskNews): boolean {
  return (
    news.status !== 'active' ||
    news.hasMoved ||
    words.some((word) => news.progress[word] !== progress[word]) ||
    JSON.stringify(news.trouble) !== JSON.stringify(trouble)
  );
}

function isStill(trouble: TaskTrouble | undefined, latest: Progress): boolean {
  const standing = standingOf(latest);
  if (trouble?.kind === 'pause') return standing === 'paused';
  return standing === 'hindered' && trouble?.code === latest.niceStatus;
}

const words = ['faults', 'niceStatus', 'isPaused'] as const;

function statusOf({ status, fatalError }: GlobusTask): Pick<TaskNews, 'status' | 'problem'> {
  switch (status) {
    case 'ACTIVE':
    case 'INACTIVE':
      return { status: 'active', problem: undefined };
    case 'SUCCEEDED':
      return { status: 'succeeded', problem: undefined };
    case 'FAILED':
      if (fatalError?.code === 'CANCELED') return { status: 'cancelled', problem: undefined };
      if (fatalError?.code === 'EXPIRED') return { status: 'expired', problem: expired };
      return { status: 'failed', problem: failure(fatalError) };
  }
}

/** `nice_status` is null once a task has ended; its counts stay. */
function progressOf(task: GlobusTask, last: Progress): Progress {
  const hasEnded = task.status === 'SUCCEEDED' || task.status === 'FAILED';
  return {
    niceStatus: hasEnded ? (task.niceStatus ?? last.niceStatus) : task.niceStatus,
    isPaused: task.isPaused && !hasEnded,
    faults: task.faults,
    files: task.files,
    filesTransferred: task.filesTransferred,
    filesSkipped: task.filesSkipped,
    bytesTransferred: task.bytesTransferred,
  };
}

function failure(fatalError: GlobusTask['fatalError']): string {
  if (fatalError === undefined) return 'the Globus task failed and gives no reason; retry it';
  return `the Globus task failed (${fatalError.code}): ${fatalError.description}. Mend that, then retry it`;
}

const expired = 'Globus ended the task at its deadline; what is missing is submitted again';

function vanished({ taskId }: ActiveTask): string {
  return `Globus knows its task ${taskId} no more, so nobody can say whether everything arrived; retry it`;
}
