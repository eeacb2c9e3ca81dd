// What Globus says of a task -> what is written of its chunk. Pure.
import type { ActiveTask, TaskNews } from '../store/tasks.ts';
import type { GlobusTask } from '../types.ts';
import type { Progress } from './types.ts';

/**
 * @param task `undefined`: Globus knows no such task. Of one that was submitted less than `settleMs` ago that is no
 * news: not every part of Globus may know of it yet.
 */
export function newsOf(
  known: ActiveTask,
  task: GlobusTask | undefined,
  { now, settleMs }: { now: number; settleMs: number },
): TaskNews {
  const { transferId, chunk, taskId, progress } = known;
  const isYoung = Math.abs(now - (known.attemptedAt ?? 0)) < settleMs;
  if (task === undefined && isYoung)
    return { transferId, chunk, taskId, progress, status: 'active', problem: undefined };
  if (task === undefined)
    return { transferId, chunk, taskId, progress, status: 'vanished', problem: vanished(known) };
  return { transferId, chunk, taskId, progress: progressOf(task, progress), ...statusOf(task) };
}

export function isProgress(known: ActiveTask, news: TaskNews): boolean {
  if (news.status !== 'active') return true;
  const { progress } = news;
  return (
    progress.bytesTransferred !== known.progress.bytesTransferred ||
    progress.filesTransferred !== known.progress.filesTransferred ||
    progress.filesSkipped !== known.progress.filesSkipped ||
    progress.files !== known.progress.files ||
    progress.faults !== known.progress.faults ||
    progress.niceStatus !== known.progress.niceStatus ||
    progress.isPaused !== known.progress.isPaused
  );
}

function statusOf({ status, fatalError }: GlobusTask): Pick<TaskNews, 'status' | 'problem'> {
  switch (status) {
    case 'ACTIVE':
    case 'INACTIVE':
      return { status: 'active', problem: undefined };
    case 'SUCCEEDED':
      return { status: 'succeeded', problem: undefined };
    case 'FAILED':
      return fatalError?.code === 'CANCELED'
        ? { status: 'cancelled', problem: undefined }
        : { status: 'failed', problem: failure(fatalError) };
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

function vanished({ taskId }: ActiveTask): string {
  return `Globus knows its task ${taskId} no more, so nobody can say whether everything arrived; retry it`;
}
