// The API as clients meet it: what is asked for, what is refused and how, who sees what.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Unavailable } from '../../platform/unavailable.ts';
import { maxBodyBytes } from '../../transfer-service/read-body.ts';
import type { Caller } from '../../transfer-service/types.ts';
import { alice, assertRefused, openApi, type Reply, usual } from './api.ts';
import { facility, pathTemplate } from './facility.ts';

const bob: Caller = { ...alice, subject: 'scicat:bob', username: 'bob', groups: ['p2'] };

function jobIdOf(reply: Reply): string {
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(Object.keys(reply.json), ['jobId']);
  return String(reply.json.jobId);
}

describe('POST /transfer', () => {
  it('answers the job, and stores what was authorised', async (t) => {
    const { request, stage } = await openApi(t);
    assert.equal(jobIdOf(await request()), 'job-0');
    const { authorised } = await stage.read('id-0');
    assert.deepEqual(
      [authorised.sourceFolder, authorised.destinationFolder, authorised.isWholeFolder, authorised.subject],
      ['/p1/run7', '/p1/run7', true, 'scicat:alice'],
    );
  });

  it('takes a list of files, and a list that Go writes as null', async (t) => {
    const { request, stage } = await openApi(t);
    jobIdOf(await request({}, JSON.stringify({ fileList: [{ path: 'a', isSymlink: false }] })));
    assert.equal((await stage.read('id-0')).authorised.isWholeFolder, false);
    jobIdOf(await request({}, JSON.stringify({ fileList: null })));
    assert.equal((await stage.read('id-1')).authorised.isWholeFolder, true);
  });

  it('hands over a folder of more files than the file’s bound as SciCat’s list', async (t) => {
    const { request, stage } = await openApi(t);
    const { dataset } = stage.services;
    assert.ok(dataset !== undefined);
    jobIdOf(await request());
    assert.equal((await stage.read('id-0')).listing.kind, 'none');
    stage.services.dataset = { ...dataset, numberOfFiles: 100_001 };
    jobIdOf(await request({ autoArchive: 'false' }));
    const { listing, authorised } = await stage.untilSettled('id-1');
    assert.deepEqual([listing.kind, authorised.isWholeFolder], ['stored', true]);
  });

  it('archives unless it is told not to, and reads booleans as Go does', async (t) => {
    const { request, stage } = await openApi(t);
    const archives = async (parameters: Readonly<Record<string, string>>) => {
      const jobId = jobIdOf(await request({ ...parameters, collectionRootPath: '/data' }));
      return (await stage.untilSettled(jobId.replace('job', 'id'))).authorised.autoArchive;
    };
    assert.equal(await archives({}), true);
    for (const yes of ['1', 't', 'T', 'TRUE', 'true', 'True'])
      assert.equal(await archives({ autoArchive: yes }), true, yes);
    for (const no of ['0', 'f', 'F', 'FALSE', 'false', 'False'])
      assert.equal(await archives({ autoArchive: no }), false, no);
  });

  it('answers a repeated request with the first one’s job', async (t) => {
    const { request, stage } = await openApi(t);
    stage.services.tasksEnd = false;
    const replies = await Promise.all([request(), request(), request()]);
    assert.deepEqual(replies.map(jobIdOf), ['job-0', 'job-0', 'job-0']);
  });

  it('lets parameters be that are not ours', async (t) => {
    const { request } = await openApi(t);
    jobIdOf(await request({ somethingElse: 'x' }));
  });

  it('is 503 with Retry-After when the queue is full', async (t) => {
    const { request, stage } = await openApi(t, { limits: { maxOpen: 1 } });
    stage.services.tasksEnd = false;
    jobIdOf(await request());
    const reply = await request({}, JSON.stringify({ fileList: [{ path: 'a' }] }));
    assertRefused(reply, 503, 'queue_full');
    assert.equal(reply.headers.get('retry-after'), '30');
  });

  it('is 503 for a user whose own queue is full, and not for another', async (t) => {
    const api = await openApi(t, { limits: { maxOpenPerUser: 1 } });
    api.stage.services.tasksEnd = false;
    jobIdOf(await api.request());
    const body = JSON.stringify({ fileList: [{ path: 'a' }] });
    const reply = await api.request({}, body);
    assertRefused(reply, 503, 'user_queue_full');
    assert.equal(reply.headers.get('retry-after'), '30');
    api.as({ ...alice, subject: 'scicat:carol', username: 'carol' });
    jobIdOf(await api.request({}, body));
  });

  it('is 503 with Retry-After when SciCat is down, and goes on when it is up', async (t) => {
    const { request, stage } = await openApi(t);
    let isDown = true;
    stage.services.strike = (name) => (isDown && name === 'scicat.createTransferJob' ? 'outage' : undefined);
    const reply = await request();
    assertRefused(reply, 503, 'unavailable');
    assert.ok(Number(reply.headers.get('retry-after')) > 0);
    isDown = false;
    await stage.untilSettled('id-0');
  });

  it('is 400 with what SciCat said when it refuses the job', async (t) => {
    const { request, stage } = await openApi(t);
    stage.services.strike = (name) =>
      name === 'scicat.createTransferJob'
        ? { kind: 'refused', code: 'x', message: 'no such type' }
        : undefined;
    const reply = await request();
    assertRefused(reply, 400, 'job_refused');
    assert.match(reply.text, /no such type/);
  });

  it('is 403 for a destination that another dataset uses', async (t) => {
    const { request, stage } = await openApi(t);
    const { dataset } = stage.services;
    assert.ok(dataset !== undefined);
    jobIdOf(await request());
    stage.services.dataset = { ...dataset, pid: 'other' };
    assertRefused(await request({ scicatPid: 'other' }), 403, 'destination_used');
  });

  it('is 400 for a dataset that SciCat does not have', async (t) => {
    const { request, stage } = await openApi(t);
    stage.services.dataset = undefined;
    assertRefused(await request(), 400, 'dataset_not_found');
  });

  it('is 500 without a word of what went wrong for a mistake of ours', async (t) => {
    const { ask } = await openApi(t, {
      parts: { list: () => Promise.reject(new Error('secret detail')) },
    });
    const reply = await ask('GET', '/transfer');
    assertRefused(reply, 500, 'internal_error');
    assert.doesNotMatch(reply.text, /secret detail/);
  });
});

