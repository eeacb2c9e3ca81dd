import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { machineClock } from '../../../platform/clock.ts';
import { Secret } from '../../../platform/config/secrets.ts';
import { type OutageReason, Unavailable } from '../../../platform/unavailable.ts';
import { createGlobus, type GlobusOptions } from '../../../transfer-service/globus/client.ts';
import { transferScope } from '../../../transfer-service/globus/scopes.ts';
import type { Globus } from '../../../transfer-service/types.ts';
import { type MockAnswer, type MockNetwork, mockNetwork } from '../mock-network.ts';
import { usualOptions } from './submit-options.ts';

const origin = 'http://globus.test';
const dataAccess = (collection: string) => `https://auth.globus.org/scopes/${collection}/data_access`;
const scopeOf = (collection: string) => `${transferScope}[*${dataAccess(collection)}]`;

type Fixture = {
  readonly globus: Globus;
  readonly network: MockNetwork;
  readonly clock: { nowMs: number; elapsedMs: number };
  readonly calls: { dependency: string; outcome: string }[];
};

function start(t: TestContext, options: Partial<GlobusOptions> = {}): Fixture {
  const network = mockNetwork(t, origin);
  const clock = { nowMs: Date.UTC(2026, 10, 21), elapsedMs: 0 };
  const calls: { dependency: string; outcome: string }[] = [];
  const globus = createGlobus({
    requestsPerSecond: 1000,
    clientId: 'id',
    clientSecret: new Secret('a test', 'secret'),
    authUrl: origin,
    transferUrl: origin,
    ...usualOptions,
    timeoutMs: 2000,
    maxBytes: 10_000,
    retry: { attempts: 3, firstDelayMs: 1, maxDelayMs: 20 },
    onCall: (call) => calls.push(call),
    dispatcher: network.agent,
    ...options,
    clock: { ...machineClock, now: () => clock.nowMs, elapsed: () => clock.elapsedMs },
  });
  return { globus, network, clock, calls };
}

function token(value: string, overrides: object = {}): MockAnswer {
  return {
    status: 200,
    body: {
      access_token: value,
      scope: transferScope,
      expires_in: 172_800,
      token_type: 'Bearer',
      resource_server: 'transfer.api.globus.org',
      other_tokens: [],
      ...overrides,
    },
  };
}

function unknownScope(...collections: readonly string[]): MockAnswer {
  const detail = `requested unknown scopes: [${collections.map((one) => `'${dataAccess(one)}'`).join(', ')}]`;
  return { status: 400, body: { error: 'unknown_scope', errors: [{ code: 'UNKNOWN_SCOPE_ERROR', detail }] } };
}

const submissionId: MockAnswer = { status: 200, body: { DATA_TYPE: 'submission_id', value: 's-1' } };

const submission = {
  submissionId: 's-1',
  sourceCollection: 'A',
  destinationCollection: 'B',
  label: 'beamgate t-1',
  isRepeat: false,
  items: [{ kind: 'file', sourcePath: '/a', destinationPath: '/b' }],
} as const;

function task(overrides: object = {}) {
  return {
    DATA_TYPE: 'task',
    task_id: 't-1',
    status: 'ACTIVE',
    nice_status: 'OK',
    is_paused: false,
    fatal_error: null,
    faults: 2,
    files: 10,
    files_transferred: 3,
    files_skipped: 0,
    bytes_transferred: 4096,
    label: 'beamgate t-1',
    isRepeat: false,
    request_time: '2026-11-21T00:00:00+00:00',
    history_deleted: false,
    ...overrides,
  };
}

function outage(reason: OutageReason) {
  return (error: unknown) => error instanceof Unavailable && error.reason === reason;
}

function askedScopes(network: MockNetwork): readonly (string | null)[] {
  return network.asked
    .filter(({ path }) => path === '/v2/oauth2/token')
    .map(({ body }) => new URLSearchParams(body).get('scope'));
}

function tokensUsed(network: MockNetwork, path: string): readonly (string | undefined)[] {
  return network.asked.filter((one) => one.path === path).map(({ headers }) => headers.authorization);
}

