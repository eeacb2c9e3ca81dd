import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { isRecord, readJson } from '../http/exchange.ts';
import { type ScicatOptions, type ScicatSimulator, startScicat } from './start.ts';

const pid = '20.500.12345/run7';
const datasets = [
  {
    pid,
    ownerGroup: 'p1',
    owner: 'alice',
    sourceFolder: '/data/p1/run7',
    files: [{ path: 'a.tif', size: 3 }],
  },
  { pid: '20.500.12345/open', ownerGroup: 'p9', sourceFolder: '/data/p9/x', isPublished: true, files: [] },
];

type Answer = {
  readonly status: number;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
};
type Asked = {
  readonly as?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly type?: string;
};

async function ask(
  scicat: ScicatSimulator,
  path: string,
  { as, method, body, type }: Asked = {},
): Promise<Answer> {
  const answer = await fetch(scicat.url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${await scicat.tokenFor(as)}` }),
      ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const value = readJson(text);
  return { status: answer.status, text, body: isRecord(value) ? value : {} };
}

const transferJob = (change: Readonly<Record<string, unknown>> = {}) => ({
  type: 'globus_transfer_job',
  ownerUser: 'alice',
  ownerGroup: 'p1',
  jobParams: { datasetList: [{ pid, files: [] }] },
  ...change,
});

describe('SciCat', () => {
  let scicat: ScicatSimulator;
  before(async () => {
    scicat = await startScicat({ datasets });
  });
  after(() => scicat.stop());

  const groupsOf = async (username: string) => {
    const { profile } = (await ask(scicat, '/api/v3/users/my/identity', { as: username })).body;
    return isRecord(profile) ? profile.accessGroups : undefined;
  };

  test('reads groups at each request, not from the token', async () => {
    const token = `Bearer ${await scicat.tokenFor('alice')}`;
    const read = () =>
      fetch(`${scicat.url}/api/v3/datasets/${encodeURIComponent(pid)}`, {
        headers: { authorization: token },
      });
    assert.equal((await read()).status, 200);
    scicat.setGroups('alice', ['p2']);
    assert.equal((await read()).status, 403);
    scicat.setGroups('alice', ['p1', 'p2']);
    assert.deepEqual(await groupsOf('alice'), ['p1', 'p2']);
  });

  test('answers an OIDC user by the issuer and the subject', async () => {
    const origin = { kind: 'oidc', issuer: 'https://idp.org', subject: 'sub-1' } as const;
    scicat.addUser({ username: 'olga', email: 'olga@idp.org', groups: ['p1'], origin });
    const { body } = await ask(scicat, '/api/v3/users/my/identity', { as: 'olga' });
    assert.deepEqual(
      [body.authStrategy, body.provider, body.externalId],
      ['oidc', 'https://idp.org', 'sub-1'],
    );
    assert.ok(isRecord(body.profile));
    assert.deepEqual(body.profile.oidcClaims, { sub: 'sub-1' });
  });

  test('lets an LDAP user in by /auth/ldap only', async () => {
    const login = { username: 'lena', password: 'lenapw' };
    scicat.addUser({ ...login, email: 'lena@your.site', groups: [], origin: { kind: 'ldap' } });
    assert.equal((await ask(scicat, '/api/v3/auth/ldap', { body: login })).status, 201);
    assert.equal((await ask(scicat, '/api/v3/auth/login', { body: login })).status, 401);
  });

  test('takes a token signed with another secret for no token', async () => {
    const other = await startScicat();
    const headers = { authorization: `Bearer ${await other.tokenFor('alice')}` };
    const answer = await fetch(`${scicat.url}/api/v3/users/my/identity`, { headers });
    await other.stop();
    assert.equal(answer.status, 401);
  });

  test('shows what is published to everybody, and nothing else to a bad token', async () => {
    const headers = { authorization: 'Bearer garbage' };
    const read = (id: string) =>
      fetch(`${scicat.url}/api/v3/datasets/${encodeURIComponent(id)}`, { headers });
    assert.deepEqual([(await read('20.500.12345/open')).status, (await read(pid)).status], [200, 403]);
  });

  test('makes the caller the owner of a job for an unknown user', async () => {
    const { body } = await ask(scicat, '/api/v4/jobs', {
      as: 'svcAdmin',
      body: transferJob({ ownerUser: 'nobody' }),
    });
    assert.equal(body.ownerUser, 'svcAdmin');
  });

  test('refuses a job whose group does not own the dataset', async () => {
    const body = transferJob({ ownerUser: 'bob', ownerGroup: 'p9' });
    const refused = await ask(scicat, '/api/v4/jobs', { as: 'svcAdmin', body });
    assert.deepEqual([refused.status, refused.body.message], [403, 'Unauthorized to create this job.']);
  });

  const badLists: readonly (readonly [string, unknown, string])[] = [
    ['no list', 'x', 'Invalid dataset list'],
    ['an empty list', [], 'List of passed datasets is empty.'],
    [
      'an extra key',
      [{ pid, files: [], x: 1 }],
      'Dataset list is expected to contain sets of pid and files.',
    ],
    ['an unknown file', [{ pid, files: ['nope'] }], 'At least one requested file could not be found.'],
  ];
  for (const [name, datasetList, message] of badLists) {
    test(`refuses a job with ${name} of datasets`, async () => {
      const body = transferJob({ jobParams: { datasetList } });
      const refused = await ask(scicat, '/api/v4/jobs', { as: 'svcAdmin', body });
      assert.deepEqual([refused.status, refused.body], [400, { status: 400, message }]);
    });
  }

  test('lets the owner read a job, but not update or delete it', async () => {
    const { body } = await ask(scicat, '/api/v4/jobs', { as: 'svcAdmin', body: transferJob() });
    const path = `/api/v4/jobs/${body.id}`;
    const update = { statusCode: '003', statusMessage: 'x' };
    assert.equal((await ask(scicat, path, { as: 'alice' })).status, 200);
    assert.equal((await ask(scicat, path, { as: 'alice', method: 'PATCH', body: update })).status, 403);
    assert.equal((await ask(scicat, path, { as: 'alice', method: 'DELETE' })).status, 403);
  });

  test('pages and sorts jobs, has no limit of its own, and hides those of strangers', async () => {
    for (const key of ['x', 'y', 'z']) {
      const jobParams = { datasetList: [{ pid, files: [] }], page: 'this', key };
      await ask(scicat, '/api/v4/jobs', { as: 'svcAdmin', body: transferJob({ jobParams }) });
    }
    const keys = async (as: string, more: Readonly<Record<string, unknown>> = {}) => {
      const filter = JSON.stringify({
        where: { 'jobParams.page': 'this' },
        sort: { 'jobParams.key': -1 },
        ...more,
      });
      const { text } = await ask(scicat, `/api/v4/jobs?filter=${encodeURIComponent(filter)}`, { as });
      return JSON.parse(text)
        .map((job: { jobParams: { key: string } }) => job.jobParams.key)
        .join('');
    };
    assert.equal(await keys('svcAdmin'), 'zyx');
    assert.equal(await keys('alice', { limits: { limit: 1, skip: 1 } }), 'y');
    assert.equal(await keys('bob'), '');
    assert.equal(await keys('svcAdmin', { where: { 'jobParams.key': { $in: ['x', 'z'] } } }), 'zx');
  });

  test('refuses a filter that is no JSON or has an unknown operator', async () => {
    for (const filter of ['{', '{"where":{"type":{"$near":1}}}']) {
      const refused = await ask(scicat, `/api/v4/jobs?filter=${encodeURIComponent(filter)}`, {
        as: 'svcAdmin',
      });
      assert.deepEqual([refused.status, refused.body.status], [400, 400]);
    }
  });

  test('counts no jobs as an empty list', async () => {
    const fields = encodeURIComponent('{"type":"nope"}');
    const { text } = await ask(scicat, `/api/v4/jobs/fullfacet?fields=${fields}&facets=[]`, {
      as: 'svcAdmin',
    });
    assert.equal(text, '[{"all":[]}]');
  });

  test('refuses a body over 16 MB, a body that is no JSON, and an unknown path', async () => {
    const large = { username: 'x'.repeat(16 * 1024 * 1024), password: '' };
    assert.equal((await ask(scicat, '/api/v3/auth/login', { body: large })).status, 413);
    const broken = await fetch(`${scicat.url}/api/v3/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    assert.equal(broken.status, 400);
    const unknown = await ask(scicat, '/api/v3/nothing');
    assert.deepEqual(unknown.body, {
      message: 'Cannot GET /api/v3/nothing',
      error: 'Not Found',
      statusCode: 404,
    });
  });

  test('gives a dataset to another group, or loses it, behind the back of who reads it', async () => {
    const moved = scicat.addDataset({ ownerGroup: 'p1', sourceFolder: '/data/p1/moved', files: [] });
    const path = `/api/v3/datasets/${encodeURIComponent(moved)}`;
    scicat.changeDataset(moved, { ownerGroup: 'p9' });
    assert.equal((await ask(scicat, path, { as: 'alice' })).status, 403);
    scicat.removeDataset(moved);
    assert.equal((await ask(scicat, path, { as: 'alice' })).status, 404);
  });
});