describe('a request that is not one', () => {
  const queries: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['an empty facility', { sourceFacility: '' }, /sourceFacility.*empty/],
    ['a pid without end', { scicatPid: 'x'.repeat(5_000) }, /scicatPid.*too long/],
    ['autoArchive that is neither true nor false', { autoArchive: 'yes' }, /autoArchive.*true or false/],
    ['an empty autoArchive', { autoArchive: '' }, /autoArchive.*true or false/],
    ['autoArchive as Go does not read it', { autoArchive: 'tRUE' }, /autoArchive.*true or false/],
  ];
  for (const [name, parameters, message] of queries) {
    it(`is 400 for ${name}`, async (t) => {
      const { request } = await openApi(t);
      const reply = await request(parameters);
      assertRefused(reply, 400, 'query_invalid');
      assert.match(String(reply.json.message), message);
    });
  }

  it('is 400 for a parameter that is missing, or there twice', async (t) => {
    const { ask } = await openApi(t);
    assertRefused(await ask('POST', '/transfer?sourceFacility=LAB'), 400, 'query_invalid');
    const repeated = await ask('POST', '/transfer?sourceFacility=LAB&sourceFacility=B');
    assertRefused(repeated, 400, 'query_invalid');
    assert.match(String(repeated.json.message), /sourceFacility: is there more than once/);
  });

  const bodies: Readonly<Record<string, string>> = {
    'no JSON': '{"fileList":',
    'a list that is none': '{"fileList":{}}',
    'a path that is no text': '{"fileList":[{"path":1}]}',
    'one string of megabytes': `{"fileList":[{"path":"${'a'.repeat(2_000_000)}"}]}`,
    'megabytes beside the list': `{"note":"${'a'.repeat(2_000_000)}","fileList":[{"path":"a"}]}`,
  };
  for (const [name, body] of Object.entries(bodies)) {
    it(`is 400 for a body with ${name}`, async (t) => {
      const { request } = await openApi(t);
      assertRefused(await request({}, body), 400, 'body_invalid');
    });
  }

  it('is 400 for a body beyond 128 MB, before any of it is read', async (t) => {
    const { ask } = await openApi(t);
    const path = `/transfer?${new URLSearchParams(usual)}`;
    const length = String(maxBodyBytes + 1);
    assertRefused(await ask('POST', path, '{}', { 'Content-Length': length }), 400, 'body_too_large');
  });

  it('ignores keys of the body that are not ours', async (t) => {
    const { request, stage } = await openApi(t);
    jobIdOf(await request({}, '{"files":["x"],"fileList":[{"path":"a","size":1,"isSymlink":false}]}'));
    assert.equal((await stage.read('id-0')).authorised.isWholeFolder, false);
  });

  for (const query of [
    'status=running',
    'limit=0',
    'limit=501',
    'limit=x',
    'offset=-1',
    'status=a&status=b',
  ]) {
    it(`is 400 for GET /transfer?${query}`, async (t) => {
      const { ask } = await openApi(t);
      assertRefused(await ask('GET', `/transfer?${query}`), 400, 'query_invalid');
    });
  }

  it('is 404 in JSON for a path that there is not', async (t) => {
    const { ask } = await openApi(t);
    assertRefused(await ask('GET', '/transfers'), 404, 'no_such_path');
    assertRefused(await ask('PUT', '/transfer'), 404, 'no_such_path');
  });
});

