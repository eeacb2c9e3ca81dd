// The tables as kysely sees them. Times are epoch milliseconds, booleans 0 or 1, lists JSON text, in every dialect.
import type { Kysely } from 'kysely';

export type Store = Kysely<Schema>;

export type Schema = {
  readonly transfers: TransferRow;
  readonly tasks: TaskRow;
  readonly items: ItemsRow;
  readonly events: EventRow;
  readonly attempts: AttemptRow;
  readonly clock: ClockRow;
};

export type TransferRow = {
  id: string;
  state: string;
  /** Who, what, where to; NULL once it has ended, so that the same may be asked for again. */
  dedup_key: string | null;
  /** The same, kept: a new attempt is again what an equal request finds. */
  request_key: string | null;
  attempt: number;
  attempt_began_at: number | null;
  lease_owner: string | null;
  lease_until: number | null;
  created_at: number;
  updated_at: number;
  ended_at: number | null;
  settled_at: number | null;
  pid: string;
  owner_group: string;
  dataset_folder: string;
  collection_root_path: string | null;
  subject: string;
  username: string;
  email: string | null;
  source_facility: string;
  destination_facility: string;
  source_collection: string;
  destination_collection: string;
  source_folder: string;
  destination_folder: string;
  /** When something may first have been written to the destination folder. */
  destination_used_at: number | null;
  scopes: string;
  source_local_user: string | null;
  destination_local_user: string | null;
  auto_archive: number;
  is_whole_folder: number;
  /** `wanted`, `stored`, or NULL for what was asked for by its items. */
  listing: string | null;
  listed_files: number | null;
  listed_digest: string | null;
  bytes_total: number;
  files_total: number;
  job_attempted_at: number | null;
  job_id: string | null;
  job_is_deleted: number;
  archive_is_marked: number;
  archive_attempted_at: number | null;
  archive_job_id: string | null;
  cancel_requested_at: number | null;
  cancel_deletes_job: number;
  cancel_problem: string | null;
  end_state: string | null;
  reason: string | null;
  message: string | null;
  obstacle: string | null;
  /** When something last came of it: a step, or files and bytes. */
  progress_at: number | null;
  stuck_since: number | null;
  report_text: string | null;
  report_at: number | null;
  /** 2: for want of rights, which may come. */
  report_is_refused: number;
};

export type TaskRow = {
  transfer_id: string;
  chunk: number;
  attempt: number;
  item_count: number;
  status: string;
  submission_id: string | null;
  attempted_at: number | null;
  task_id: string | null;
  /** How often it was submitted again in this attempt. */
  resubmissions: number;
  cancel_is_asked: number;
  problem: string | null;
  /** JSON. */
  trouble: string | null;
  nice_status: string | null;
  is_paused: number;
  faults: number;
  files: number;
  files_transferred: number;
  files_skipped: number;
  bytes_transferred: number;
};

/** A chunk's items, apart from its counts: these change at every poll, a list of thousands of paths never. */
export type ItemsRow = { transfer_id: string; chunk: number; items: string };

export type EventRow = {
  transfer_id: string;
  sequence: number;
  at: number;
  kind: string;
  state: string;
  /** JSON of what the kind says. */
  detail: string;
};

/** An attempt that was followed by another, as it ended. */
export type AttemptRow = {
  transfer_id: string;
  attempt: number;
  began_at: number;
  ended_at: number;
  state: string;
  reason: string | null;
  message: string | null;
  files_transferred: number;
  files_skipped: number;
  bytes_transferred: number;
  task_ids: string;
  /** Nobody can say how much one of its tasks has written; NULL: of a version that did not keep it. */
  is_uncertain: number | null;
};

/** One row. */
export type ClockRow = { id: number; machine_started_at: number; steady_since_ms: number };
