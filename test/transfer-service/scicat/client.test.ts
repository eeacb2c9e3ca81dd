import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { machineClock } from '../../../platform/clock.ts';
import { Secret } from '../../../platform/config/secrets.ts';
import { type OutageReason, Unavailable } from '../../../platform/unavailable.ts';
import { createSciCat } from '../../../transfer-service/scicat/client.ts';
import type { JobResult, SciCat } from '../../../transfer-service/types.ts';
import { type MockAnswer, type MockNetwork, mockNetwork } from '../mock-network.ts';
import { listOf } from './list-of.ts';

const origin = 'http://scicat.test';
const pid = '20.500.12345/6ffd';
const datasetPath = '/api/v3/datasets/20.500.12345%2F6ffd';
const lifecyclePath = '/api/v3/Datasets/20.500.12345%2F6ffd/datasetlifecycle';

type Fixture = {
  readonly scicat: SciCat;
  readonly network: MockNetwork;
  readonly clock: { nowMs: number; elapsedMs: number };
};

function start(t: TestContext): Fixture {
  const network = mockNetwork(t, origin);
  const clock = { nowMs: Date.UTC(2026, 10, 21), elapsedMs: 0 };
  const scicat = createSciCat({
    url: origin,
    username: 'service',
    password: new Secret('a test', 'pw'),
    timeoutMs: 1000,
    maxBytes: 5000,
    maxJobListBytes: 20_000,
    maxFileListBytes: 20_000,
    retry: { attempts: 3, firstDelayMs: 1, maxDelayMs: 20 },
    onCall: () => {},
    dispatcher: network.agent,
    clock: { ...machineClock, now: () => clock.nowMs, elapsed: () => clock.elapsedMs },
  });
  return { scicat, network, clock };
}

function login(token: string, expiresIn = 3600): MockAnswer {
  return { status: 201, body: { access_token: token, expires_in: expiresIn } };
}

const dataset = { pid, ownerGroup: 'p1', sourceFolder: '/data/p1/run7', size: 300, numberOfFiles: 3 };
const unauthenticated: MockAnswer = { status: 401, body: { message: 'Unauthenticated', statusCode: 401 } };
const forbidden: MockAnswer = { status: 403, body: { message: 'Unauthorized access', statusCode: 403 } };
const missing: MockAnswer = { status: 404, body: { message: 'not found', statusCode: 404 } };

function outage(reason: OutageReason) {
  return (error: unknown) => error instanceof Unavailable && error.reason === reason;
}

function tokensUsed(network: MockNetwork): readonly (string | undefined)[] {
  return network.asked
    .filter(({ path }) => path !== '/api/v3/auth/login')
    .map(({ headers }) => headers.authorization);
}

function logins(network: MockNetwork): number {
  return network.asked.filter(({ path }) => path === '/api/v3/auth/login').length;
}

const result: JobResult = {
  globusTaskId: 'g-1',
  bytesTransferred: 10,
  filesTransferred: 1,
  filesTotal: 3,
  status: 'transferring',
  error: '',
};

const newJob = { transferId: 't-1', pid, ownerGroup: 'p1', ownerUser: 'alice', contactEmail: 'a@x.org' };
const newArchiveJob = {
  transferId: 't-1',
  pid,
  ownerGroup: 'p1',
  username: 'alice',
  contactEmail: 'a@x.org',
};

test('signs in once for many calls, and again a minute before the login ends', async (t) => {
  const { scicat, network, clock } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'), login('two'));
  network.answer('GET', datasetPath, { status: 200, body: dataset });
  await Promise.all([scicat.fetchDataset(pid), scicat.fetchDataset(pid)]);
  clock.elapsedMs += 3539_000;
  await scicat.fetchDataset(pid);
  clock.elapsedMs += 1000;
  await scicat.fetchDataset(pid);
  assert.deepEqual(tokensUsed(network), ['Bearer one', 'Bearer one', 'Bearer one', 'Bearer two']);
  assert.equal(logins(network), 2);
  assert.deepEqual(JSON.parse(network.asked[0]?.body ?? ''), { username: 'service', password: 'pw' });
});