test('asks for a token as a client, and uses it until a minute before it ends', async (t) => {
  const { globus, network, clock } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one', { expires_in: 3600 }), token('two'));
  network.answer('GET', '/v0.10/submission_id', submissionId);
  assert.equal(await globus.fetchSubmissionId([]), 's-1');
  clock.elapsedMs += 3539_000;
  await globus.fetchSubmissionId([]);
  clock.elapsedMs += 1000;
  await globus.fetchSubmissionId([]);
  assert.deepEqual(tokensUsed(network, '/v0.10/submission_id'), ['Bearer one', 'Bearer one', 'Bearer two']);
  assert.equal(network.asked[0]?.headers.authorization, `Basic ${btoa('id:secret')}`);
  assert.equal(
    network.asked[0]?.body,
    `grant_type=client_credentials&scope=${encodeURIComponent(transferScope)}`,
  );
});

test('a token that lives for seconds is not renewed without end', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one', { expires_in: 30 }));
  network.answer('GET', '/v0.10/submission_id', submissionId);
  await globus.fetchSubmissionId([]);
  assert.equal(askedScopes(network).length, 1);
});

test('many calls at once ask for one token', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('GET', '/v0.10/submission_id', submissionId);
  await Promise.all(Array.from({ length: 5 }, () => globus.fetchSubmissionId([scopeOf('A')])));
  assert.equal(askedScopes(network).length, 1);
});

test('the token grows to the scopes that are in use', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'), token('two'));
  network.answer('GET', '/v0.10/submission_id', submissionId);
  await globus.fetchSubmissionId([scopeOf('A')]);
  await globus.fetchSubmissionId([scopeOf('B')]);
  await globus.fetchSubmissionId([scopeOf('A'), scopeOf('B')]);
  assert.deepEqual(askedScopes(network), [
    scopeOf('A'),
    `${transferScope}[*${dataAccess('A')} *${dataAccess('B')}]`,
  ]);
});

test('takes the token for transfers among several', async (t) => {
  const { globus, network } = start(t);
  const other = { access_token: 'right', expires_in: 60, resource_server: 'transfer.api.globus.org' };
  network.answer(
    'POST',
    '/v2/oauth2/token',
    token('wrong', { resource_server: 'auth.globus.org', other_tokens: [other] }),
  );
  network.answer('GET', '/v0.10/submission_id', submissionId);
  await globus.fetchSubmissionId(['openid']);
  assert.deepEqual(tokensUsed(network, '/v0.10/submission_id'), ['Bearer right']);
});

test('a scope that Globus does not know stops its own transfers only, and is tried again later', async (t) => {
  const { globus, network, clock } = start(t);
  network.answer('POST', '/v2/oauth2/token', unknownScope('A'), token('one'), token('two'));
  network.answer('GET', '/v0.10/submission_id', submissionId);
  const scopes = [scopeOf('A'), scopeOf('B')];
  assert.deepEqual(await globus.fetchUnavailableScopes(scopes), [scopeOf('A')]);
  await assert.rejects(globus.fetchSubmissionId(scopes), outage('misconfigured'));
  assert.equal(await globus.fetchSubmissionId([scopeOf('B')]), 's-1');
  assert.equal(askedScopes(network).length, 2);
  clock.elapsedMs += 11 * 60_000;
  assert.equal(await globus.fetchSubmissionId(scopes), 's-1');
  assert.deepEqual(await globus.fetchUnavailableScopes(scopes), []);
});

test('where no collection has data_access the transfer scope alone is asked for', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', unknownScope('A', 'B'), token('one'));
  assert.deepEqual(await globus.fetchUnavailableScopes([scopeOf('A'), scopeOf('B')]), [
    scopeOf('A'),
    scopeOf('B'),
  ]);
  assert.equal(askedScopes(network)[1], transferScope);
});

test('an unknown scope among those asked for one after the other is found each time', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', unknownScope('A'), unknownScope('B'), token('one'));
  const unavailable = await globus.fetchUnavailableScopes([scopeOf('A'), scopeOf('B'), scopeOf('C')]);
  assert.deepEqual(unavailable, [scopeOf('A'), scopeOf('B')]);
});

test('a refused client is a matter of configuration, and is not asked about again at once', async (t) => {
  const { globus, network, clock } = start(t);
  network.answer('POST', '/v2/oauth2/token', { status: 401, body: { error: 'invalid_client' } });
  await assert.rejects(globus.fetchSubmissionId([]), outage('misconfigured'));
  await assert.rejects(globus.fetchOpenTasks(), outage('misconfigured'));
  assert.equal(network.asked.length, 1);
  clock.elapsedMs += 31_000;
  await assert.rejects(globus.fetchOpenTasks(), outage('misconfigured'));
  assert.equal(network.asked.length, 2);
});

