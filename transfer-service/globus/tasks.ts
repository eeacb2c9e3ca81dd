// A Globus task, in this service's words. Pure.
import type { GlobusTask } from '../types.ts';
import type { TaskAnswer } from './answers.ts';

export function readTask(answer: TaskAnswer): GlobusTask {
  return {
    taskId: answer.task_id,
    status: answer.status,
    niceStatus: answer.nice_status ?? undefined,
    isPaused: answer.is_paused ?? false,
    fatalError: answer.fatal_error ?? undefined,
    faults: answer.faults ?? 0,
    files: answer.files ?? 0,
    filesTransferred: answer.files_transferred ?? 0,
    filesSkipped: answer.files_skipped ?? 0,
    bytesTransferred: answer.bytes_transferred ?? 0,
    label: answer.label ?? '',
    historyDeleted: answer.history_deleted ?? false,
  };
}

/** The newest of the tasks that carry exactly this label: a filter of Globus may match more. */
export function newestLabelled(tasks: readonly TaskAnswer[], label: string): TaskAnswer | undefined {
  return tasks
    .filter((task) => task.label === label)
    .reduce<TaskAnswer | undefined>(
      (newest, task) =>
        newest === undefined || (task.request_time ?? '') > (newest.request_time ?? '') ? task : newest,
      undefined,
    );
}
