// Globus and SciCat in memory, as types.ts has them: what they hold can be looked at, and each call can be struck.
import { Unavailable } from '../../../platform/unavailable.ts';
import type { PauseInfo, TaskError } from '../../../transfer-service/globus/task-report.ts';
import type {
  Dataset,
  DatasetEntry,
  FileListPart,
  Globus,
  GlobusTask,
  PermanentRefusal,
  SciCat,
  Submission,
  TransferItem,
} from '../../../transfer-service/types.ts';

/**
 * What happens to a call: nothing; an outage of the test's own; no answer before or after its work; it hangs there until it is aborted; or no
 * answer, and its work is done when the test says so.
 */
export type Strike =
  | 'outage'
  | 'answer_lost'
  | 'done_late'
  | 'hang_before'
  | 'hang_after'
  | PermanentRefusal
  | Unavailable
  | undefined;

export type CallName = `globus.${keyof Globus}` | `scicat.${keyof SciCat}`;

export type JobUpdate = Parameters<SciCat['updateJob']>[1];

export type FakeJob = {
  readonly id: string;
  readonly transferId: string;
  readonly updates: JobUpdate[];
};

type Submitted = Submission & { readonly items: readonly TransferItem[] };

export class FakeServices {
  readonly calls: CallName[] = [];
  /** Asked at every call, with its number from 0. */
  strike: (name: CallName, index: number) => Strike = () => undefined;
  readonly tasks = new Map<string, GlobusTask>();
  readonly submissions = new Map<string, { readonly taskId: string; readonly submission: Submitted }>();
  readonly jobs: FakeJob[] = [];
  readonly archiveJobs: { readonly id: string; readonly transferId: string; readonly username: string }[] =
    [];
  dataset: Dataset | undefined = {
    pid: '20.500/run7',
    ownerGroup: 'p1',
    sourceFolder: '/data/p1/run7',
    sizeBytes: 30,
    numberOfFiles: 3,
    contactEmail: undefined,
  };
  files: readonly DatasetEntry[] | undefined = ['a', 'b', 'c'].map((path) => ({
    path,
    sizeBytes: 10,
    kind: 'file' as const,
  }));
  /** What the file list meets on its way, after so many parts. */
  listBreaksAfter = Number.POSITIVE_INFINITY;
  /** Why its list cannot be used, at its end. */
  listProblem: PermanentRefusal | undefined;
  /** Of every task that is asked about. */
  errors: readonly TaskError[] = [];
  pause: PauseInfo | undefined;
  archivable = 0;
  unavailableScopes: readonly string[] = [];
  /** Whether tasks end at the next look at them. */
  tasksEnd = true;
  mostAtOnce = 0;
  /** How long a call that is struck by `done_late` lasts. */
  lasts: Promise<void> = Promise.resolve();
  readonly #late: (() => unknown)[] = [];