describe('a caller', () => {
  for (const [method, path] of [
    ['POST', '/transfer'],
    ['GET', '/transfer'],
    ['GET', '/transfer/job-0'],
    ['DELETE', '/transfer/job-0'],
  ] as const) {
    it(`without an identity gets 401 in JSON for ${method} ${path}`, async (t) => {
      const api = await openApi(t);
      api.as({ kind: 'refused', reason: 'no_identity' });
      assertRefused(await api.ask(method, path), 401, 'no_identity');
    });
  }

  it('whose gateway is down gets 503', async (t) => {
    const outage = new Unavailable({ dependency: 'gateway', reason: 'timeout', message: 'no keys' });
    const api = await openApi(t, { parts: { readCaller: () => Promise.reject(outage) } });
    assertRefused(await api.request(), 503, 'unavailable');
  });

  it('reads that the SciCat backend is too old', async (t) => {
    const message = 'scicat has no v4 jobs: the backend is older than 4.17.1, or scicatUrl is wrong';
    const outage = new Unavailable({ dependency: 'scicat', reason: 'misconfigured', message });
    const api = await openApi(t, { parts: { readCaller: () => Promise.reject(outage) } });
    const reply = await api.request();
    assertRefused(reply, 503, 'unavailable');
    assert.match(reply.text, /older than 4\.17\.1/);
  });

  it('cancelling gets 500 with Retry-After when the gateway is down: that client knows no 503', async (t) => {
    const outage = new Unavailable({ dependency: 'gateway', reason: 'timeout', message: 'no keys' });
    const api = await openApi(t, { parts: { readCaller: () => Promise.reject(outage) } });
    const reply = await api.ask('DELETE', '/transfer/job-0');
    assertRefused(reply, 500, 'unavailable');
    assert.ok(Number(reply.headers.get('retry-after')) > 0);
  });

  it('of another realm gets 403', async (t) => {
    const api = await openApi(t);
    api.as({ ...alice, realm: 'keycloak' });
    assertRefused(await api.request(), 403, 'realm_not_mapped');
  });

  it('who is no member of the ownerGroup gets 403, and so does one without the facility', async (t) => {
    const api = await openApi(t);
    api.as({ ...alice, groups: ['LAB', 'ARCHIVE'] });
    assertRefused(await api.request(), 403, 'dataset_not_allowed');
    api.as({ ...alice, groups: ['LAB', 'p1'] });
    assertRefused(await api.request(), 403, 'facility_not_allowed');
  });

  it('who names a folder outside of the bounds gets 403, and nothing is stored', async (t) => {
    const bounded = facility({ sourceWithin: pathTemplate('/p2') });
    const api = await openApi(t, { facilities: [bounded, facility({ name: 'ARCHIVE', collection: 'x' })] });
    assertRefused(await api.request(), 403, 'path_outside_bounds');
    assert.equal((await api.ask('GET', '/transfer')).json.total, 0);
  });

  it('needs none for the version and the description', async (t) => {
    const api = await openApi(t);
    api.as({ kind: 'refused', reason: 'no_identity' });
    assert.deepEqual((await api.ask('GET', '/version')).json, { version: '1.2.3' });
    assert.match((await api.ask('GET', '/openapi.yaml')).text, /^openapi: 3/);
    assert.equal((await api.ask('GET', '/docs/index.html')).status, 200);
  });
});

