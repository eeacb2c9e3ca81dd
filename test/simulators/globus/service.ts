// What every endpoint of the simulated Globus works with.
import type { Mover } from './mover.ts';
import type { Task } from './task.ts';
import type { GlobusAccount, GlobusCollection, GlobusOptions } from './types.ts';

export type Grant = {
  readonly clientId: string;
  readonly expiresAtMs: number;
  /** Collections whose data_access came with the token. */
  readonly dataAccess: ReadonlySet<string>;
};

export type SubmissionId = {
  /** Whom it was given to. */
  readonly clientId: string;
  /** Of the task that was made with it. */
  taskId: string | undefined;
};

export type Limits = Required<
  Pick<
    GlobusOptions,
    | 'tokenLifetimeSeconds'
    | 'requestsPerSecond'
    | 'maxRunningTasks'
    | 'maxPendingTasks'
    | 'deadlineMs'
    | 'progressDeadlineMs'
    | 'pausedDeadlineMs'
    | 'retryIntervalMs'
    | 'cancelTakesMs'
  >
>;

export type Service = {
  readonly accounts: Map<string, GlobusAccount>;
  readonly collections: Map<string, GlobusCollection>;
  readonly limits: Limits;
  readonly grants: Map<string, Grant>;
  readonly submissionIds: Map<string, SubmissionId>;
  /** In the order of their submission. */
  readonly tasks: Map<string, Task>;
  readonly mover: Mover;
  /** Globus' clock. */
  readonly now: () => number;
};
