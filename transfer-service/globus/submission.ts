// The body of a submit, as text: its items are rendered as they come. Pure. See https://docs.globus.org/api/transfer/task_submit/
import type { Submission, TransferItem } from '../types.ts';

/** What a file at the destination is compared by before it is left as it is. */
export type SyncLevel = 'exists' | 'size' | 'mtime' | 'checksum';

export type SubmitOptions = {
  readonly syncLevel: SyncLevel;
  readonly verifyChecksum: boolean;
  readonly encryptData: boolean;
  /** Whether files have the modification time of their source. */
  readonly preserveTimestamp: boolean;
  /** Whether Globus keeps the folder that all paths have in common, for its web app. */
  readonly storeBasePathInfo: boolean;
};

export function submitBody(submission: Submission, options: SubmitOptions): string {
  const head = JSON.stringify(headOf(submission, options));
  return `${head.slice(0, -1)},"DATA":[${renderItems(submission.items)}]}`;
}

function headOf(submission: Submission, options: SubmitOptions): object {
  const { deadlineAt, sourceLocalUser, destinationLocalUser } = submission;
  return {
    DATA_TYPE: 'transfer',
    submission_id: submission.submissionId,
    source_endpoint: submission.sourceCollection,
    destination_endpoint: submission.destinationCollection,
    label: taskLabel(submission.label),
    sync_level: syncLevels[submission.isRepeat ? 'checksum' : options.syncLevel],
    verify_checksum: options.verifyChecksum,
    encrypt_data: options.encryptData,
    preserve_timestamp: options.preserveTimestamp,
    store_base_path_info: options.storeBasePathInfo,
    // A planted link would be read with the service account's rights.
    recursive_symlinks: 'ignore',
    // A transfer that left something out would look like a whole one.
    skip_source_errors: false,
    fail_on_quota_errors: true,
    delete_destination_extra: false,
    notify_on_succeeded: false,
    notify_on_failed: false,
    notify_on_inactive: false,
    ...(deadlineAt === undefined ? {} : { deadline: new Date(deadlineAt).toISOString() }),
    ...(sourceLocalUser === undefined ? {} : { source_local_user: sourceLocalUser }),
    ...(destinationLocalUser === undefined ? {} : { destination_local_user: destinationLocalUser }),
  };
}

/** At most 128 characters of one line, without what has a meaning in a list filter (`/ : , ~ ! *`). */
export function taskLabel(label: string): string {
  return label.replace(/[^A-Za-z0-9 ._()-]/g, '_').slice(0, 128);
}

/** See sync_level at https://docs.globus.org/api/transfer/task_submit/ */
const syncLevels: Readonly<Record<SyncLevel, number>> = { exists: 0, size: 1, mtime: 2, checksum: 3 };

function renderItems(items: Iterable<TransferItem>): string {
  const texts: string[] = [];
  let latest: string[] = [];
  for (const item of items) {
    latest.push(JSON.stringify(itemBody(item)));
    if (latest.length < joinedAtOnce) continue;
    texts.push(latest.join(','));
    latest = [];
  }
  return [...texts, ...latest].join(',');
}

/** Thousands of small texts would outlive a round of the garbage collection each, and be kept for long. */
const joinedAtOnce = 100;

function itemBody({ kind, sourcePath, destinationPath }: TransferItem): object {
  const paths = { source_path: sourcePath, destination_path: destinationPath };
  if (kind === 'symlink') return { DATA_TYPE: 'transfer_symlink_item', ...paths };
  if (kind === 'entry') return { DATA_TYPE: 'transfer_item', ...paths };
  return { DATA_TYPE: 'transfer_item', ...paths, recursive: kind === 'folder' };
}
