// Which of the old service's transfers are followed, which are left out and why: the planning alone, on what SciCat and
// Globus say.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OldJob } from '../../../transfer-service/takeover/old-jobs.ts';
import type { OldTask, SeenPath } from '../../../transfer-service/takeover/old-tasks.ts';
import {
  type LeftOut,
  leftOutSentences,
  planTakeOver,
  type TakeOverParts,
} from '../../../transfer-service/takeover/take-over.ts';
import type { Dataset } from '../../../transfer-service/types.ts';
import { facility, pathTemplate } from '../facility.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 21, 12);
const collections = {
  lab: '11111111-1111-4111-8111-111111111111',
  archive: '22222222-2222-4222-8222-222222222222',
};
const facilities = [
  facility({ name: 'LAB', collection: collections.lab, direction: 'SRC' }),
  facility({
    ...{ name: 'ARCHIVE', collection: collections.archive, direction: 'DST' },
    destinationPath: pathTemplate('/received/{{ .RelativeSourceFolder }}'),
  }),
];

function job(overrides: Partial<OldJob> = {}): OldJob {
  return {
    ...{ jobId: 'j1', pids: ['20.500/run7'], ownerGroup: 'p1', ownerUser: undefined },
    ...{ taskId: 't1', status: 'transferring' },
    ...{ createdAt: now - 60 * minute, updatedAt: now - 30 * minute },
    ...overrides,
  };
}

function task(overrides: Partial<OldTask> = {}): OldTask {
  return {
    ...{ taskId: 't1', status: 'ACTIVE', label: '' },
    ...{ sourceCollection: collections.lab, destinationCollection: collections.archive },
    requestedAt: now - 60 * minute,
    ...overrides,
  };
}

function dataset(pid: string, overrides: Partial<Dataset> = {}): Dataset {
  const sourceFolder = `/data/p1/${pid.split('/').at(-1)}`;
  return {
    ...{ pid, ownerGroup: 'p1', sourceFolder, sizeBytes: 1, numberOfFiles: 1, contactEmail: undefined },
    ...overrides,
  };
}

const run7: readonly SeenPath[] = [{ source: '/p1/run7/a', destination: '/received/p1/run7/a' }];

type World = {
  readonly jobs?: readonly OldJob[];
  /** What a list of the tasks since then shows. */
  readonly tasks?: readonly OldTask[];
  /** What is shown only to who asks by id. */
  readonly older?: readonly OldTask[];
  readonly datasets?: readonly Dataset[];
  readonly seen?: Readonly<Record<string, readonly SeenPath[]>>;
  readonly knownJobs?: readonly string[];
  readonly knownTasks?: readonly string[];
};

async function plan(world: World) {
  const { jobs = [job()], tasks = [task()], older = [], datasets = [dataset('20.500/run7')] } = world;
  const { seen = {}, knownJobs = [], knownTasks = [] } = world;
  const parts: TakeOverParts = {
    ...{ jobs, facilities, now, oldIntervalMs: 10_000 },
    tasks: {
      fetchSince: async () => tasks,
      fetchOne: async (id) => older.find(({ taskId }) => taskId === id),
      fetchPaths: async (id) => seen[id] ?? run7,
    },
    fetchDataset: async (pid) => datasets.find((one) => one.pid === pid),
    known: { jobs: new Set(knownJobs), tasks: new Set(knownTasks) },
  };
  const { adoptable, leftOut, known } = await planTakeOver(parts);
  return {
    followed: adoptable.map((one) => `${one.job.jobId} ${one.task.taskId}`),
    leftOut: leftOut.map(({ reason, jobId, taskId }) => `${reason} ${jobId} ${taskId}`),
    known: known.map(({ jobId }) => jobId),
  };
}

type Plan = Partial<Awaited<ReturnType<typeof plan>>>;

const waiting = { taskId: '', status: undefined };