test('a refused login is a matter of configuration, and is not tried again at once', async (t) => {
  const { scicat, network, clock } = start(t);
  network.answer('POST', '/api/v3/auth/login', unauthenticated);
  await assert.rejects(scicat.fetchDataset(pid), outage('misconfigured'));
  await assert.rejects(scicat.fetchDataset(pid), outage('misconfigured'));
  assert.equal(logins(network), 1);
  clock.elapsedMs += 31_000;
  await assert.rejects(scicat.fetchDataset(pid), outage('misconfigured'));
  assert.equal(logins(network), 2);
});

test('a 401 gets one new login', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'), login('two'));
  network.answer('GET', datasetPath, unauthenticated, { status: 200, body: dataset });
  assert.equal(await pidOf(scicat), pid);
  assert.deepEqual(tokensUsed(network), ['Bearer one', 'Bearer two']);
});

test('a 401 for a new login is an outage, never a verdict', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', datasetPath, unauthenticated);
  await assert.rejects(scicat.fetchDataset(pid), outage('bad_answer'));
  assert.equal(tokensUsed(network).length, 2);
});

test('a 403 for an old login gets a new one, since SciCat takes a dead token for none', async (t) => {
  const { scicat, network, clock } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'), login('two'));
  network.answer('GET', datasetPath, { status: 200, body: dataset }, forbidden, {
    status: 200,
    body: dataset,
  });
  await scicat.fetchDataset(pid);
  clock.elapsedMs += 61_000;
  assert.equal(await pidOf(scicat), pid);
  assert.equal(logins(network), 2);
});

test('a clock that was set back by a day keeps no refused login, and no dead one, for that day', async (t) => {
  const { scicat, network, clock } = start(t);
  network.answer('POST', '/api/v3/auth/login', unauthenticated, login('one'), login('two'));
  network.answer('GET', datasetPath, { status: 200, body: dataset }, forbidden, {
    status: 200,
    body: dataset,
  });
  await assert.rejects(scicat.fetchDataset(pid), outage('misconfigured'));
  clock.nowMs -= 24 * 3_600_000;
  clock.elapsedMs += 31_000;
  await scicat.fetchDataset(pid);
  clock.nowMs -= 24 * 3_600_000;
  clock.elapsedMs += 61_000;
  assert.equal(await pidOf(scicat), pid);
  assert.equal(logins(network), 3);
});

test('a dataset that the service account may not read is a matter of its rights', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', datasetPath, forbidden);
  await assert.rejects(scicat.fetchDataset(pid), outage('misconfigured'));
  assert.equal(logins(network), 1);
});

test('an unknown dataset is undefined, a 404 of something in between an outage', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', datasetPath, missing, { status: 404, body: '<html>' });
  assert.equal(await scicat.fetchDataset(pid), undefined);
  await assert.rejects(scicat.fetchDataset(pid), outage('bad_answer'));
});

test('another dataset, or what is no dataset, is an outage', async (t) => {
  const { scicat, network } = start(t);
  const bodies = [{ ...dataset, pid: '20.500.12345/other' }, '<html></html>', 'null', '[]', {}, '"x"'];
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', datasetPath, ...answersOf(bodies));
  for (const _ of bodies) await assert.rejects(scicat.fetchDataset(pid), outage('bad_answer'));
});

test('a document that says too little is the dataset’s fault, and says which field', async (t) => {
  const { scicat, network } = start(t);
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['', /empty document/],
    [{ ...dataset, ownerGroup: '' }, /no ownerGroup/],
    [{ ...dataset, ownerGroup: null }, /no ownerGroup/],
    [{ ...dataset, ownerGroup: undefined }, /no ownerGroup/],
    [{ ...dataset, ownerGroup: ['p1'] }, /no ownerGroup/],
    [{ ...dataset, size: '300' }, /its size/],
    [{ ...dataset, numberOfFiles: 'many' }, /its numberOfFiles/],
    [{ ...dataset, sourceFolder: 7 }, /its sourceFolder/],
  ];
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', datasetPath, ...answersOf(cases.map(([body]) => body)));
  for (const [body, problem] of cases) {
    const read = await scicat.fetchDataset(pid);
    assert.match(
      (read !== undefined && 'problem' in read && read.problem) || '',
      problem,
      JSON.stringify(body),
    );
  }
});

function answersOf(bodies: readonly unknown[]) {
  const [first, ...others] = bodies.map((body) => ({ status: 200, body }));
  assert.ok(first !== undefined);
  return [first, ...others] as const;
}

