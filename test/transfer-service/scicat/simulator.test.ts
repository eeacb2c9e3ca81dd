// The SciCat client's main path, and lost answers, against the simulator.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { machineClock } from '../../../platform/clock.ts';
import { Secret } from '../../../platform/config/secrets.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { createSciCat } from '../../../transfer-service/scicat/client.ts';
import type { JobResult } from '../../../transfer-service/types.ts';
import { recordedUsers } from '../../simulators/scicat/recorded-users.ts';
import { type ScicatOptions, startScicat } from '../../simulators/scicat/start.ts';
import { listOf } from './list-of.ts';

const result: JobResult = {
  globusTaskId: 'g-1',
  bytesTransferred: 10,
  filesTransferred: 1,
  filesTotal: 2,
  status: 'transferring',
  error: '',
};

async function start(t: TestContext, options: ScicatOptions = {}, timeoutMs = 5000) {
  const users = recordedUsers.map((user) =>
    user.username === 'svcAdmin' ? { ...user, groups: ['admin', 'jobdeleters'] } : user,
  );
  const simulator = await startScicat({ ...options, users });
  t.after(() => simulator.stop());
  const scicat = createSciCat({
    url: simulator.url,
    username: 'svcAdmin',
    password: new Secret('a test', 'svcpw'),
    timeoutMs,
    maxBytes: 1_000_000,
    maxJobListBytes: 1_000_000,
    maxFileListBytes: 1_000_000,
    retry: { attempts: 3, firstDelayMs: 1, maxDelayMs: 20 },
    onCall: () => {},
    clock: machineClock,
  });
  const pid = simulator.addDataset({
    ownerGroup: 'p1',
    sourceFolder: '/data/p1/run7',
    isArchivable: false,
    contactEmail: 'a@x.org',
    files: [
      { path: 'a.tif', size: 100 },
      { path: 'sub/b.tif', size: 200 },
    ],
  });
  const job = { transferId: 't-1', pid, ownerGroup: 'p1', ownerUser: 'alice', contactEmail: 'a@x.org' };
  return { simulator, scicat, pid, job };
}

test('follows a transfer from its dataset to its archive job', async (t) => {
  const { simulator, scicat, pid, job } = await start(t);
  const dataset = await scicat.fetchDataset(pid);
  assert.ok(dataset !== undefined && 'pid' in dataset);
  assert.equal(dataset.sourceFolder, '/data/p1/run7');
  assert.equal(dataset.sizeBytes, 300);
  assert.equal((await listOf(scicat, pid))?.length, 2);
  const created = await scicat.createTransferJob(job, { mayExist: false });
  assert.ok(created.kind === 'created');
  const update = { statusCode: '002', statusMessage: 'transferring', result };
  assert.deepEqual(await scicat.updateJob(created.jobId, update), { kind: 'updated' });
  const held = simulator.job(created.jobId);
  assert.equal(held?.ownerUser, 'alice');
  assert.deepEqual(held?.jobResultObject, { ...result });
  assert.deepEqual(await scicat.markArchivable(pid), { kind: 'marked' });
  const archive = { ...job, username: 'alice' };
  assert.equal((await scicat.createArchiveJob(archive, { mayExist: false })).kind, 'created');
  assert.deepEqual(await scicat.deleteJob(created.jobId), { kind: 'deleted' });
  assert.deepEqual(await scicat.deleteJob(created.jobId), { kind: 'deleted' });
  assert.equal(simulator.job(created.jobId), undefined);
});

test('a create whose answer was lost is found again, and done once', async (t) => {
  const { simulator, scicat, job } = await start(t);
  simulator.faults.add({
    method: 'POST',
    path: /^\/api\/v4\/jobs$/,
    times: 1,
    fault: { kind: 'answer_lost' },
  });
  await assert.rejects(scicat.createTransferJob(job, { mayExist: false }), Unavailable);
  const found = await scicat.createTransferJob(job, { mayExist: true });
  assert.equal(found.kind, 'created');
  assert.equal(simulator.jobs().length, 1);
});

test('an unknown dataset, and one that is gone', async (t) => {
  const { simulator, scicat, pid } = await start(t);
  assert.equal(await scicat.fetchDataset('20.500.12345/nope'), undefined);
  simulator.removeDataset(pid);
  assert.equal(await listOf(scicat, pid), undefined);
});

test('marks a dataset of a backend that has no lifecycle endpoint yet', async (t) => {
  const { simulator, scicat, pid } = await start(t, { version: '4.18.0' });
  assert.deepEqual(await scicat.markArchivable(pid), { kind: 'marked' });
  assert.ok(simulator.isArchivable(pid));
});

test('the slow 401 of a backend without its database is an outage', async (t) => {
  const { simulator, scicat, pid } = await start(t, {}, 300);
  await scicat.fetchDataset(pid);
  simulator.setDatabase({ kind: 'down', answersAfterMs: 30_000 });
  await assert.rejects(scicat.fetchDataset(pid), Unavailable);
});
