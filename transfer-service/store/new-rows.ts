// A new transfer's rows, and what a task's row is like before Globus is told of it. Pure.
import type { Authorised } from '../engine/types.ts';
import type { NewTransfer } from './accept.ts';
import type { TransferRow } from './schema.ts';

/** Of a chunk that Globus has not been told of. */
export const untouchedTask = {
  status: 'waiting',
  submission_id: null,
  attempted_at: null,
  task_id: null,
  resubmissions: 0,
  cancel_is_asked: 0,
  problem: null,
  trouble: null,
  nice_status: null,
  is_paused: 0,
  faults: 0,
  files: 0,
  files_transferred: 0,
  files_skipped: 0,
  bytes_transferred: 0,
};

export function transferRow(
  transfer: Omit<NewTransfer, 'files' | 'items'>,
  { key, now }: { readonly key: string | null; readonly now: number },
): TransferRow {
  const { authorised } = transfer;
  return {
    ...untouched,
    id: transfer.id,
    dedup_key: key,
    request_key: key,
    attempt_began_at: now,
    created_at: now,
    updated_at: now,
    progress_at: now,
    pid: authorised.pid,
    owner_group: authorised.ownerGroup,
    dataset_folder: authorised.datasetFolder,
    collection_root_path: authorised.collectionRootPath ?? null,
    subject: authorised.subject,
    username: authorised.username,
    email: authorised.email ?? null,
    source_facility: authorised.sourceFacility,
    destination_facility: authorised.destinationFacility,
    source_collection: authorised.sourceCollection,
    destination_collection: authorised.destinationCollection,
    source_folder: authorised.sourceFolder,
    destination_folder: authorised.destinationFolder,
    ...facilityColumns(authorised),
    auto_archive: authorised.autoArchive ? 1 : 0,
    is_whole_folder: authorised.isWholeFolder ? 1 : 0,
    listing: transfer.isListed ? 'wanted' : null,
    listed_files: null,
    listed_digest: null,
    bytes_total: transfer.bytesTotal,
    files_total: transfer.filesTotal,
  };
}

/** What may be another at each attempt. */
export function facilityColumns({
  scopes,
  sourceLocalUser,
  destinationLocalUser,
}: Pick<Authorised, 'scopes' | 'sourceLocalUser' | 'destinationLocalUser'>) {
  return {
    scopes: JSON.stringify(scopes),
    source_local_user: sourceLocalUser ?? null,
    destination_local_user: destinationLocalUser ?? null,
  };
}

/** What begins anew with each attempt. */
export const untouchedAttempt = {
  lease_owner: null,
  lease_until: null,
  ended_at: null,
  settled_at: null,
  cancel_requested_at: null,
  cancel_deletes_job: 0,
  cancel_problem: null,
  end_state: null,
  reason: null,
  message: null,
  obstacle: null,
  stuck_since: null,
  report_is_refused: 0,
};

const untouched = {
  ...untouchedAttempt,
  state: 'requested',
  attempt: 1,
  destination_used_at: null,
  job_attempted_at: null,
  job_id: null,
  job_is_deleted: 0,
  archive_is_marked: 0,
  archive_attempted_at: null,
  archive_job_id: null,
  report_text: null,
  report_at: null,
};