async function pidOf(scicat: SciCat): Promise<string | undefined> {
  const read = await scicat.fetchDataset(pid);
  return read !== undefined && 'pid' in read ? read.pid : undefined;
}

test('a pid or id that would address something else is never sent', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', '/api/v3/datasets/..%2Fusers%3Fa%23b', missing);
  for (const id of ['', '.', '..', '\ud800']) {
    assert.equal(await scicat.fetchDataset(id), undefined);
    assert.equal(await listOf(scicat, id), undefined);
    assert.equal((await scicat.markArchivable(id)).kind, 'refused');
    assert.equal((await scicat.deleteJob(id)).kind, 'refused');
    const update = { statusCode: '002', statusMessage: 'x', result };
    assert.deepEqual(await scicat.updateJob(id, update), {
      kind: 'refused',
      code: 'id_invalid',
      message: 'no id of SciCat looks like this',
    });
  }
  assert.equal(network.asked.length, 0);
  assert.equal(await scicat.fetchDataset('../users?a#b'), undefined);
});

test('the files of all blocks are one list', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', `${datasetPath}/origdatablocks`, {
    status: 200,
    body: [{ dataFileList: [{ path: 'a', size: 1, time: 'x' }] }, { dataFileList: [{ path: 'b', size: 2 }] }],
  });
  assert.deepEqual(await listOf(scicat, pid), [
    { path: 'a', sizeBytes: 1, kind: 'unknown' as const },
    { path: 'b', sizeBytes: 2, kind: 'unknown' as const },
  ]);
});

test('a file list may be larger than other answers, and has a limit too', async (t) => {
  const { scicat, network } = start(t);
  const long = (length: number) => ({
    status: 200,
    body: [{ dataFileList: [{ path: 'a'.repeat(length), size: 1 }] }],
  });
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', `${datasetPath}/origdatablocks`, long(10_000), long(30_000));
  assert.equal((await listOf(scicat, pid))?.length, 1);
  const refused = (await listOf(scicat, pid))?.at(-1);
  assert.ok(refused !== undefined && 'code' in refused && refused.code === 'file_list_unusable');
});

test('a transfer job is created as the user’s, and carries our id', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('POST', '/api/v4/jobs', { status: 201, body: { id: 'j-1' } });
  const created = await scicat.createTransferJob(newJob, { mayExist: false });
  assert.deepEqual(created, { kind: 'created', jobId: 'j-1' });
  assert.deepEqual(JSON.parse(network.asked[1]?.body ?? ''), {
    type: 'globus_transfer_job',
    ownerUser: 'alice',
    ownerGroup: 'p1',
    contactEmail: 'a@x.org',
    jobParams: { datasetList: [{ pid, files: [] }], beamgateTransferId: 't-1' },
  });
});

test('a create is sent once: whether it was done is looked up before it is sent again', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('POST', '/api/v4/jobs', { status: 502 });
  await assert.rejects(scicat.createTransferJob(newJob, { mayExist: false }), outage('server_error'));
  network.answer('GET', /^\/api\/v4\/jobs\?/, {
    status: 200,
    body: [{ id: 'j-1', jobParams: { beamgateTransferId: 't-1' } }],
  });
  assert.deepEqual(await scicat.createTransferJob(newJob, { mayExist: true }), {
    kind: 'created',
    jobId: 'j-1',
  });
  assert.equal(
    network.asked.filter(({ method, path }) => method === 'POST' && path === '/api/v4/jobs').length,
    1,
  );
  const query = new URL(network.asked.at(-1)?.path ?? '', origin).searchParams;
  assert.deepEqual(JSON.parse(query.get('filter') ?? '').where, {
    type: 'globus_transfer_job',
    'jobParams.beamgateTransferId': 't-1',
  });
});