test('an outage never prints the secret', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', { status: 400, body: { error: 'secret' } });
  await assert.rejects(globus.fetchSubmissionId([]), (error) => {
    assert.ok(error instanceof Unavailable);
    assert.doesNotMatch(`${error.message} ${error.stack}`, new RegExp(`secret"|${btoa('id:secret')}`));
    return true;
  });
});

test('a 429 of Globus Auth is an outage, tried again first', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', { status: 429 }, { status: 429 }, token('one'));
  network.answer('GET', '/v0.10/submission_id', submissionId);
  assert.equal(await globus.fetchSubmissionId([]), 's-1');
});

test('a 401 of the Transfer API gets one new token', async (t) => {
  const { globus, network } = start(t);
  const unauthorized = { status: 401, body: { code: 'ClientError.AuthenticationFailed', message: '' } };
  network.answer('POST', '/v2/oauth2/token', token('one'), token('two'), token('three'));
  network.answer('GET', '/v0.10/submission_id', unauthorized, submissionId, unauthorized);
  assert.equal(await globus.fetchSubmissionId([]), 's-1');
  assert.deepEqual(tokensUsed(network, '/v0.10/submission_id'), ['Bearer one', 'Bearer two']);
  await assert.rejects(globus.fetchSubmissionId([]), outage('misconfigured'));
  assert.equal(tokensUsed(network, '/v0.10/submission_id').length, 4);
});

test('a missing consent is asked for with exactly its scopes, once', async (t) => {
  const { globus, network } = start(t);
  const required = [scopeOf('A')];
  const consent = { status: 403, body: { code: 'ConsentRequired', message: 'x', required_scopes: required } };
  network.answer('POST', '/v2/oauth2/token', token('one'), token('consented'));
  network.answer('POST', '/v0.10/transfer', consent, {
    status: 200,
    body: { code: 'Accepted', task_id: 't-1' },
  });
  const items = submission.items.values();
  assert.deepEqual(await globus.submit({ ...submission, items }, []), { kind: 'accepted', taskId: 't-1' });
  assert.equal(askedScopes(network)[1], scopeOf('A'));
  assert.deepEqual(tokensUsed(network, '/v0.10/transfer'), ['Bearer one', 'Bearer consented']);
  const [first, second] = network.asked.filter(({ path }) => path === '/v0.10/transfer');
  assert.match(first?.body ?? '', /"source_path":"\/a"/);
  assert.equal(second?.body, first?.body);
});

test('a consent that is missing still, once it was asked for twice, is a refusal', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('POST', '/v0.10/transfer', {
    status: 403,
    body: { code: 'ConsentRequired', message: 'x', required_scopes: [scopeOf('A')] },
  });
  assert.deepEqual(await globus.submit(submission, []), {
    kind: 'refused',
    code: 'ConsentRequired',
    message: 'x',
    scopes: [scopeOf('A')],
  });
  // Once for each end of the transfer.
  assert.equal(tokensUsed(network, '/v0.10/transfer').length, 3);
  assert.equal(askedScopes(network).length, 3);
});

test('a repeated submission id answers the first task', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('POST', '/v0.10/transfer', { status: 200, body: { code: 'Duplicate', task_id: 't-1' } });
  assert.deepEqual(await globus.submit(submission, []), { kind: 'accepted', taskId: 't-1' });
  assert.equal(JSON.parse(network.asked[1]?.body ?? '').submission_id, 's-1');
});

test('a submit is sent once: who asks has to know when it was sent last', async (t) => {
  const { globus, network, calls } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('POST', '/v0.10/transfer', { status: 502 });
  await assert.rejects(globus.submit(submission, []), Unavailable);
  assert.equal(calls.filter(({ dependency }) => dependency === 'globus').length, 1);
});

test('what is down for a moment is asked again', async (t) => {
  const { globus, network, calls } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer(
    'GET',
    '/v0.10/submission_id',
    { status: 502 },
    { status: 500 },
    { status: 200, body: { value: 's-1' } },
  );
  assert.equal(await globus.fetchSubmissionId([]), 's-1');
  assert.deepEqual(
    calls.map(({ dependency, outcome }) => `${dependency} ${outcome}`),
    ['globus-auth 2xx', 'globus 5xx', 'globus 5xx', 'globus 2xx'],
  );
});

test('what stays down is an outage after a bounded number of attempts', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('GET', '/v0.10/submission_id', { status: 500 });
  await assert.rejects(globus.fetchSubmissionId([]), outage('server_error'));
  assert.equal(tokensUsed(network, '/v0.10/submission_id').length, 3);
});

