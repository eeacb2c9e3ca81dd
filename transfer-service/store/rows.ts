// A stored row as the engine's words, and back. A value that no version of this code writes is a damaged database.
import {
  type Chunk,
  type ChunkStatus,
  chunkStatuses,
  type EndReason,
  type EndState,
  endReasons,
  endStates,
  type Listing,
  openStates,
  type PastAttempt,
  type Transfer,
  type TransferState,
} from '../engine/types.ts';
import type { AttemptRow, TaskRow, TransferRow } from './schema.ts';
import { readTrouble } from './stored-trouble.ts';
import { damaged, oneOf } from './stored-words.ts';

export function readTransferRow(row: TransferRow, tasks: readonly TaskRow[]): Transfer {
  return {
    id: row.id,
    state: oneOf(states, row.state),
    attempt: row.attempt,
    attemptBeganAt: row.attempt_began_at ?? row.created_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at ?? undefined,
    isSettled: row.settled_at !== null,
    bytesTotal: row.bytes_total,
    filesTotal: row.files_total,
    authorised: {
      pid: row.pid,
      ownerGroup: row.owner_group,
      datasetFolder: row.dataset_folder,
      collectionRootPath: row.collection_root_path ?? undefined,
      subject: row.subject,
      username: row.username,
      email: row.email ?? undefined,
      sourceFacility: row.source_facility,
      destinationFacility: row.destination_facility,
      sourceCollection: row.source_collection,
      destinationCollection: row.destination_collection,
      sourceFolder: row.source_folder,
      destinationFolder: row.destination_folder,
      scopes: parseStrings(row.scopes),
      sourceLocalUser: row.source_local_user ?? undefined,
      destinationLocalUser: row.destination_local_user ?? undefined,
      autoArchive: row.auto_archive === 1,
      isWholeFolder: row.is_whole_folder === 1,
    },
    job: {
      attemptedAt: row.job_attempted_at ?? undefined,
      id: row.job_id ?? undefined,
      isDeleted: row.job_is_deleted === 1,
    },
    archive: {
      isMarked: row.archive_is_marked === 1,
      attemptedAt: row.archive_attempted_at ?? undefined,
      jobId: row.archive_job_id ?? undefined,
    },
    cancel: {
      requestedAt: row.cancel_requested_at ?? undefined,
      deleteJob: row.cancel_deletes_job === 1,
      problem: row.cancel_problem ?? undefined,
    },
    endState: row.end_state === null ? undefined : oneOf(['cancelled', 'failed'] as const, row.end_state),
    reason: row.reason === null ? undefined : oneOf<EndReason>(endReasons, row.reason),
    message: row.message ?? undefined,
    obstacle: row.obstacle ?? undefined,
    progressAt: row.progress_at ?? row.updated_at,
    stuckSince: row.stuck_since ?? undefined,
    report: {
      text: row.report_text ?? undefined,
      at: row.report_at ?? undefined,
      isRefused: row.report_is_refused !== 0,
      mayBeTakenLater: row.report_is_refused === 2,
    },
    listing: readListing(row),
    chunks: tasks.map(readTaskRow),
  };
}

function readListing({ listing, listed_files: files, listed_digest: digest }: TransferRow): Listing {
  if (listing === null) return { kind: 'none' };
  const kind = oneOf(['wanted', 'stored'] as const, listing);
  if (kind === 'wanted') return { kind };
  if (files === null || digest === null) throw damaged('a list without its digest');
  return { kind, files, digest };
}

export function readTaskRow(row: TaskRow): Chunk {
  return {
    index: row.chunk,
    attempt: row.attempt,
    itemCount: row.item_count,
    status: oneOf<ChunkStatus>(chunkStatuses, row.status),
    submissionId: row.submission_id ?? undefined,
    attemptedAt: row.attempted_at ?? undefined,
    taskId: row.task_id ?? undefined,
    resubmissions: row.resubmissions,
    cancelAsked: row.cancel_is_asked === 1,
    problem: row.problem ?? undefined,
    trouble: readTrouble(row.trouble),
    progress: {
      niceStatus: row.nice_status ?? undefined,
      isPaused: row.is_paused === 1,
      faults: row.faults,
      files: row.files,
      filesTransferred: row.files_transferred,
      filesSkipped: row.files_skipped,
      bytesTransferred: row.bytes_transferred,
    },
  };
}

export function readState(text: string): TransferState {
  return oneOf(states, text);
}

export function readAttemptRow(row: AttemptRow): PastAttempt {
  return {
    attempt: row.attempt,
    beganAt: row.began_at,
    endedAt: row.ended_at,
    state: oneOf<EndState>(endStates, row.state),
    reason: row.reason === null ? undefined : oneOf<EndReason>(endReasons, row.reason),
    message: row.message ?? undefined,
    filesTransferred: row.files_transferred,
    filesSkipped: row.files_skipped,
    bytesTransferred: row.bytes_transferred,
    taskIds: parseStrings(row.task_ids),
  };
}

const states: readonly TransferState[] = [...openStates, ...endStates];

function parseStrings(text: string): readonly string[] {
  return parseArray(text).map((entry) => {
    if (typeof entry !== 'string') throw damaged('a list');
    return entry;
  });
}

function parseArray(text: string): readonly unknown[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw damaged('a list');
  return value;
}
