// The running transfers of the SciCat Globus Proxy, found and judged: which are followed on here, which are left out
// and why. It changes nothing; what comes of it is written by store/adopt.ts.
import type { Dataset, Facility, SciCat } from '../types.ts';
import { type Fit, fitOf, type Misfit } from './fit.ts';
import type { OldJob } from './old-jobs.ts';
import type { OldTask, OldTasks, SeenPath } from './old-tasks.ts';

export type TakeOverParts = {
  readonly jobs: readonly OldJob[];
  readonly tasks: OldTasks;
  readonly fetchDataset: SciCat['fetchDataset'];
  readonly facilities: readonly Facility[];
  /** The jobs and tasks that are stored here. */
  readonly known: { readonly jobs: ReadonlySet<string>; readonly tasks: ReadonlySet<string> };
  /** Epoch milliseconds. */
  readonly now: number;
  /** Between two updates of a job by the old service. */
  readonly oldIntervalMs: number;
};

export type Adoptable = {
  readonly kind: 'adoptable';
  readonly job: OldJob;
  readonly task: OldTask;
  readonly dataset: Dataset;
  readonly fit: Extract<Fit, { kind: 'fits' }>;
  /** By the old service, a moment ago: it seems to run still. */
  readonly isStillReported: boolean;
};

export type LeftOut = {
  readonly kind: 'left_out';
  readonly jobId: string | undefined;
  readonly taskId: string | undefined;
  readonly reason: LeftOutReason;
};

export type LeftOutReason =
  | Misfit
  | 'dataset_unclear'
  | 'dataset_gone'
  | 'dataset_changed'
  | 'task_unknown'
  | 'task_shared'
  | 'task_not_found'
  | 'task_ambiguous'
  | 'given_up'
  | 'orphan';

export type TakeOver = {
  readonly adoptable: readonly Adoptable[];
  readonly leftOut: readonly LeftOut[];
  /** Jobs that are followed here already. */
  readonly known: readonly OldJob[];
};

/** @throws Unavailable: nothing was decided. */
export async function planTakeOver(parts: TakeOverParts): Promise<TakeOver> {
  const known = parts.jobs.filter(({ jobId }) => parts.known.jobs.has(jobId));
  const running = parts.jobs.filter((job) => isRunning(job) && !parts.known.jobs.has(job.jobId));
  const since = running.reduce((first, { createdAt }) => Math.min(first, createdAt), parts.now);
  const tasks = await parts.tasks.fetchSince(since - slackMs);
  const world = { ...parts, tasksById: new Map(tasks.map((task) => [task.taskId, task])), paths: new Map() };
  const verdicts: (Adoptable | LeftOut)[] = [];
  for (const job of running) verdicts.push(await judgeJob(job, world));
  const adoptable = verdicts.filter((verdict) => verdict.kind === 'adoptable');
  const unclear = new Set(
    adoptable.map(({ task }) => task.taskId).filter((id, at, all) => all.indexOf(id) < at),
  );
  return {
    known,
    adoptable: adoptable.filter(({ task }) => !unclear.has(task.taskId)),
    leftOut: [
      ...verdicts.filter((verdict) => verdict.kind === 'left_out'),
      ...adoptable
        .filter(({ task }) => unclear.has(task.taskId))
        .map(({ job, task }) => leftOut('task_ambiguous', job, task.taskId)),
      ...nobodys(tasks, adoptable, world),
    ],
  };
}

/** A job that was never reported about was made just before the old service ended. */
function isRunning({ status }: OldJob): boolean {
  return status === undefined || status === 'transferring';
}

type World = TakeOverParts & {
  readonly tasksById: ReadonlyMap<string, OldTask>;
  readonly paths: Map<string, Promise<readonly SeenPath[]>>;
};

/** How far the clocks of SciCat and Globus may be apart, and a request may have taken. */
const slackMs = 15 * 60_000;

async function judgeJob(job: OldJob, world: World): Promise<Adoptable | LeftOut> {
  const [pid, ...others] = job.pids;
  if (pid === undefined || others.length > 0) return leftOut('dataset_unclear', job);
  const dataset = await world.fetchDataset(pid);
  if (dataset === undefined) return leftOut('dataset_gone', job);
  if ('problem' in dataset) return leftOut('dataset_unclear', job);
  if (dataset.ownerGroup !== job.ownerGroup) return leftOut('dataset_changed', job);
  return job.taskId === '' ? findTask(job, dataset, world) : judgeTask(job, dataset, world);
}

async function judgeTask(job: OldJob, dataset: Dataset, world: World): Promise<Adoptable | LeftOut> {
  const { taskId } = job;
  const claims = world.jobs.filter((other) => other.taskId === taskId);
  if (claims.length > 1 || world.known.tasks.has(taskId)) return leftOut('task_shared', job);
  const task = world.tasksById.get(taskId) ?? (await world.tasks.fetchOne(taskId));
  if (task === undefined) return leftOut('task_unknown', job);
  const fit = await fitOfTask(task, dataset, world);
  return fit.kind === 'fits' ? adoptableOf(job, { task, dataset, fit }, world) : leftOut(fit.reason, job);
}