describe('SciCat, when it is down or older', () => {
  const started: ScicatSimulator[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((scicat) => scicat.stop()));
  });
  const start = async (options: ScicatOptions = {}) => {
    const scicat = await startScicat({ datasets, ...options });
    started.push(scicat);
    return scicat;
  };

  test('answers a valid token 401, late, and an invalid one at once', async () => {
    const scicat = await start();
    scicat.setDatabase({ kind: 'down', answersAfterMs: 30 });
    const startedAtMs = performance.now();
    const bad = await fetch(`${scicat.url}/api/v3/users/my/identity`, {
      headers: { authorization: 'Bearer x' },
    });
    assert.equal(bad.status, 401);
    const { status, body } = await ask(scicat, '/api/v3/users/my/identity', { as: 'alice' });
    assert.ok(performance.now() - startedAtMs >= 29);
    assert.deepEqual([status, body.message], [401, 'Unauthenticated']);
    assert.equal((await ask(scicat, '/api/v3/health')).status, 503);
    scicat.setDatabase({ kind: 'up' });
    assert.equal((await ask(scicat, '/api/v3/users/my/identity', { as: 'alice' })).status, 200);
  });

  test('stops while a question waits for it', async () => {
    const scicat = await start();
    scicat.setDatabase({ kind: 'down', answersAfterMs: 60_000 });
    const asking = assert.rejects(ask(scicat, '/api/v3/users/my/identity', { as: 'alice' }));
    while (scicat.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await scicat.stop();
    await asking;
  });

  test('before version 4.19 has no lifecycle endpoint, but takes a patch of the dataset', async () => {
    const scicat = await start({ version: '4.18.2' });
    const path = `/api/v3/Datasets/${encodeURIComponent(pid)}`;
    const datasetlifecycle = { archivable: false, archiveStatusMessage: 'started' };
    const patch = { as: 'svcAdmin', method: 'PATCH' };
    assert.equal(
      (await ask(scicat, `${path}/datasetlifecycle`, { ...patch, body: datasetlifecycle })).status,
      404,
    );
    assert.equal((await ask(scicat, path, { ...patch, body: { datasetlifecycle } })).status, 200);
    const lifecycle = scicat.dataset(pid)?.datasetlifecycle;
    assert.ok(isRecord(lifecycle));
    assert.deepEqual([lifecycle.archivable, lifecycle.retrievable], [false, false]);
  });

  test('may limit before it skips', async () => {
    const scicat = await start({ limitsBeforeSkip: true });
    await ask(scicat, '/api/v4/jobs', { as: 'svcAdmin', body: transferJob() });
    await ask(scicat, '/api/v4/jobs', { as: 'svcAdmin', body: transferJob() });
    const list = (limit: number) =>
      ask(scicat, `/api/v4/jobs?filter={"limits":{"skip":1,"limit":${limit}}}`, { as: 'svcAdmin' });
    assert.equal((await list(1)).text, '[]');
    assert.equal(JSON.parse((await list(2)).text).length, 1);
  });

  test('before version 4.17.1 has no v4 jobs', async () => {
    const scicat = await start({ version: '4.17.0' });
    assert.equal((await ask(scicat, '/api/v4/jobs', { as: 'svcAdmin', body: transferJob() })).status, 404);
  });
});
