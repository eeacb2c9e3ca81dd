// Which of SciCat's jobs are the old service's: also where SciCat ignores what it is asked for.
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { machineClock } from '../../../platform/clock.ts';
import { Secret } from '../../../platform/config/secrets.ts';
import { fetchOldJobs } from '../../../transfer-service/takeover/old-jobs.ts';
import { mockNetwork } from '../mock-network.ts';

const origin = 'http://scicat.test';

function start(t: TestContext, jobs: readonly unknown[]) {
  const network = mockNetwork(t, origin);
  network.answer('POST', '/api/v3/auth/login', { status: 201, body: { access_token: 'x' } });
  network.answer('GET', /^\/api\/v4\/jobs\?/, { status: 200, body: jobs });
  const fetching = fetchOldJobs({
    ...{ url: origin, username: 'service', password: new Secret('a test', 'pw'), timeoutMs: 1000 },
    ...{ maxBytes: 5000, maxJobListBytes: 20_000, maxFileListBytes: 20_000 },
    retry: { attempts: 1, firstDelayMs: 1, maxDelayMs: 1 },
    onCall: () => {},
    dispatcher: network.agent,
    clock: machineClock,
  });
  return { network, fetching };
}

const old = {
  ...{ id: 'old', type: 'globus_transfer_job', createdBy: 'service', ownerGroup: 'p1', ownerUser: null },
  ...{ createdAt: '2026-11-21T12:00:00.000Z', updatedAt: '2026-11-21T12:01:00.000Z' },
  jobParams: { datasetList: [{ pid: '20.500/run7', files: [] }] },
  jobResultObject: { globusTaskId: 't1', status: 'transferring' },
};

it('the service account’s own jobs are asked for, and read', async (t) => {
  const { network, fetching } = start(t, [old]);
  assert.deepEqual(await fetching, [
    {
      ...{ jobId: 'old', pids: ['20.500/run7'], ownerGroup: 'p1', ownerUser: undefined },
      ...{ taskId: 't1', status: 'transferring' },
      ...{ createdAt: Date.UTC(2026, 10, 21, 12), updatedAt: Date.UTC(2026, 10, 21, 12, 1) },
    },
  ]);
  const filter = new URL(`${origin}${network.asked.at(-1)?.path}`).searchParams.get('filter') ?? '';
  assert.deepEqual(JSON.parse(filter), { where: { type: 'globus_transfer_job', createdBy: 'service' } });
});

it('a job is nobody’s but its creator’s, of no other type, and not ours, where SciCat ignores the filter', async (t) => {
  const others = {
    'another’s, who names the task as well': { createdBy: 'mallory' },
    'nobody’s': { createdBy: null },
    'an archive job': { type: 'archive' },
    'of no type': { type: undefined },
    ours: { jobParams: { ...old.jobParams, beamgateTransferId: 'x' } },
    'ours, by an id of another shape': { jobParams: { ...old.jobParams, beamgateTransferId: 7 } },
  };
  const jobs = Object.entries(others).map(([id, change]) => ({ ...old, id, ...change }));
  const found = await start(t, [...jobs, old]).fetching;
  assert.deepEqual(
    found.map(({ jobId }) => jobId),
    ['old'],
  );
});

it('what an old job leaves out is read as that', async (t) => {
  const bare = { id: 'bare', type: 'globus_transfer_job', createdBy: 'service' };
  const nothing = { ownerGroup: undefined, ownerUser: undefined, status: undefined };
  assert.deepEqual(await start(t, [bare]).fetching, [
    { ...nothing, jobId: 'bare', pids: [], taskId: '', createdAt: 0, updatedAt: 0 },
  ]);
});
