import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { adoptTransfer, findKnown } from '../../../transfer-service/store/adopt.ts';
import { findTransferByJob } from '../../../transfer-service/store/read.ts';
import { authorised, Stage } from '../engine/stage.ts';

const adopted = {
  id: 'adopted-1',
  jobId: 'old-job',
  taskId: 'old-task',
  submittedAt: Date.UTC(2026, 10, 21, 11),
  bytesTotal: 30,
  filesTotal: 3,
  items: [{ kind: 'folder', sourcePath: '/p1/run7', destinationPath: '/received/p1/run7' }] as const,
  authorised: { ...authorised, subject: 'adopted', isWholeFolder: true, autoArchive: false },
};

async function open(t: TestContext) {
  const stage = await Stage.open(t);
  assert.equal(await adoptTransfer(stage.store, adopted, stage.clock.now()), 'adopted');
  return stage;
}

test('is stored as a transfer whose task runs, under the job that clients know', async (t) => {
  const { store } = await open(t);
  const transfer = await findTransferByJob(store, 'old-job');
  assert.equal(transfer?.state, 'transferring');
  assert.deepEqual(
    transfer?.chunks.map(({ status, taskId }) => [status, taskId]),
    [['active', 'old-task']],
  );
  assert.deepEqual(await findKnown(store), { jobs: new Set(['old-job']), tasks: new Set(['old-task']) });
});

test('is stored once, whether the job or the task is known', async (t) => {
  const { store } = await open(t);
  assert.equal(await adoptTransfer(store, { ...adopted, id: 'b', taskId: 'another' }, 6_000), 'known');
  assert.equal(await adoptTransfer(store, { ...adopted, id: 'c', jobId: 'another' }, 6_000), 'known');
  assert.equal((await findKnown(store)).jobs.size, 1);
});

test('is followed to its end, reported to the old job, and marked archivable but not archived', async (t) => {
  const stage = await open(t);
  const { services } = stage;
  services.jobs.push({ id: 'old-job', transferId: '', updates: [] });
  const task = { ...taskOf('old-task'), status: 'SUCCEEDED', files: 3, filesTransferred: 3 } as const;
  services.tasks.set('old-task', { ...task, bytesTransferred: 30 });
  await stage.restart();
  assert.equal((await stage.untilSettled('adopted-1')).state, 'finished');
  assert.equal(services.latestReport()?.statusCode, '003');
  assert.deepEqual([services.archivable, services.archiveJobs.length, services.submissions.size], [1, 0, 0]);
});

test('can be cancelled', async (t) => {
  const stage = await open(t);
  stage.services.tasksEnd = false;
  stage.services.tasks.set('old-task', taskOf('old-task'));
  await stage.restart();
  await stage.cancel('adopted-1');
  assert.equal((await stage.untilSettled('adopted-1')).state, 'cancelled');
  assert.equal(stage.services.tasks.get('old-task')?.fatalError?.code, 'CANCELED');
});

function taskOf(taskId: string) {
  return {
    taskId,
    status: 'ACTIVE',
    niceStatus: 'OK',
    isPaused: false,
    fatalError: undefined,
    faults: 0,
    files: 0,
    filesTransferred: 0,
    filesSkipped: 0,
    bytesTransferred: 0,
    label: '',
    historyDeleted: false,
  } as const;
}