/** The old service submits before it has a job, and names the task in it only once a worker is free. */
async function findTask(job: OldJob, dataset: Dataset, world: World): Promise<Adoptable | LeftOut> {
  const candidates = unclaimed([...world.tasksById.values()], world).filter(
    ({ requestedAt }) => Math.abs(requestedAt - job.createdAt) < slackMs,
  );
  const fitting: Adoptable[] = [];
  for (const task of candidates) {
    const fit = await fitOfTask(task, dataset, world);
    if (fit.kind === 'fits') fitting.push(adoptableOf(job, { task, dataset, fit }, world));
  }
  const [first, ...others] = fitting;
  if (first === undefined) return leftOut('task_not_found', job);
  return others.length === 0 ? first : leftOut('task_ambiguous', job);
}

function adoptableOf(
  job: OldJob,
  found: Pick<Adoptable, 'task' | 'dataset' | 'fit'>,
  { now, oldIntervalMs }: World,
): Adoptable {
  const isStillReported = Math.abs(now - job.updatedAt) < 2 * oldIntervalMs;
  return { kind: 'adoptable', job, ...found, isStillReported };
}

async function fitOfTask(task: OldTask, dataset: Dataset, world: World): Promise<Fit> {
  const { facilities } = world;
  // What the rest says already needs no question to Globus.
  const early = fitOf({ task, dataset, facilities, seen: [] });
  if (early.kind === 'left_out' && early.reason !== 'paths_not_shown') return early;
  const asked = world.paths.get(task.taskId) ?? world.tasks.fetchPaths(task.taskId);
  world.paths.set(task.taskId, asked);
  return fitOf({ task, dataset, facilities, seen: await asked });
}

/** Nobody's label, named by no job, and not ours. */
function unclaimed(tasks: readonly OldTask[], { jobs, known }: World): readonly OldTask[] {
  const claimed = new Set(jobs.map(({ taskId }) => taskId));
  return tasks.filter(
    ({ taskId, label }) => label === '' && !claimed.has(taskId) && !known.tasks.has(taskId),
  );
}

/** What goes on at Globus although no job tells of it, or one says that it has failed. */
function nobodys(
  tasks: readonly OldTask[],
  adoptable: readonly Adoptable[],
  world: World,
): readonly LeftOut[] {
  const open = tasks.filter(({ status }) => status === 'ACTIVE' || status === 'INACTIVE');
  const taken = new Set(adoptable.map(({ task }) => task.taskId));
  const givenUp = world.jobs.filter(
    (job) => !isRunning(job) && open.some(({ taskId }) => taskId === job.taskId),
  );
  const collections = new Set(world.facilities.map(({ collection }) => collection.toLowerCase()));
  const orphans = unclaimed(open, world).filter(
    ({ taskId, sourceCollection, destinationCollection }) =>
      !taken.has(taskId) && collections.has(sourceCollection) && collections.has(destinationCollection),
  );
  return [
    ...givenUp.filter(({ jobId }) => !world.known.jobs.has(jobId)).map((job) => leftOut('given_up', job)),
    ...orphans.map(({ taskId }) => leftOut('orphan', undefined, taskId)),
  ];
}

function leftOut(reason: LeftOutReason, job: OldJob | undefined, taskId = job?.taskId ?? ''): LeftOut {
  return { kind: 'left_out', reason, jobId: job?.jobId, taskId: taskId === '' ? undefined : taskId };
}

/** For the one who runs it: what is in the way, and what to do about it. */
export const leftOutSentences: Readonly<Record<LeftOutReason, string>> = {
  dataset_unclear: 'the job names no dataset, or more than one',
  dataset_gone: 'SciCat has no such dataset any more',
  dataset_changed:
    'the dataset belongs to another group than the job: nobody can say whether it may still be moved',
  task_unknown:
    'Globus knows no such task of this client: check GLOBUS_CLIENT_ID; if it is that of the old service, the task is gone, and the transfer is to be asked for again',
  task_shared: 'another job, or a transfer of this service, names the same task',
  task_not_found:
    'the job names no task, and no task of that time fits its dataset; if nothing of it has arrived yet, run this again later',
  task_ambiguous: 'the job names no task, and several fit its dataset or several jobs fit the task',
  task_labelled: 'the task has a label, which the old service never gives: it is somebody else’s',
  collections_unknown: 'the task is between collections that are not both in this file',
  wrong_direction: 'the task moves data against the direction of a facility in this file',
  paths_not_shown:
    'nothing of it has arrived, so that Globus shows none of its paths: run this again later, at the latest when it has ended',
  paths_differ: 'its paths are not those that this file’s templates and bounds give for the dataset',
  given_up: 'the old service has ended this job, yet its task runs on: cancel that at Globus, or let it end',
  orphan: 'a task between facilities of this file that no job names: cancel it at Globus, or let it end',
};