test('a job is found behind many others, where SciCat does not filter by our id', async (t) => {
  const { scicat, network } = start(t);
  const others = Array.from({ length: 120 }, (_, number) => ({
    id: `other-${number}`,
    jobParams: { beamgateTransferId: `other-${number}` },
  }));
  const all = [...others, { id: 'j-1', jobParams: { beamgateTransferId: 't-1' } }];
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer(
    'GET',
    /^\/api\/v4\/jobs\?/,
    { status: 200, body: all.slice(0, 10) },
    { status: 200, body: all.slice(0, 100) },
    { status: 200, body: all },
  );
  const created = await scicat.createTransferJob(newJob, { mayExist: true });
  assert.deepEqual(created, { kind: 'created', jobId: 'j-1' });
  const limits = network.asked
    .filter(({ method }) => method === 'GET')
    .map(({ path }) => JSON.parse(new URL(path, origin).searchParams.get('filter') ?? '').limits.limit);
  assert.deepEqual(limits, [10, 100, 1000]);
});

test('no job is created while the list is too long to be looked through', async (t) => {
  const { scicat, network } = start(t);
  const others = Array.from({ length: 10 }, (_, number) => ({ id: `other-${number}` }));
  const long = { status: 200, body: [{ id: 'x', jobParams: { beamgateTransferId: 'y'.repeat(30_000) } }] };
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', /^\/api\/v4\/jobs\?/, { status: 200, body: others }, long);
  await assert.rejects(scicat.createTransferJob(newJob, { mayExist: true }), outage('too_large'));
  assert.ok(network.asked.every(({ method, path }) => method === 'GET' || path.endsWith('/login')));
});

test('a job of another transfer is not ours, though a list that does not filter has it', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', /^\/api\/v4\/jobs\?/, {
    status: 200,
    body: [
      { id: 'j-0', jobParams: { beamgateTransferId: 't-0' } },
      { id: 'j-x' },
      { id: 'j-y', jobParams: { datasetList: [{ pid, files: [] }] } },
    ],
  });
  network.answer('POST', '/api/v3/jobs', { status: 201, body: { id: 'j-1' } });
  assert.deepEqual(await scicat.createArchiveJob(newArchiveJob, { mayExist: true }), {
    kind: 'created',
    jobId: 'j-1',
  });
});

test('an archive job is created in the name of the user who asked', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('POST', '/api/v3/jobs', { status: 201, body: { id: 'j-1' } });
  await scicat.createArchiveJob(newArchiveJob, { mayExist: false });
  assert.deepEqual(JSON.parse(network.asked[1]?.body ?? ''), {
    type: 'archive',
    jobParams: { tapeCopies: 'one', username: 'alice', ownerGroup: 'p1', beamgateTransferId: 't-1' },
    jobStatusMessage: 'jobSubmitted',
    datasetList: [{ pid, files: [] }],
    emailJobInitiator: 'a@x.org',
    executionTime: '2026-11-21T00:00:00.000Z',
  });
});

test('a refused create is a refusal with SciCat’s own words', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('POST', '/api/v4/jobs', { status: 400, body: { message: ['a', 'b'], statusCode: 400 } });
  assert.deepEqual(await scicat.createTransferJob(newJob, { mayExist: false }), {
    kind: 'refused',
    code: 'scicat_400',
    message: 'a; b',
  });
});

test('an update replaces the result, and is repeated while SciCat is down', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('PATCH', '/api/v4/jobs/j-1', { status: 503 }, { status: 200, body: {} });
  const update = { statusCode: '002', statusMessage: 'transferring', result };
  assert.deepEqual(await scicat.updateJob('j-1', update), { kind: 'updated' });
  const last = network.asked.at(-1);
  assert.equal(last?.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(last?.body ?? ''), {
    statusCode: '002',
    statusMessage: 'transferring',
    jobResultObject: result,
  });
});

test('a job that is gone already counts as deleted, one that may not be deleted does not', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer(
    'DELETE',
    '/api/v4/jobs/j-1',
    { status: 200, body: {} },
    { status: 400, body: { status: 400, message: "Job id j-1 doesn't exist." } },
    { status: 400, body: '<html>' },
    forbidden,
  );
  assert.deepEqual(await scicat.deleteJob('j-1'), { kind: 'deleted' });
  assert.deepEqual(await scicat.deleteJob('j-1'), { kind: 'deleted' });
  await assert.rejects(scicat.deleteJob('j-1'), outage('bad_answer'));
  assert.equal((await scicat.deleteJob('j-1')).kind, 'refused');
});

