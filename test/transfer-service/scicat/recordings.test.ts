// What the real backend answered (contracts/scicat.md), fed to our client.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { machineClock } from '../../../platform/clock.ts';
import { Secret } from '../../../platform/config/secrets.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { createSciCat } from '../../../transfer-service/scicat/client.ts';
import type { JobResult, SciCat } from '../../../transfer-service/types.ts';
import { type MockNetwork, mockNetwork } from '../mock-network.ts';
import { listOf } from './list-of.ts';

const recordings = z
  .array(
    z.object({
      name: z.string(),
      request: z.object({ method: z.string(), path: z.string() }),
      response: z.object({ status: z.number(), body: z.unknown() }),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../recordings/scicat.json', import.meta.url), 'utf8')));

const pid = '20.500.12345/6ffde6bb-0954-41e7-a3b6-dd432bbf3694';
const jobId = '82bd0279-66f8-4623-b7ff-a33a4ec8a032';
const unknownJob = '00000000-0000-0000-0000-000000000000';

function recorded(name: string) {
  const recording = recordings.find((one) => one.name === name);
  assert.ok(recording !== undefined, `no recording "${name}"`);
  return recording;
}

function start(t: TestContext): { scicat: SciCat; network: MockNetwork } {
  const network = mockNetwork(t, 'http://scicat.test');
  const scicat = createSciCat({
    url: 'http://scicat.test',
    username: 'svcAdmin',
    password: new Secret('a test', 'svcpw'),
    timeoutMs: 1000,
    maxBytes: 100_000,
    maxJobListBytes: 100_000,
    maxFileListBytes: 100_000,
    retry: { attempts: 1, firstDelayMs: 1, maxDelayMs: 1 },
    onCall: () => {},
    clock: machineClock,
    dispatcher: network.agent,
  });
  return { scicat, network };
}

function replay(network: MockNetwork, name: string, path?: string | RegExp): void {
  const { request, response } = recorded(name);
  network.answer(request.method, path ?? request.path, response);
}

function signedIn(t: TestContext, ...names: readonly string[]): SciCat {
  const { scicat, network } = start(t);
  replay(network, 'login, service account');
  for (const name of names) replay(network, name);
  return scicat;
}

const result: JobResult = {
  globusTaskId: 'g-1',
  bytesTransferred: 10,
  filesTransferred: 1,
  filesTotal: 3,
  status: 'transferring',
  error: '',
};
const update = { statusCode: '002', statusMessage: 'transferring', result };
const newJob = { transferId: 't-1', pid, ownerGroup: 'p1', ownerUser: 'alice', contactEmail: undefined };
const newArchiveJob = {
  transferId: 't-1',
  pid,
  ownerGroup: 'p1',
  username: 'alice',
  contactEmail: 'a@x.org',
};

test('reads the dataset', async (t) => {
  const scicat = signedIn(t, 'dataset, read by the service account');
  assert.deepEqual(await scicat.fetchDataset(pid), {
    pid,
    ownerGroup: 'p1',
    sourceFolder: '/data/p1/run7',
    sizeBytes: 300,
    numberOfFiles: 3,
    contactEmail: 'a@x.org',
  });
});

test('an unknown dataset is undefined', async (t) => {
  const scicat = signedIn(t, 'dataset, unknown');
  assert.equal(await scicat.fetchDataset('20.500.12345/nope'), undefined);
});

test('a dataset that the account may not read is an outage', async (t) => {
  const scicat = signedIn(t, 'dataset, not a member');
  await assert.rejects(scicat.fetchDataset(pid), Unavailable);
});

test('reads the files', async (t) => {
  const scicat = signedIn(t, 'files of a dataset');
  assert.deepEqual(await listOf(scicat, pid), [
    { path: 'a.tif', sizeBytes: 100, kind: 'unknown' as const },
    { path: 'sub/b.tif', sizeBytes: 100, kind: 'unknown' as const },
    { path: 'sub/c d.tif', sizeBytes: 100, kind: 'unknown' as const },
  ]);
});

test('creates the transfer job', async (t) => {
  const scicat = signedIn(t, 'transfer job, created with a key of ours');
  assert.deepEqual(await scicat.createTransferJob(newJob, { mayExist: false }), { kind: 'created', jobId });
});

test('finds the transfer job again by our key', async (t) => {
  const { scicat, network } = start(t);
  replay(network, 'login, service account');
  replay(network, 'jobs found by a key of ours', /^\/api\/v4\/jobs\?/);
  assert.deepEqual(await scicat.createTransferJob(newJob, { mayExist: true }), { kind: 'created', jobId });
});

test('creates the job where none is found by our key', async (t) => {
  const { scicat, network } = start(t);
  replay(network, 'login, service account');
  replay(network, 'jobs found by a key of ours, none', /^\/api\/v4\/jobs\?/);
  replay(network, 'transfer job, created with a key of ours');
  assert.deepEqual(await scicat.createTransferJob(newJob, { mayExist: true }), { kind: 'created', jobId });
});

test('every refused job is a refusal with SciCat’s words', async (t) => {
  const cases = {
    'transfer job, unknown type': ['scicat_400', 'Invalid job type: nope'],
    'transfer job, extra top-level key': ['scicat_400', 'property extra should not exist'],
    'transfer job, unknown pid': ['scicat_400', 'Datasets with pid nope do not exist.'],
    'transfer job, one pid twice': ['scicat_400', 'Contact email should be specified for an anonymous job.'],
    'transfer job, by a stranger': [
      'scicat_400',
      'Invalid new job. User needs to belong to job owner group.',
    ],
    'transfer job, no token': ['scicat_403', 'Forbidden resource'],
  };
  for (const [name, [code, message]] of Object.entries(cases)) {
    await t.test(name, async (t) => {
      const scicat = signedIn(t, name);
      assert.deepEqual(await scicat.createTransferJob(newJob, { mayExist: false }), {
        kind: 'refused',
        code,
        message,
      });
    });
  }
});

test('updates the job, and is told when it may not or cannot', async (t) => {
  assert.deepEqual(await signedIn(t, 'job, updated').updateJob(jobId, update), { kind: 'updated' });
  const refused = async (name: string, id = jobId) => {
    const answer = await signedIn(t, name).updateJob(id, update);
    return answer.kind === 'refused' ? answer.code : answer.kind;
  };
  assert.equal(await refused('job, update by a stranger'), 'scicat_403');
  assert.equal(await refused('job, update without statusMessage'), 'scicat_400');
  assert.equal(await refused('job, update of an unknown one', unknownJob), 'scicat_400');
});

test('deletes the job once and again, and is told when it may not', async (t) => {
  assert.deepEqual(await signedIn(t, 'job, deleted').deleteJob(jobId), { kind: 'deleted' });
  assert.deepEqual(await signedIn(t, 'job, deleted again').deleteJob(jobId), { kind: 'deleted' });
  assert.deepEqual(await signedIn(t, 'job, deleted by the service account').deleteJob(jobId), {
    kind: 'refused',
    code: 'scicat_403',
    message: 'Forbidden resource',
  });
});

test('marks the dataset archivable, and is told when it may not', async (t) => {
  const path = '/api/v3/datasets/20.500.12345%2F6ffde6bb-0954-41e7-a3b6-dd432bbf3694';
  const unmarked = { pid, ownerGroup: 'p1', datasetlifecycle: { archivable: false } };
  const marking = (name: string) => {
    const { scicat, network } = start(t);
    replay(network, 'login, service account');
    replay(network, name);
    network.answer('GET', path, { status: 200, body: unmarked });
    return scicat.markArchivable(pid);
  };
  assert.deepEqual(await marking('marked archivable'), { kind: 'marked' });
  assert.equal((await marking('marked archivable by a stranger')).kind, 'refused');
});

test('a dataset that SciCat itself has made archivable is marked', async (t) => {
  const scicat = signedIn(t, 'dataset, read by the service account');
  assert.deepEqual(await scicat.markArchivable(pid), { kind: 'marked' });
});

test('creates the archive job, and finds it again by our key', async (t) => {
  const created = await signedIn(t, 'archive job').createArchiveJob(newArchiveJob, { mayExist: false });
  const expected = { kind: 'created', jobId: '6bc5d460-07be-4f3e-8d1c-bdb16b20f1a1' } as const;
  assert.deepEqual(created, expected);
  const { scicat, network } = start(t);
  replay(network, 'login, service account');
  replay(network, 'archive job found by a key of ours', /^\/api\/v4\/jobs\?/);
  assert.deepEqual(await scicat.createArchiveJob(newArchiveJob, { mayExist: true }), expected);
});

test('every refused login is an outage', async (t) => {
  for (const name of ['login, wrong password', 'login, unknown user', 'login, body without password']) {
    const { scicat, network } = start(t);
    replay(network, name);
    await assert.rejects(
      scicat.fetchDataset(pid),
      (error) => error instanceof Unavailable && error.reason === 'misconfigured',
    );
  }
});

/** What each call may come to, whatever is answered. */
const calls: Readonly<Record<string, (scicat: SciCat) => Promise<unknown>>> = {
  fetchDataset: (scicat) => scicat.fetchDataset(pid),
  fetchFiles: (scicat) => listOf(scicat, pid),
  createTransferJob: (scicat) => scicat.createTransferJob(newJob, { mayExist: true }),
  updateJob: (scicat) => scicat.updateJob(jobId, update),
  deleteJob: (scicat) => scicat.deleteJob(jobId),
  markArchivable: (scicat) => scicat.markArchivable(pid),
  createArchiveJob: (scicat) => scicat.createArchiveJob(newArchiveJob, { mayExist: true }),
};

for (const [name, call] of Object.entries(calls)) {
  test(`${name} makes a result or an outage of every recorded answer, never a crash`, async (t) => {
    for (const { name, response } of recordings) {
      await t.test(name, async (t) => {
        const { scicat, network } = start(t);
        replay(network, 'login, service account');
        for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) network.answer(method, /./, response);
        await call(scicat).catch((error) => assert.ok(error instanceof Unavailable, String(error)));
      });
    }
  });
}
