// One task of the simulated Globus: what it was asked, how far it is, and the document that the API makes of it.
import type { Submission } from './submission.ts';
import type { GlobusTaskStatus, GlobusTaskView } from './types.ts';

export type TaskEvent = {
  readonly code: string;
  readonly isError: boolean;
  readonly timeMs: number;
  readonly description: string;
  readonly details: string;
};

export type Trouble = {
  readonly code: string;
  readonly description: string;
  /** Of the collections; undefined: of neither. */
  readonly side?: 'source' | 'destination';
};

/** What an administrator of one of the collections has written where the task was paused. */
export type PauseMessage = {
  /** `rule`: a pause rule of the collection; `task`: this task was paused by hand. */
  readonly by: 'rule' | 'task';
  readonly side: 'source' | 'destination';
  readonly message: string;
};

export type Task = {
  readonly taskId: string;
  readonly clientId: string;
  readonly submission: Submission;
  /** Of the collections and the pairs of paths. */
  readonly pathsHash: string;
  readonly requestTimeMs: number;
  /** It was submitted with one. */
  readonly hasOwnDeadline: boolean;
  /** Aborted when it is to end before its work is done. */
  readonly stopping: AbortController;
  readonly events: TaskEvent[];
  readonly transferred: {
    readonly sourcePath: string;
    readonly destinationPath: string;
    readonly bytes: number;
  }[];
  status: GlobusTaskStatus;
  deadlineTimeMs: number;
  isPaused: boolean;
  pauseMessage: PauseMessage | undefined;
  /** It is one of the few that Globus works on. */
  isRunning: boolean;
  /** It has met an error and waits before it tries again: others have its place. */
  isBackingOff: boolean;
  completionTimeMs: number | undefined;
  fatalError: Trouble | undefined;
  /** What it is waiting for; undefined while all is well. */
  trouble: Trouble | undefined;
  faults: number;
  files: number;
  directories: number;
  symlinks: number;
  filesTransferred: number;
  filesSkipped: number;
  skippedErrors: number;
  bytesTransferred: number;
};

export function hasEnded(task: Task): boolean {
  return task.status === 'SUCCEEDED' || task.status === 'FAILED';
}

export function addEvent(task: Task, event: TaskEvent): void {
  task.events.push(event);
}

export function viewOf(task: Task): GlobusTaskView {
  return {
    taskId: task.taskId,
    submissionId: task.submission.submission_id,
    label: task.submission.label ?? null,
    status: task.status,
    fatalErrorCode: task.fatalError?.code,
    faults: task.faults,
    files: task.files,
    filesTransferred: task.filesTransferred,
    filesSkipped: task.filesSkipped,
    bytesTransferred: task.bytesTransferred,
    deadlineTimeMs: task.deadlineTimeMs,
    options: optionsOf(task.submission),
    items: task.submission.DATA.map((item) => ({
      recursive: item.DATA_TYPE === 'transfer_item' ? (item.recursive ?? undefined) : undefined,
      sourcePath: item.source_path,
      destinationPath: item.destination_path,
    })),
  };
}

/** What was asked for besides the items. */
function optionsOf({ DATA: _, ...options }: Submission): Readonly<Record<string, unknown>> {
  return options;
}

/** `names` are those of the two collections. */
export function taskDocument(
  task: Task,
  {
    source,
    destination,
    nowMs,
  }: { readonly source: string; readonly destination: string; readonly nowMs: number },
): Readonly<Record<string, unknown>> {
  const { submission } = task;
  const done = task.filesTransferred + task.filesSkipped;
  const left = hasEnded(task) ? 0 : Math.max(task.files - done, 0);
  const seconds = Math.max(((task.completionTimeMs ?? nowMs) - task.requestTimeMs) / 1000, 1);
  return {
    DATA_TYPE: 'task',
    task_id: task.taskId,
    type: 'TRANSFER',
    status: task.status,
    ...niceStatus(task),
    is_paused: task.isPaused,
    fatal_error: task.fatalError ?? null,
    label: submission.label ?? null,
    owner_id: task.clientId,
    username: `u_${task.clientId.replaceAll('-', '').slice(0, 26)}`,
    command: 'API 0.10',
    request_time: isoSeconds(task.requestTimeMs),
    completion_time: task.completionTimeMs === undefined ? null : isoSeconds(task.completionTimeMs),
    deadline: isoSeconds(task.deadlineTimeMs),
    source_endpoint: source,
    source_endpoint_id: submission.source_endpoint,
    source_endpoint_display_name: source,
    destination_endpoint: destination,
    destination_endpoint_id: submission.destination_endpoint,
    destination_endpoint_display_name: destination,
    sync_level: submission.sync_level ?? null,
    encrypt_data: submission.encrypt_data ?? false,
    verify_checksum: submission.verify_checksum ?? true,
    preserve_timestamp: submission.preserve_timestamp ?? false,
    skip_source_errors: submission.skip_source_errors ?? false,
    fail_on_quota_errors: submission.fail_on_quota_errors ?? false,
    delete_destination_extra: submission.delete_destination_extra ?? false,
    recursive_symlinks: submission.recursive_symlinks ?? 'ignore',
    filter_rules: null,
    history_deleted: false,
    faults: task.faults,
    files: task.files,
    directories: task.directories,
    symlinks: task.symlinks,
    files_transferred: task.filesTransferred,
    files_skipped: task.filesSkipped,
    bytes_transferred: task.bytesTransferred,
    bytes_checksummed: submission.verify_checksum === false ? 0 : task.bytesTransferred,
    effective_bytes_per_second: Math.floor(task.bytesTransferred / seconds),
    subtasks_total: Math.max(task.files, submission.DATA.length),
    subtasks_succeeded: done,
    subtasks_pending: task.trouble === undefined ? left : 0,
    subtasks_retrying: task.trouble === undefined ? 0 : left,
    subtasks_failed: 0,
    subtasks_canceled: 0,
    subtasks_expired: 0,
    subtasks_skipped_errors: task.skippedErrors,
    canceled_by_admin: null,
    canceled_by_admin_message: null,
  };
}

/** Null once it has ended. */
function niceStatus(task: Task): Readonly<Record<string, unknown>> {
  const nice = hasEnded(task) ? undefined : currentStatus(task);
  return {
    is_ok: nice === undefined ? null : nice.isOk,
    nice_status: nice?.code ?? null,
    nice_status_short_description: nice?.description ?? null,
    nice_status_details: nice?.isOk === false ? nice.description : null,
    nice_status_expires_in: nice === undefined ? null : -1,
  };
}

function currentStatus(task: Task): Trouble & { readonly isOk: boolean } {
  if (task.status === 'INACTIVE') {
    return { code: 'CREDENTIALS_EXPIRED', description: 'credentials expired', isOk: false };
  }
  if (task.isPaused) return { code: 'PAUSED', description: 'paused', isOk: false };
  if (task.trouble !== undefined) return { ...task.trouble, isOk: false };
  if (!task.isRunning) return { code: 'Queued', description: 'Queued', isOk: true };
  return { code: 'OK', description: 'OK', isOk: true };
}

/** As Globus writes a time: whole seconds, and an offset instead of Z. */
export function isoSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, '+00:00');
}
