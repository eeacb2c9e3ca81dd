// What tests and the demo see of the Globus simulator. This file holds types only.
import type { SimulatorServer } from '../http/server.ts';
import type { PauseMessage, Trouble } from './task.ts';

export type GlobusCollection = {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  /** The local folder that is the collection's root. */
  readonly folder: string;
  /** Only a mapped collection that is not high-assurance has a data_access scope, and needs it. */
  readonly kind: 'mapped' | 'mapped_high_assurance' | 'guest';
  /** Whether the service account may use it. Default true. */
  readonly isPermitted?: boolean;
  /** Whether it has an authentication policy, which no service account meets. Default false. */
  readonly hasAuthenticationPolicy?: boolean;
  /** The message of a pause rule: whatever is moved from or to it is paused. */
  readonly pauseRule?: string;
};

export type GlobusAccount = { readonly clientId: string; readonly clientSecret: string };

export type GlobusOptions = {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: one account. */
  readonly accounts?: readonly GlobusAccount[];
  readonly collections: readonly GlobusCollection[];
  /** Of each task. Default: as fast as the disk. */
  readonly bytesPerSecond?: number;
  /** Default 172,800, as the real one. */
  readonly tokenLifetimeSeconds?: number;
  /** Of one account, over ten seconds; beyond it 429. Default 20, as the real one; Infinity for none. */
  readonly requestsPerSecond?: number;
  /** Default 3. */
  readonly maxRunningTasks?: number;
  /** Default 100. */
  readonly maxPendingTasks?: number;
  /** Until a task expires that was submitted without a deadline. Default 24 hours. */
  readonly deadlineMs?: number;
  /** The same, after its latest progress. Default 72 hours. */
  readonly progressDeadlineMs?: number;
  /** The same, after it was paused. Default 90 days. */
  readonly pausedDeadlineMs?: number;
  /** Between two attempts at a file that cannot be read. Default 100. */
  readonly retryIntervalMs?: number;
  /** How long a cancelled task goes on. Default 0, answered by `Canceled`; else by `CancelAccepted`. */
  readonly cancelTakesMs?: number;
};

export type GlobusTaskStatus = 'ACTIVE' | 'INACTIVE' | 'SUCCEEDED' | 'FAILED';

export type GlobusTaskView = {
  readonly taskId: string;
  readonly submissionId: string;
  readonly label: string | null;
  readonly status: GlobusTaskStatus;
  readonly fatalErrorCode: string | undefined;
  readonly faults: number;
  readonly files: number;
  readonly filesTransferred: number;
  readonly filesSkipped: number;
  readonly bytesTransferred: number;
  readonly deadlineTimeMs: number;
  /** Of the submission, without its items. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly items: readonly GlobusItemView[];
};

export type GlobusItemView = {
  readonly sourcePath: string;
  readonly destinationPath: string;
  /** Of a link, and where the submission left it out. */
  readonly recursive: boolean | undefined;
};

export type GlobusSimulator = SimulatorServer & {
  /** Of `/v2/oauth2/token`. The same as `url`: one port serves both. */
  readonly authUrl: string;
  /** Of `/v0.10/...`. */
  readonly transferUrl: string;
  readonly accounts: readonly GlobusAccount[];
  /** Oldest first. */
  tasks(): readonly GlobusTaskView[];
  task(taskId: string): GlobusTaskView | undefined;
  /** Resolves once the task has ended, and its last byte is on the disk. */
  ended(taskId: string): Promise<GlobusTaskView>;
  /** `is_paused`, as by an administrator of the collection; still ACTIVE. */
  pause(taskId: string, message?: PauseMessage): void;
  /** INACTIVE, as when a credential has expired. */
  suspend(taskId: string): void;
  /** Ends `pause` and `suspend`. */
  resume(taskId: string): void;
  fail(taskId: string, error: { readonly code: string; readonly description: string }): void;
  /** As somebody else might, by the web app. */
  cancel(taskId: string): void;
  /** From now on Globus knows no such task. */
  vanish(taskId: string): void;
  /** Files whose source path fits are counted as skipped, and not copied. */
  skipFiles(path: RegExp): void;
  /** Whoever comes to a file whose source path fits meets this error, until `mendFiles`. */
  spoilFiles(path: RegExp, trouble: Trouble): void;
  mendFiles(): void;
  setBytesPerSecond(bytesPerSecond: number): void;
  setPermitted(collectionId: string, isPermitted: boolean): void;
  /** Every token given so far is refused from now on. */
  expireTokens(): void;
  /** Of an account: the one before is refused from now on. */
  setSecret(clientId: string, clientSecret: string): void;
  /** How far Globus' clock is ahead of ours; negative for behind. Tasks expire by it. */
  setClockOffset(offsetMs: number): void;
};