describe('GET /transfer', () => {
  it('shows a transfer to its owner and to its ownerGroup, and to nobody else', async (t) => {
    const api = await openApi(t);
    const jobId = jobIdOf(await api.request());
    assert.equal((await api.ask('GET', `/transfer/${jobId}`)).json.jobId, jobId);
    api.as({ ...bob, groups: ['p1'] });
    assert.equal((await api.ask('GET', `/transfer/${jobId}`)).status, 200);
    api.as(bob);
    assertRefused(await api.ask('GET', `/transfer/${jobId}`), 403, 'transfer_not_allowed');
    assert.equal((await api.ask('GET', '/transfer')).json.total, 0);
  });

  it('takes no other realm’s group for the ownerGroup', async (t) => {
    const api = await openApi(t);
    const jobId = jobIdOf(await api.request());
    api.as({ ...bob, realm: 'keycloak', groups: ['p1'] });
    assertRefused(await api.ask('GET', `/transfer/${jobId}`), 403, 'transfer_not_allowed');
    assert.equal((await api.ask('GET', '/transfer')).json.total, 0);
  });

  it('filters by status', async (t) => {
    const api = await openApi(t);
    await api.stage.untilSettled(await api.request().then(() => 'id-0'));
    assert.equal((await api.ask('GET', '/transfer?status=finished,failed')).json.total, 1);
    assert.equal((await api.ask('GET', '/transfer?status=waiting')).json.total, 0);
  });

  it('is 404 for a job that we do not hold, whatever SciCat says', async (t) => {
    const { ask } = await openApi(t);
    assertRefused(await ask('GET', '/transfer/elsewhere'), 404, 'transfer_not_found');
  });
});

describe('DELETE /transfer', () => {
  it('cancels, and answers how it stands', async (t) => {
    const api = await openApi(t);
    api.stage.services.tasksEnd = false;
    const jobId = jobIdOf(await api.request());
    const reply = await api.ask('DELETE', `/transfer/${jobId}`);
    assert.deepEqual([reply.status, reply.json.status], [200, 'cancelled']);
  });

  it('is kept over an outage, and answers 200: that client knows no 503', async (t) => {
    const api = await openApi(t);
    api.stage.services.tasksEnd = false;
    const jobId = jobIdOf(await api.request());
    await api.stage.untilState('id-0', 'transferring');
    api.stage.services.strike = (name) => (name === 'globus.cancel' ? 'outage' : undefined);
    const reply = await api.ask('DELETE', `/transfer/${jobId}`);
    assert.deepEqual([reply.status, reply.json.cancelRequested], [200, true]);
    api.stage.services.strike = () => undefined;
    assert.equal((await api.stage.untilSettled('id-0')).state, 'cancelled');
  });

  it('is 403 for who is neither owner nor of the ownerGroup', async (t) => {
    const api = await openApi(t);
    const jobId = jobIdOf(await api.request());
    api.as(bob);
    assertRefused(await api.ask('DELETE', `/transfer/${jobId}`), 403, 'transfer_not_allowed');
  });

  it('is 400 for a job that we do not hold: that client knows no 404', async (t) => {
    const { ask } = await openApi(t);
    assertRefused(await ask('DELETE', '/transfer/elsewhere'), 400, 'transfer_not_found');
  });

  it('is 400 for delete that is neither true nor false', async (t) => {
    const { ask } = await openApi(t);
    assertRefused(await ask('DELETE', '/transfer/job-0?delete=yes'), 400, 'query_invalid');
  });

  it('says so where SciCat keeps the job', async (t) => {
    const api = await openApi(t);
    api.stage.services.strike = (name) =>
      name === 'scicat.deleteJob' ? { kind: 'refused', code: 'scicat_403', message: 'no' } : undefined;
    const jobId = jobIdOf(await api.request());
    assertRefused(await api.ask('DELETE', `/transfer/${jobId}?delete=true`), 400, 'job_not_deleted');
  });
});

describe('the pages', () => {
  it('come from this server alone, under a strict policy', async (t) => {
    const { ask } = await openApi(t);
    const page = await ask('GET', '/docs/index.html');
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self'/);
    assert.doesNotMatch(page.text, /https?:\/\/|<script>|<style/);
    const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    assert.ok(parts.length >= 4);
    for (const part of parts) assert.equal((await ask('GET', `/docs/${part}`)).status, 200, part);
  });
});