test('a Retry-After that is too long to wait for is passed on at once', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('GET', '/v0.10/submission_id', { status: 503, headers: { 'retry-after': '120' } });
  await assert.rejects(
    globus.fetchSubmissionId([]),
    (error) => error instanceof Unavailable && error.reason === 'busy' && error.retryAfterSeconds === 120,
  );
  assert.equal(tokensUsed(network, '/v0.10/submission_id').length, 1);
});

for (const [headers, askedSeconds] of [
  [{ 'retry-after': '5' }, 5],
  [{}, undefined],
] as const) {
  test(`a submit that is answered 429 says how long Globus wants to be left alone: ${askedSeconds}`, async (t) => {
    const { globus, network } = start(t);
    network.answer('POST', '/v2/oauth2/token', token('one'));
    network.answer('POST', '/v0.10/transfer', { status: 429, headers });
    const isAsked = (error: unknown) => error instanceof Unavailable && error.askedSeconds === askedSeconds;
    await assert.rejects(globus.submit(submission, []), isAsked);
  });
}

test('a task is read, nulls and missing figures included', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer(
    'GET',
    '/v0.10/task/t-1',
    { status: 200, body: task() },
    {
      status: 200,
      body: {
        task_id: 't-1',
        status: 'FAILED',
        nice_status: null,
        fatal_error: { code: 'CANCELED', description: 'by a person' },
      },
    },
  );
  assert.deepEqual(await globus.fetchTask('t-1'), {
    taskId: 't-1',
    status: 'ACTIVE',
    niceStatus: 'OK',
    isPaused: false,
    fatalError: undefined,
    faults: 2,
    files: 10,
    filesTransferred: 3,
    filesSkipped: 0,
    bytesTransferred: 4096,
    label: 'beamgate t-1',
    historyDeleted: false,
  });
  const ended = await globus.fetchTask('t-1');
  assert.deepEqual(ended?.fatalError, { code: 'CANCELED', description: 'by a person' });
  assert.equal(ended?.niceStatus, undefined);
});

test('a task that Globus does not know is undefined, a 404 of somebody else an outage', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer(
    'GET',
    '/v0.10/task/t-1',
    { status: 404, body: { code: 'ClientError.NotFound', message: '' } },
    { status: 404, body: '<html>' },
    { status: 200, body: '' },
    { status: 403, body: { code: 'PermissionDenied' } },
  );
  assert.equal(await globus.fetchTask('t-1'), undefined);
  await assert.rejects(globus.fetchTask('t-1'), outage('bad_answer'));
  await assert.rejects(globus.fetchTask('t-1'), outage('bad_answer'));
  await assert.rejects(globus.fetchTask('t-1'), outage('bad_answer'));
});

test('an id cannot address anything but a task', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('GET', '/v0.10/task/..%2Fa%3Fb', { status: 404, body: { code: 'ClientError.NotFound' } });
  assert.equal(await globus.fetchTask('../a?b'), undefined);
  await assert.rejects(globus.fetchTask('..'), TypeError);
});

test('open tasks are one list, read to its end', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer(
    'GET',
    /^\/v0\.10\/task_list/,
    { status: 200, body: { total: 3, DATA: [task(), task({ task_id: 't-2' })] } },
    { status: 200, body: { total: 3, DATA: [task({ task_id: 't-3' })] } },
  );
  const tasks = await globus.fetchOpenTasks();
  assert.deepEqual(
    tasks.map(({ taskId }) => taskId),
    ['t-1', 't-2', 't-3'],
  );
  const queries = network.asked.slice(1).map(({ path }) => new URL(path, origin).searchParams);
  assert.deepEqual(
    queries.map((query) => [query.get('filter'), query.get('offset'), query.get('limit')]),
    [
      ['type:TRANSFER/status:ACTIVE,INACTIVE', '0', '1000'],
      ['type:TRANSFER/status:ACTIVE,INACTIVE', '2', '1000'],
    ],
  );
});

test('a task that cannot be read in the list of open ones keeps nobody from hearing of the others', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  const unreadable = [{ task_id: 't-2' }, task({ task_id: 't-3', status: 'NEW_WORD' }), null, 'x'];
  network.answer(
    'GET',
    /^\/v0\.10\/task_list/,
    { status: 200, body: { total: 6, DATA: [...unreadable, task()] } },
    { status: 200, body: { total: 6, DATA: [task({ task_id: 't-6' })] } },
  );
  const tasks = await globus.fetchOpenTasks();
  assert.deepEqual(
    tasks.map(({ taskId }) => taskId),
    ['t-1', 't-6'],
  );
  assert.match(network.asked.at(-1)?.path ?? '', /offset=5/);
});

