// Types of Globus's report about a task in trouble, beyond its status.
import type { Side } from '../types.ts';

/** An error that a task has met; Globus goes on trying. */
export type TaskError = {
  /** `FILE_NOT_FOUND`, `PERMISSION_DENIED`, ... */
  readonly code: string;
  readonly description: string;
  /** The UUID of the collection that gave it; `undefined`: not known. */
  readonly collection: string | undefined;
  readonly path: string | undefined;
  /** Whether it was met in writing; `undefined`: not known. */
  readonly isWrite: boolean | undefined;
};

/** Why a task is paused, in the words of an administrator of one of the collections. */
export type PauseInfo = {
  readonly message: string;
  /** Where it is known. */
  readonly side: Side | undefined;
  readonly collection: string | undefined;
};
