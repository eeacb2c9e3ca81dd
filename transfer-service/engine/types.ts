// One transfer as it is stored: what was authorised, how far it is, and what is known of its tasks at Globus.
import type { Side } from '../types.ts';

/** The states while anything is left to do for the data, in their order; `cancelling` can follow the first four. */
export const openStates = [
  'requested',
  'recorded',
  'submitting',
  'transferring',
  'cancelling',
  'concluding',
  'archiving',
] as const;

export const endStates = ['finished', 'failed', 'cancelled'] as const;

export type OpenState = (typeof openStates)[number];
export type EndState = (typeof endStates)[number];
export type TransferState = OpenState | EndState;

/** Why a transfer ended as it did, where it is not plainly finished. */
export const endReasons = [
  /** SciCat refused to create the job that carries the status. */
  'job_refused',
  /** Between the request and its turn the dataset was deleted, or got another ownerGroup or folder; once moved, 997. */
  'dataset_gone',
  'dataset_changed',
  /** SciCat lists no files, or paths that cannot be moved; or, once moved (997), has a list that cannot be used. */
  'file_list_invalid',
  'submission_refused',
  /**
   * A file that was asked for is not at the source, or may not be read there, or its path means several files, and the
   * configuration says not to wait for it.
   */
  'source_missing',
  'source_permission_denied',
  'source_ambiguous',
  /** `task.deadlineHours` have passed. */
  'deadline_passed',
  'task_failed',
  'task_vanished',
  'cancelled_by_user',
  'cancelled_at_globus',
  /** Finished, but not marked archivable (997): asked to cancel when everything had arrived; short of something; refused. */
  'cancelled_too_late',
  'incomplete',
  'archivable_refused',
  /** Finished and archivable, but nobody archives it. */
  'archive_job_refused',
] as const;

export type EndReason = (typeof endReasons)[number];

/** What was allowed when it was asked for, and is what runs. */
export type Authorised = {
  readonly pid: string;
  readonly ownerGroup: string;
  /** SciCat's `sourceFolder` at that time: another one just before the submit is another transfer. */
  readonly datasetFolder: string;
  /** As the caller named it; by it a new attempt is authorised anew. `undefined`: of one from before that was stored. */
  readonly collectionRootPath: string | undefined;
  readonly subject: string;
  readonly username: string;
  readonly email: string | undefined;
  readonly sourceFacility: string;
  readonly destinationFacility: string;
  readonly sourceCollection: string;
  readonly destinationCollection: string;
  readonly sourceFolder: string;
  readonly destinationFolder: string;
  readonly scopes: readonly string[];
  /** The accounts of the collections' machines, as the facilities' entries name them. */
  readonly sourceLocalUser: string | undefined;
  readonly destinationLocalUser: string | undefined;
  readonly autoArchive: boolean;
  /** No file list: one recursive item, whose size is known only as Globus walks it. */
  readonly isWholeFolder: boolean;
};

export const chunkStatuses = [
  'waiting',
  /** It has a submission id; whether Globus has it is known only where `attemptedAt` is undefined: it has not. */
  'submitting',
  'active',
  'succeeded',
  'failed',
  'cancelled',
  'vanished',
  /** Globus ended it at a deadline: what is missing is submitted again. */
  'expired',
  'refused',
  /** Never reached Globus, and no longer to. */
  'dropped',
] as const;

export type ChunkStatus = (typeof chunkStatuses)[number];

/** What keeps a task from its end, as Globus told when it was asked about it. */
export type TaskTrouble =
  | {
      readonly kind: 'error';
      /** Globus's word: `FILE_NOT_FOUND`, `PERMISSION_DENIED`, ... */
      readonly code: string;
      readonly description: string;
      /** `undefined`: Globus has not said where. */
      readonly side: Side | undefined;
      /** Some of the files in trouble. */
      readonly paths: readonly string[];
    }
  | { readonly kind: 'pause'; readonly message: string; readonly side: Side | undefined };