const cases: readonly (readonly [string, World, Plan])[] = [
  ['its task runs', {}, { followed: ['j1 t1'] }],
  [
    'its task ended long ago, and is asked for by its id',
    { tasks: [], older: [task({ status: 'SUCCEEDED' })] },
    { followed: ['j1 t1'] },
  ],
  [
    'it names no task, and one of its time fits',
    { jobs: [job(waiting)], tasks: [task({ requestedAt: now - 50 * minute })] },
    { followed: ['j1 t1'] },
  ],
  ['it is followed here already', { knownJobs: ['j1'], knownTasks: ['t1'] }, { known: ['j1'] }],
  ['it has ended, and so has its task', { jobs: [job({ status: 'finished' })], tasks: [] }, {}],
  ['it names no dataset', { jobs: [job({ pids: [] })] }, { leftOut: ['dataset_unclear j1 t1'] }],
  [
    'it names two datasets',
    { jobs: [job({ pids: ['20.500/run7', '20.500/run8'] })] },
    { leftOut: ['dataset_unclear j1 t1'] },
  ],
  ['its dataset is gone', { datasets: [] }, { leftOut: ['dataset_gone j1 t1'] }],
  [
    'its dataset is another group’s',
    { datasets: [dataset('20.500/run7', { ownerGroup: 'p2' })] },
    { leftOut: ['dataset_changed j1 t1'] },
  ],
  ['it is of no group', { jobs: [job({ ownerGroup: undefined })] }, { leftOut: ['dataset_changed j1 t1'] }],
  ['Globus knows no such task', { tasks: [] }, { leftOut: ['task_unknown j1 t1'] }],
  [
    'another job names its task',
    { jobs: [job(), job({ jobId: 'j2' })] },
    { leftOut: ['task_shared j1 t1', 'task_shared j2 t1'] },
  ],
  [
    'another job that has ended names its task',
    { jobs: [job(), job({ jobId: 'j2', status: 'finished' })] },
    { leftOut: ['task_shared j1 t1', 'given_up j2 t1'] },
  ],
  ['a transfer of this service has its task', { knownTasks: ['t1'] }, { leftOut: ['task_shared j1 t1'] }],
  [
    'it names no task, and none of its time is there',
    { jobs: [job(waiting)], tasks: [task({ requestedAt: now - 30 * minute, status: 'SUCCEEDED' })] },
    { leftOut: ['task_not_found j1 undefined'] },
  ],
  [
    'it names no task, and the one of its time is another dataset’s',
    {
      jobs: [job(waiting)],
      tasks: [task({ status: 'SUCCEEDED' })],
      seen: { t1: [{ source: '/p1/run8/a', destination: '/received/p1/run8/a' }] },
    },
    { leftOut: ['task_not_found j1 undefined'] },
  ],
  [
    'it names no task, and the one of its time is followed here',
    { jobs: [job(waiting)], knownTasks: ['t1'] },
    { leftOut: ['task_not_found j1 undefined'] },
  ],
  [
    'it names no task, and the one of its time is another job’s',
    { jobs: [job(waiting), job({ jobId: 'j2' })] },
    { followed: ['j2 t1'], leftOut: ['task_not_found j1 undefined'] },
  ],
  [
    'it names no task, and two of its time fit',
    {
      jobs: [job(waiting)],
      tasks: [task({ status: 'SUCCEEDED' }), task({ taskId: 't2', status: 'SUCCEEDED' })],
    },
    { leftOut: ['task_ambiguous j1 undefined'] },
  ],
  [
    'two name no task, and one fits both',
    { jobs: [job(waiting), job({ ...waiting, jobId: 'j2' })] },
    { leftOut: ['task_ambiguous j1 t1', 'task_ambiguous j2 t1'] },
  ],
  ['its task is labelled', { tasks: [task({ label: 'mine' })] }, { leftOut: ['task_labelled j1 t1'] }],
  [
    'its task is between others’ collections',
    { tasks: [task({ sourceCollection: 'x' })] },
    { leftOut: ['collections_unknown j1 t1'] },
  ],
  [
    'its task goes the other way',
    { tasks: [task({ sourceCollection: collections.archive, destinationCollection: collections.lab })] },
    { leftOut: ['wrong_direction j1 t1'] },
  ],
  ['nothing of it has arrived', { seen: { t1: [] } }, { leftOut: ['paths_not_shown j1 t1'] }],
  [
    'its paths lead elsewhere',
    { seen: { t1: [{ source: '/p1/run7/a', destination: '/elsewhere/a' }] } },
    { leftOut: ['paths_differ j1 t1'] },
  ],
  [
    'the old service has ended it, and its task runs on',
    { jobs: [job({ status: 'failed' })] },
    { leftOut: ['given_up j1 t1'] },
  ],
  ['a task runs that no job names', { jobs: [] }, { leftOut: ['orphan undefined t1'] }],
  ['a task runs that is followed here', { jobs: [], knownTasks: ['t1'] }, {}],
  ['somebody’s labelled task runs', { jobs: [], tasks: [task({ label: 'mine' })] }, {}],
];

describe('what is taken over', () => {
  for (const [name, world, expected] of cases) {
    it(`where ${name}`, async () => {
      assert.deepEqual(await plan(world), { followed: [], leftOut: [], known: [], ...expected });
    });
  }

  it('is tried here for every reason to leave something out', () => {
    const tried = new Set(
      cases.flatMap(([, , { leftOut = [] }]) => leftOut.map((one) => one.split(' ')[0] ?? '')),
    );
    const reasons: readonly LeftOut['reason'][] = Object.keys(leftOutSentences).filter(isReason);
    assert.deepEqual([...tried].toSorted(), [...reasons].toSorted());
  });

  it('says what the old service still wrote to a moment ago', async () => {
    for (const [agoMs, expected] of [
      [19_000, true],
      [21_000, false],
    ] as const) {
      const { adoptable } = await planTakeOver({
        ...{ jobs: [job({ updatedAt: now - agoMs })], facilities, now, oldIntervalMs: 10_000 },
        tasks: {
          fetchSince: async () => [task()],
          fetchOne: async () => undefined,
          fetchPaths: async () => run7,
        },
        fetchDataset: async (pid) => dataset(pid),
        known: { jobs: new Set(), tasks: new Set() },
      });
      assert.deepEqual(
        adoptable.map(({ isStillReported }) => isStillReported),
        [expected],
      );
    }
  });
});

function isReason(name: string): name is LeftOut['reason'] {
  return name in leftOutSentences;
}
