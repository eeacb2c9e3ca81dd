// The central types of the transfer-service. This file imports types alone.
import type { PauseInfo, TaskError } from './globus/task-report.ts';

/** Who asks, as the gateway vouches for it. */
export type Caller = {
  /** `<provider>:<immutable id>`: what owns a transfer. */
  readonly subject: string;
  readonly username: string;
  readonly realm: string;
  readonly groups: readonly string[];
  readonly email: string | undefined;
  /** What the gateway was asked to carry besides: a path into the provider's identity, and its strings. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
};

export type Direction = 'SRC' | 'DST' | 'BOTH';

export type Side = 'source' | 'destination';

/** What the variables of a facility's path templates stand for. */
export type PathVariable =
  | 'Pid'
  | 'PidPrefix'
  | 'PidShort'
  | 'PidEncoded'
  | 'SourceFolder'
  | 'RelativeSourceFolder'
  | 'DatasetFolder'
  | 'Username'
  | 'OwnerGroup';

/** A parsed template: literal text and variables, in their order. */
export type Template<Variable extends string> = readonly TemplatePart<Variable>[];

export type TemplatePart<Variable extends string> =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'variable';
      readonly variable: Variable;
      /** Applied one after the other. */
      readonly replacements: readonly { readonly search: string; readonly replacement: string }[];
    };

/** One end of transfers, as the config describes it. */
export type Facility = {
  readonly name: string;
  /** The Globus collection's UUID. */
  readonly collection: string;
  readonly scopes: readonly string[];
  /** Which account of its machine the service account is mapped to; `undefined`: the collection chooses. */
  readonly localUser: string | undefined;
  readonly direction: Direction;
  /** `everyone` only where the file says so: an explicit empty accessPath and accessValue. */
  readonly access:
    | { readonly kind: 'everyone' }
    | { readonly kind: 'member'; readonly path: string; readonly value: string };
  readonly sourcePath: Template<PathVariable>;
  readonly destinationPath: Template<PathVariable>;
  /** The only `collectionRootPath`s a caller may name; `undefined`: any. */
  readonly collectionRoots: readonly string[] | undefined;
  /** Where every resolved path has to lie; `undefined`: anywhere in the collection. */
  readonly sourceWithin: Template<PathVariable> | undefined;
  readonly destinationWithin: Template<PathVariable> | undefined;
  readonly allowSymlinks: boolean;
  /** How many tasks may run from and to it at a time; `undefined`: no limit of its own. */
  readonly maxConcurrency: number | undefined;
};

/** What SciCat says of a dataset, as far as it is used. */
export type Dataset = {
  readonly pid: string;
  readonly ownerGroup: string;
  readonly sourceFolder: string;
  readonly sizeBytes: number;
  readonly numberOfFiles: number;
  readonly contactEmail: string | undefined;
};

/** SciCat's document of the dataset cannot be used until somebody corrects it there: no ownerGroup, a size that is text. */
export type UnusableDataset = { readonly problem: string };

/** One entry of SciCat's file list. Lists name folders and symbolic links too. */
export type DatasetEntry = {
  readonly path: string;
  readonly sizeBytes: number;
  /** `unknown`: the list does not say; an entry that is the parent of another one is a folder. */
  readonly kind: EntryKind;
};

export type EntryKind = 'file' | 'folder' | 'symlink' | 'unknown';

export type RequestedFile = { readonly path: string; readonly isSymlink: boolean };

export type TransferRequest = {
  readonly sourceFacility: string;
  readonly destinationFacility: string;
  readonly pid: string;
  readonly collectionRootPath: string;
  readonly autoArchive: boolean;
  /** `undefined`: the whole source folder. */
  readonly files: readonly RequestedFile[] | undefined;
};

/** Pure work that takes long: it stops wherever others may have their turn, and goes on when it is asked to. */
export type Slices<Result> = Generator<void, Result>;

// --- Globus ---

export type TransferItem =
  | { readonly kind: 'file'; readonly sourcePath: string; readonly destinationPath: string }
  /** A file or a folder: Globus finds out. */
  | { readonly kind: 'entry'; readonly sourcePath: string; readonly destinationPath: string }
  | { readonly kind: 'folder'; readonly sourcePath: string; readonly destinationPath: string }
  | { readonly kind: 'symlink'; readonly sourcePath: string; readonly destinationPath: string };

export type Submission = {
  readonly submissionId: string;
  readonly sourceCollection: string;
  readonly destinationCollection: string;
  readonly label: string;
  /** Files may be there from an earlier attempt: one is skipped only where its content is the same. */
  readonly isRepeat: boolean;
  /** When Globus ends the task that has not finished by then, epoch milliseconds; undefined: by its own rules. */
  readonly deadlineAt?: number;
  /** The accounts of the collections' machines that the service account is mapped to; undefined: their choice. */
  readonly sourceLocalUser?: string;
  readonly destinationLocalUser?: string;
  /** Gone through once. */
  readonly items: Iterable<TransferItem>;
};