test('a backend without the lifecycle endpoint has its dataset changed instead', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('PATCH', lifecyclePath, {
    status: 404,
    body: { message: 'Cannot PATCH /api/v3/Datasets/x/datasetlifecycle', statusCode: 404 },
  });
  network.answer('GET', datasetPath, { status: 200, body: dataset });
  const marked = { pid, datasetlifecycle: { archivable: true } };
  network.answer('PATCH', '/api/v3/Datasets/20.500.12345%2F6ffd', { status: 200, body: marked }, missing);
  assert.deepEqual(await scicat.markArchivable(pid), { kind: 'marked' });
  assert.deepEqual(JSON.parse(network.asked.at(-1)?.body ?? ''), {
    datasetlifecycle: { archivable: true, archiveStatusMessage: 'datasetCreated' },
  });
  assert.equal((await scicat.markArchivable(pid)).kind, 'refused');
});

test('a mark that the answer does not tell of is looked up in the dataset, and is none where that has none', async (t) => {
  const { scicat, network } = start(t);
  const says = (archivable: boolean): MockAnswer => ({
    status: 200,
    body: { ...dataset, datasetlifecycle: { archivable } },
  });
  const unmarked = says(false);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('PATCH', lifecyclePath, { status: 200, body: {} });
  network.answer('GET', datasetPath, unmarked, says(true), unmarked, unmarked, unmarked, missing);
  assert.deepEqual(await scicat.markArchivable(pid), { kind: 'marked' });
  await assert.rejects(scicat.markArchivable(pid), outage('bad_answer'));
  await assert.rejects(scicat.markArchivable(pid), outage('bad_answer'));
});

test('a dataset that was marked before is not marked once more, whatever became of it since', async (t) => {
  const { scicat, network } = start(t);
  const datasetlifecycle = { archivable: false, archiveStatusMessage: 'started' };
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', datasetPath, { status: 200, body: { ...dataset, datasetlifecycle } }, missing);
  assert.deepEqual(await scicat.markArchivable(pid), { kind: 'marked' });
  assert.equal((await scicat.markArchivable(pid)).kind, 'refused');
  assert.ok(network.asked.every(({ method }) => method !== 'PATCH'));
});

test('a mark without an answer is not sent again before the dataset was asked', async (t) => {
  const { scicat, network } = start(t);
  const lifecycle = { archivable: true, archiveStatusMessage: 'datasetCreated' };
  const marked: MockAnswer = { status: 200, body: { ...dataset, datasetlifecycle: lifecycle } };
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', datasetPath, { status: 200, body: dataset }, marked);
  network.answer('PATCH', lifecyclePath, { status: 502, body: '' });
  await assert.rejects(scicat.markArchivable(pid), outage('server_error'));
  assert.deepEqual(await scicat.markArchivable(pid), { kind: 'marked' });
  assert.equal(network.asked.filter(({ method }) => method === 'PATCH').length, 1);
});

test('an outage never prints the password', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', { status: 500, body: 'pw' });
  await assert.rejects(scicat.fetchDataset(pid), (error) => {
    assert.ok(error instanceof Unavailable);
    assert.doesNotMatch(JSON.stringify([error.message, error.stack, error]), /"pw"/);
    return true;
  });
});

test('a page to sign in is no success of a change, whatever its status says', async (t) => {
  const { scicat, network } = start(t);
  const page: MockAnswer = { status: 200, body: '<html>Please sign in</html>' };
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('GET', datasetPath, { status: 200, body: dataset });
  network.answer('PATCH', lifecyclePath, page);
  network.answer('PATCH', '/api/v4/jobs/j-1', page);
  network.answer('DELETE', '/api/v4/jobs/j-1', page);
  const update = { statusCode: '003', statusMessage: 'finished', result };
  await assert.rejects(scicat.markArchivable(pid), outage('bad_answer'));
  await assert.rejects(scicat.updateJob('j-1', update), outage('bad_answer'));
  await assert.rejects(scicat.deleteJob('j-1'), outage('bad_answer'));
});

test('says that the backend is too old where it has no v4 jobs to create', async (t) => {
  const { scicat, network } = start(t);
  network.answer('POST', '/api/v3/auth/login', login('one'));
  network.answer('POST', '/api/v4/jobs', { status: 404, body: { message: 'Cannot POST /api/v4/jobs' } });
  await assert.rejects(scicat.createTransferJob(newJob, { mayExist: false }), /4\.17\.1/);
});