/** One Globus task's share of a transfer. */
export type Chunk = {
  readonly index: number;
  /** The transfer's attempt that it was last handed over in; what has arrived is not handed over again. */
  readonly attempt: number;
  readonly itemCount: number;
  readonly status: ChunkStatus;
  readonly submissionId: string | undefined;
  /** When the latest submit was sent, epoch milliseconds; its answer may have been lost. */
  readonly attemptedAt: number | undefined;
  readonly taskId: string | undefined;
  /** How often it was submitted again in this attempt, because its task had expired. */
  readonly resubmissions: number;
  readonly cancelAsked: boolean;
  readonly progress: Progress;
  readonly trouble: TaskTrouble | undefined;
  /** Of one that failed: what Globus said. */
  readonly problem: string | undefined;
};

export type Progress = {
  readonly niceStatus: string | undefined;
  readonly isPaused: boolean;
  readonly faults: number;
  readonly files: number;
  readonly filesTransferred: number;
  readonly filesSkipped: number;
  readonly bytesTransferred: number;
};

/** An attempt that has ended and was followed by another. */
export type PastAttempt = {
  readonly attempt: number;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly state: EndState;
  readonly reason: EndReason | undefined;
  readonly message: string | undefined;
  readonly filesTransferred: number;
  readonly filesSkipped: number;
  readonly bytesTransferred: number;
  readonly taskIds: readonly string[];
};

/** A state that a transfer came to. */
export type StateChange = { readonly attempt: number; readonly state: TransferState; readonly at: number };

/**
 * How a folder of very many files is handed over: as SciCat's list of them, in chunks. `none`: the chunks are what was
 * asked for. `digest` tells whether SciCat's list is still the same, in whatever order it comes.
 */
export type Listing =
  | { readonly kind: 'none' }
  | { readonly kind: 'wanted' }
  | { readonly kind: 'stored'; readonly files: number; readonly digest: string };

export type Transfer = {
  readonly id: string;
  readonly state: TransferState;
  readonly authorised: Authorised;
  /** From 1; each retry begins another under the same job. */
  readonly attempt: number;
  readonly attemptBeganAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | undefined;
  /** Ended, and SciCat knows: the engine has nothing left to do. */
  readonly isSettled: boolean;
  /** Of the dataset, as SciCat said when it was asked for. */
  readonly bytesTotal: number;
  readonly filesTotal: number;
  readonly job: {
    /** When the latest create was sent, epoch milliseconds; its answer may have been lost. */
    readonly attemptedAt: number | undefined;
    readonly id: string | undefined;
    /** As the caller wished. */
    readonly isDeleted: boolean;
  };
  readonly archive: {
    readonly isMarked: boolean;
    /** As of the job. */
    readonly attemptedAt: number | undefined;
    readonly jobId: string | undefined;
  };
  readonly cancel: {
    readonly requestedAt: number | undefined;
    readonly deleteJob: boolean;
    /** Why it could not be cancelled: it goes on, and its job says 996. */
    readonly problem: string | undefined;
  };
  /** What `cancelling` ends in, unless everything had already arrived. */
  readonly endState: 'cancelled' | 'failed' | undefined;
  readonly reason: EndReason | undefined;
  readonly message: string | undefined;
  /** What it waits for while a dependency is down. */
  readonly obstacle: string | undefined;
  /** When something last came of it: a step, or files and bytes. */
  readonly progressAt: number;
  /** Nothing has come of it for so long that somebody should look. */
  readonly stuckSince: number | undefined;
  /** The latest report that SciCat has taken or refused. */
  readonly report: {
    readonly text: string | undefined;
    readonly at: number | undefined;
    readonly isRefused: boolean;
    /** For want of rights, which may come. */
    readonly mayBeTakenLater: boolean;
  };
  readonly listing: Listing;
  readonly chunks: readonly Chunk[];
};