export type GlobusTask = {
  readonly taskId: string;
  readonly status: 'ACTIVE' | 'INACTIVE' | 'SUCCEEDED' | 'FAILED';
  readonly niceStatus: string | undefined;
  readonly isPaused: boolean;
  readonly fatalError: { readonly code: string; readonly description: string } | undefined;
  readonly faults: number;
  readonly files: number;
  readonly filesTransferred: number;
  readonly filesSkipped: number;
  readonly bytesTransferred: number;
  readonly label: string;
  readonly historyDeleted: boolean;
};

/** A request that Globus or SciCat will refuse again however often it is repeated; what it was is for a person. */
export type PermanentRefusal = {
  readonly kind: 'refused';
  readonly code: string;
  readonly message: string;
  /** Those that Globus says are missing. */
  readonly scopes?: readonly string[];
};

/** Globus, as the engine needs it. Every call throws Unavailable on an outage, after its own retries. */
export type Globus = {
  /**
   * Which of these scopes no token can be had for, as Globus Auth says; asked again after a while, so cheap to
   * call. A transfer that needs one of them is Unavailable, the others go on.
   */
  fetchUnavailableScopes(scopes: readonly string[], signal?: AbortSignal): Promise<readonly string[]>;
  fetchSubmissionId(scopes: readonly string[], signal?: AbortSignal): Promise<string>;
  /** The same submission id again answers the first task's id. */
  submit(
    submission: Submission,
    scopes: readonly string[],
    signal?: AbortSignal,
  ): Promise<{ readonly kind: 'accepted'; readonly taskId: string } | PermanentRefusal>;
  /** Everything that is still ACTIVE or INACTIVE, in as few calls as Globus allows. */
  fetchOpenTasks(signal?: AbortSignal): Promise<readonly GlobusTask[]>;
  /** `undefined`: Globus knows no such task. */
  fetchTask(taskId: string, signal?: AbortSignal): Promise<GlobusTask | undefined>;
  /** The newest task that carries this label, for a submit that was refused as a conflict. */
  findTaskByLabel(label: string, signal?: AbortSignal): Promise<GlobusTask | undefined>;
  /** The newest errors of a task, newest first; none where Globus has deleted its history. */
  fetchErrors(taskId: string, signal?: AbortSignal): Promise<readonly TaskError[]>;
  /** `undefined`: it is not paused any more, or nobody said why. */
  fetchPause(taskId: string, signal?: AbortSignal): Promise<PauseInfo | undefined>;
  /** What was answered; read the status afterwards: even `Canceled` may have ended SUCCEEDED. */
  cancel(
    taskId: string,
    signal?: AbortSignal,
  ): Promise<{ readonly kind: 'cancelled'; readonly code: string } | PermanentRefusal>;
};

// --- SciCat ---

export type JobResult = {
  readonly globusTaskId: string;
  readonly bytesTransferred: number;
  readonly filesTransferred: number;
  readonly filesTotal: number;
  readonly status: 'transferring' | 'finished' | 'failed' | 'cancelled';
  readonly error: string;
};

export type NewTransferJob = {
  readonly transferId: string;
  readonly pid: string;
  readonly ownerGroup: string;
  readonly ownerUser: string;
  readonly contactEmail: string | undefined;
};

export type NewArchiveJob = {
  readonly transferId: string;
  readonly pid: string;
  readonly ownerGroup: string;
  readonly username: string;
  readonly contactEmail: string | undefined;
};

export type CreateOptions = {
  /** An earlier create was sent: the job is looked up by `jobParams.beamgateTransferId` before another is created. */
  readonly mayExist: boolean;
  /** SciCat may still be at work on that one: what is not found is not created either. */
  readonly isPending?: boolean;
  readonly signal?: AbortSignal;
};

export type CreatedJob =
  | { readonly kind: 'created'; readonly jobId: string }
  | { readonly kind: 'not_yet' }
  | PermanentRefusal;

/** Some entries of a dataset's list; or, as its last part, why the list cannot be used, now or later. */
export type FileListPart = readonly DatasetEntry[] | PermanentRefusal;

/** SciCat, as the service account sees it. Every call throws Unavailable on an outage, after its own retries. */
export type SciCat = {
  /** `undefined`: SciCat knows no such dataset. */
  fetchDataset(pid: string, signal?: AbortSignal): Promise<Dataset | UnusableDataset | undefined>;
  /**
   * The list as it comes in, of any length; what it meets on the way it throws as the calls do.
   * `undefined`: SciCat knows no such dataset (any more).
   */
  fetchFiles(pid: string, signal?: AbortSignal): Promise<AsyncIterable<FileListPart> | undefined>;
  createTransferJob(job: NewTransferJob, options: CreateOptions): Promise<CreatedJob>;
  updateJob(
    jobId: string,
    update: { readonly statusCode: string; readonly statusMessage: string; readonly result: JobResult },
    signal?: AbortSignal,
  ): Promise<{ readonly kind: 'updated' } | PermanentRefusal>;
  deleteJob(jobId: string, signal?: AbortSignal): Promise<{ readonly kind: 'deleted' } | PermanentRefusal>;
  markArchivable(pid: string, signal?: AbortSignal): Promise<{ readonly kind: 'marked' } | PermanentRefusal>;
  createArchiveJob(job: NewArchiveJob, options: CreateOptions): Promise<CreatedJob>;
};