test('a task that cannot be read is never taken for one that is not there, by its label or its id', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('GET', /^\/v0\.10\/task_list/, { status: 200, body: { total: 1, DATA: [{ label: 'x' }] } });
  network.answer('GET', '/v0.10/task/t-1', { status: 200, body: { task_id: 't-1', status: 'NEW_WORD' } });
  await assert.rejects(globus.findTaskByLabel('x'), outage('bad_answer'));
  await assert.rejects(globus.fetchTask('t-1'), outage('bad_answer'));
});

test('a list whose total is never reached ends all the same', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('GET', /^\/v0\.10\/task_list/, { status: 200, body: { total: 9, DATA: [] } });
  assert.deepEqual(await globus.fetchOpenTasks(), []);
});

test('a task is found by exactly its label, the newest one', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  const listed = [
    task({ task_id: 'old' }),
    task({ task_id: 'new', request_time: '2026-11-22T00:00:00+00:00' }),
    task({ task_id: 'other', label: 'beamgate t-11', request_time: '2026-11-23T00:00:00+00:00' }),
  ];
  network.answer('GET', /^\/v0\.10\/task_list/, { status: 200, body: { total: 3, DATA: listed } });
  assert.equal((await globus.findTaskByLabel('beamgate t-1'))?.taskId, 'new');
  assert.equal(await globus.findTaskByLabel('beamgate t-2'), undefined);
});

test('what a cancel answered is told', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer(
    'POST',
    '/v0.10/task/t-1/cancel',
    { status: 200, body: { code: 'TaskComplete', message: '' } },
    { status: 404, body: { code: 'ClientError.NotFound', message: 'no such task' } },
  );
  assert.deepEqual(await globus.cancel('t-1'), { kind: 'cancelled', code: 'TaskComplete' });
  assert.deepEqual(await globus.cancel('t-1'), {
    kind: 'refused',
    code: 'ClientError.NotFound',
    message: 'no such task',
  });
});

test('an answer over the size limit is an outage', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('GET', '/v0.10/task/t-1', { status: 200, body: task({ label: 'x'.repeat(20_000) }) });
  await assert.rejects(globus.fetchTask('t-1'), outage('too_large'));
});

test('a caller that gives up does not take the token from those who wait', async (t) => {
  const { globus, network } = start(t);
  network.answer('POST', '/v2/oauth2/token', token('one'));
  network.answer('GET', '/v0.10/submission_id', submissionId);
  const impatient = new AbortController();
  const aborted = globus.fetchSubmissionId([], impatient.signal);
  const patient = globus.fetchSubmissionId([]);
  impatient.abort(new Error('no more'));
  await assert.rejects(aborted, /no more/);
  assert.equal(await patient, 's-1');
});

for (const refused of [
  { status: 401, body: { error: 'invalid_client' } },
  { status: 401, body: { errors: [{ code: 'INVALID_CREDENTIALS', detail: '' }] } },
  { status: 400, body: { error: 'invalid_client' } },
]) {
  test(`a refused client (${JSON.stringify(refused)}) is tried once more with a secret that was replaced`, async (t) => {
    const readSecretAgain = () => new Secret('a test', 'replaced');
    const { globus, network } = start(t, { readSecretAgain });
    network.answer('POST', '/v2/oauth2/token', refused, token('one'));
    network.answer('GET', '/v0.10/submission_id', { status: 200, body: { value: 's-1' } });
    assert.equal(await globus.fetchSubmissionId([]), 's-1');
    const sent = network.asked.slice(0, 2).map(({ headers }) => headers.authorization);
    const basic = (secret: string) => `Basic ${Buffer.from(`id:${secret}`).toString('base64')}`;
    assert.deepEqual(sent, [basic('secret'), basic('replaced')]);
  });
}

test('a client that is refused with the replaced secret too is not tried without end', async (t) => {
  const { globus, network } = start(t, { readSecretAgain: () => new Secret('a test', 'replaced') });
  network.answer('POST', '/v2/oauth2/token', { status: 401, body: { error: 'invalid_client' } });
  await assert.rejects(globus.fetchTask('t-1'), (error) => error instanceof Unavailable);
  const sent = network.asked.map(({ headers }) => headers.authorization);
  assert.equal(new Set(sent).size, 2);
  assert.equal(sent.length, 2);
});
