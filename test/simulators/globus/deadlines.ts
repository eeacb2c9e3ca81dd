// When a task expires, as https://docs.globus.org/api/transfer/task_behavior has it: a day after its submit, three days
// after its latest progress, 90 days after it was paused. A deadline that was submitted with it is never moved.
import type { Limits } from './service.ts';
import type { Task } from './task.ts';

export type DeadlineLimits = Pick<Limits, 'deadlineMs' | 'progressDeadlineMs' | 'pausedDeadlineMs'>;

/** After a file has arrived. */
export function extendForProgress(task: Task, { progressDeadlineMs }: DeadlineLimits, nowMs: number): void {
  if (!task.hasOwnDeadline) task.deadlineTimeMs = Math.max(task.deadlineTimeMs, nowMs + progressDeadlineMs);
}

/** Globus does so regularly: a task that waits for its turn, and has met no error of late, does not expire. */
export function extendInQueue(task: Task, { deadlineMs }: DeadlineLimits, nowMs: number): void {
  const isQueued = !task.isRunning && !task.isPaused && task.trouble === undefined;
  if (!task.hasOwnDeadline && isQueued) task.deadlineTimeMs = nowMs + deadlineMs;
}

export function resetForPause(task: Task, limits: DeadlineLimits, nowMs: number): void {
  if (task.hasOwnDeadline) return;
  task.deadlineTimeMs = nowMs + (task.isPaused ? limits.pausedDeadlineMs : limits.deadlineMs);
}