  readonly globus: Globus = {
    fetchUnavailableScopes: (_scopes, signal) =>
      this.#call('globus.fetchUnavailableScopes', signal, () => this.unavailableScopes),
    fetchSubmissionId: (_scopes, signal) =>
      this.#call('globus.fetchSubmissionId', signal, () => `submission-${this.calls.length}`),
    submit: (submission, _scopes, signal) =>
      this.#refusable('globus.submit', signal, () => ({
        kind: 'accepted' as const,
        taskId: this.#submit(submission),
      })),
    fetchOpenTasks: (signal) =>
      this.#call('globus.fetchOpenTasks', signal, () => {
        if (this.tasksEnd) for (const id of this.tasks.keys()) this.endTask(id);
        return [...this.tasks.values()].filter(isOpen);
      }),
    fetchTask: (taskId, signal) => this.#call('globus.fetchTask', signal, () => this.tasks.get(taskId)),
    findTaskByLabel: (label, signal) =>
      this.#call('globus.findTaskByLabel', signal, () =>
        [...this.tasks.values()].findLast((task) => task.label === label),
      ),
    fetchErrors: (_taskId, signal) => this.#call('globus.fetchErrors', signal, () => this.errors),
    fetchPause: (_taskId, signal) => this.#call('globus.fetchPause', signal, () => this.pause),
    cancel: (taskId, signal) =>
      this.#refusable('globus.cancel', signal, () => {
        const task = this.tasks.get(taskId);
        if (task !== undefined && isOpen(task)) this.failTask(taskId, 'CANCELED');
        return { kind: 'cancelled' as const, code: 'Canceled' };
      }),
  };

  readonly scicat: SciCat = {
    fetchDataset: (_pid, signal) => this.#call('scicat.fetchDataset', signal, () => this.dataset),
    fetchFiles: (_pid, signal) => this.#call('scicat.fetchFiles', signal, () => this.#listed()),
    createTransferJob: ({ transferId }, { mayExist, isPending, signal }) =>
      this.#refusable('scicat.createTransferJob', signal, () => {
        const existing = mayExist ? this.jobs.find((job) => job.transferId === transferId) : undefined;
        if (existing === undefined && isPending) return { kind: 'not_yet' as const };
        const job = existing ?? { id: `job-${this.jobs.length}`, transferId, updates: [] };
        if (existing === undefined) this.jobs.push(job);
        return { kind: 'created' as const, jobId: job.id };
      }),
    updateJob: (jobId, update, signal) =>
      this.#refusable('scicat.updateJob', signal, () => {
        this.jobs.find(({ id }) => id === jobId)?.updates.push(update);
        return { kind: 'updated' as const };
      }),
    deleteJob: (jobId, signal) =>
      this.#refusable('scicat.deleteJob', signal, () => {
        const at = this.jobs.findIndex(({ id }) => id === jobId);
        if (at >= 0) this.jobs.splice(at, 1);
        return { kind: 'deleted' as const };
      }),
    markArchivable: (_pid, signal) =>
      this.#refusable('scicat.markArchivable', signal, () => {
        this.archivable += 1;
        return { kind: 'marked' as const };
      }),
    createArchiveJob: ({ transferId, username }, { mayExist, isPending, signal }) =>
      this.#refusable('scicat.createArchiveJob', signal, () => {
        const existing = mayExist ? this.archiveJobs.find((job) => job.transferId === transferId) : undefined;
        if (existing === undefined && isPending) return { kind: 'not_yet' as const };
        const job = existing ?? { id: `archive-${this.archiveJobs.length}`, transferId, username };
        if (existing === undefined) this.archiveJobs.push(job);
        return { kind: 'created' as const, jobId: job.id };
      }),
  };

  /** With everything that its items ask for; a folder has all of the dataset's files. */
  endTask(taskId: string): void {
    const entry = [...this.submissions.values()].find((one) => one.taskId === taskId);
    const files = entry?.submission.items.some(({ kind }) => kind === 'folder')
      ? (this.files?.length ?? 0)
      : (entry?.submission.items.length ?? 0);
    this.changeTask(taskId, {
      status: 'SUCCEEDED',
      files,
      filesTransferred: files,
      bytesTransferred: files * 10,
    });
  }

  failTask(taskId: string, code: string): void {
    this.changeTask(taskId, { status: 'FAILED', fatalError: { code, description: 'as the test wants it' } });
  }

  /** Only of one that has not ended. */
  changeTask(taskId: string, change: Partial<GlobusTask>): void {
    const task = this.tasks.get(taskId);
    if (task !== undefined && isOpen(task)) this.tasks.set(taskId, { ...task, ...change });
  }

  /** Does the work of every call that was struck by `done_late`. */
  catchUp(): void {
    for (const work of this.#late.splice(0)) work();
  }

  latestReport(): JobUpdate | undefined {
    return this.jobs.at(-1)?.updates.at(-1);
  }

  #listed(): AsyncIterable<FileListPart> | undefined {
    return this.files === undefined ? undefined : this.#partsOf(this.files);
  }

  async *#partsOf(files: readonly DatasetEntry[]): AsyncGenerator<FileListPart> {
    for (let part = 0; part * 2 < files.length; part += 1) {
      if (part >= this.listBreaksAfter) throw outage();
      yield files.slice(part * 2, part * 2 + 2);
    }
    if (this.listProblem !== undefined) yield this.listProblem;
  }

  #submit(submission: Submission): string {
    const known = this.submissions.get(submission.submissionId);
    if (known !== undefined) return known.taskId;
    const taskId = `task-${this.submissions.size}`;
    this.submissions.set(submission.submissionId, {
      taskId,
      submission: { ...submission, items: [...submission.items] },
    });
    this.tasks.set(taskId, { ...newTask, taskId, label: submission.label });
    this.mostAtOnce = Math.max(this.mostAtOnce, [...this.tasks.values()].filter(isOpen).length);
    return taskId;
  }

  async #call<Result>(name: CallName, signal: AbortSignal | undefined, work: () => Result): Promise<Result> {
    const strike = this.#take(name);
    if (typeof strike === 'object') throw new Error(`${name} cannot be refused`);
    return this.#struck(strike, signal, work);
  }

  async #refusable<Result>(
    name: CallName,
    signal: AbortSignal | undefined,
    work: () => Result,
  ): Promise<Result | PermanentRefusal> {
    const strike = this.#take(name);
    return typeof strike === 'object' ? strike : this.#struck(strike, signal, work);
  }

  #take(name: CallName): Exclude<Strike, Unavailable> {
    this.calls.push(name);
    const strike = this.strike(name, this.calls.length - 1);
    if (strike instanceof Unavailable) throw strike;
    return strike;
  }

  async #struck<Result>(
    strike: Exclude<Strike, object>,
    signal: AbortSignal | undefined,
    work: () => Result,
  ): Promise<Result> {
    await Promise.resolve();
    signal?.throwIfAborted();
    if (strike === 'outage') throw outage();
    if (strike === 'done_late') {
      this.#late.push(work);
      await this.lasts;
      throw outage();
    }
    if (strike === 'hang_before') return aborted(signal);
    const result = work();
    if (strike === 'answer_lost') throw outage();
    return strike === 'hang_after' ? aborted(signal) : result;
  }
}

function isOpen({ status }: GlobusTask): boolean {
  return status === 'ACTIVE' || status === 'INACTIVE';
}

function outage(): Unavailable {
  return new Unavailable({ dependency: 'a fake', reason: 'unreachable', message: 'struck' });
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => reject(signal.reason));
  return promise;
}

const newTask = {
  status: 'ACTIVE',
  niceStatus: 'OK',
  isPaused: false,
  fatalError: undefined,
  faults: 0,
  files: 0,
  filesTransferred: 0,
  filesSkipped: 0,
  bytesTransferred: 0,
  historyDeleted: false,
} as const;
