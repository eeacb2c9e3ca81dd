// POST /transfer/{id}/retry as clients meet it: who may, what is answered, and what Globus then makes of files that
// are there already.
import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import { alice, assertRefused, openApi } from './api.ts';
import { facility } from './facility.ts';
import { jobIdOf, startScene } from './scene.ts';

/** SciCat lists no files, so the transfer falls short; then it does. */
async function fellShort(t: TestContext, options: Parameters<typeof openApi>[1] = {}, body?: string) {
  const api = await openApi(t, options);
  const { files } = api.stage.services;
  api.stage.services.files = [];
  assert.equal((await api.request({ autoArchive: 'true' }, body)).status, 200);
  await api.stage.untilSettled('id-0');
  api.stage.services.files = files;
  return api;
}

describe('POST /transfer/{id}/retry', () => {
  it('begins a new attempt under the same job, and GET shows both', async (t) => {
    const { ask, stage } = await fellShort(t);
    const reply = await ask('POST', '/transfer/job-0/retry');
    assert.deepEqual([reply.status, reply.json.jobId, reply.json.attempt], [200, 'job-0', 2]);
    await stage.untilSettled('id-0');
    const { json } = await ask('GET', '/transfer/job-0');
    assert.deepEqual([json.status, json.reason, json.attempt], ['finished', null, 2]);
    assert.match(JSON.stringify(json.pastAttempts), /"attempt":1.*"status":"finished","reason":"incomplete"/);
    assert.match(JSON.stringify(json.history), /"attempt":2,"state":"recorded","at":"2026-/);
  });

  it('is one attempt when the answer was lost and it is asked again, even after its end', async (t) => {
    const { ask, stage } = await fellShort(t);
    stage.services.files = [];
    assert.equal((await ask('POST', '/transfer/job-0/retry?attempt=2')).status, 200);
    await stage.untilSettled('id-0');
    const again = await ask('POST', '/transfer/job-0/retry?attempt=2');
    assert.deepEqual([again.status, again.json.attempt, again.json.reason], [200, 2, 'incomplete']);
  });

  it('is 400 for an attempt that no retry begins', async (t) => {
    const { ask } = await fellShort(t);
    for (const attempt of ['0', '1', '-1', '2.5', 'two', '', '2&attempt=2'])
      assertRefused(await ask('POST', `/transfer/job-0/retry?attempt=${attempt}`), 400, 'query_invalid');
  });

  it('is one attempt when it is asked for many times at once', async (t) => {
    const { ask, stage } = await fellShort(t);
    const replies = await Promise.all(
      [1, 2, 3, 4].map((attempt) => ask('POST', `/transfer/job-0/retry${attempt % 2 ? '' : '?attempt=2'}`)),
    );
    assert.deepEqual(
      replies.map(({ status, json }) => [status, json.attempt]),
      [1, 2, 3, 4].map(() => [200, 2]),
    );
    await stage.untilSettled('id-0');
    assert.deepEqual([stage.services.tasks.size, stage.services.archiveJobs.length], [2, 1]);
  });

  it('is 409 for what is complete', async (t) => {
    const { ask, request, stage } = await openApi(t);
    await request();
    await stage.untilSettled('id-0');
    assertRefused(await ask('POST', '/transfer/job-0/retry'), 409, 'retry_not_possible');
  });

  it('is 404 for what there is not, and 403 for who may not see it', async (t) => {
    const api = await fellShort(t);
    assertRefused(await api.ask('POST', '/transfer/elsewhere/retry'), 404, 'transfer_not_found');
    api.as({ ...alice, subject: 'scicat:bob', groups: [] });
    assertRefused(await api.ask('POST', '/transfer/job-0/retry'), 403, 'transfer_not_allowed');
  });

  it('is for another member of the group, in the name and to the folder of who asked first', async (t) => {
    const api = await fellShort(t);
    api.as({ ...alice, subject: 'scicat:bob', username: 'bob' });
    assert.equal((await api.ask('POST', '/transfer/job-0/retry')).status, 200);
    await api.stage.untilSettled('id-0');
    assert.deepEqual(
      api.stage.services.archiveJobs.map(({ username }) => username),
      ['alice'],
    );
  });

  it('is 403 for its owner who may not use a facility any more, or has left the group', async (t) => {
    const api = await fellShort(t);
    api.as({ ...alice, groups: ['p1', 'LAB'] });
    assertRefused(await api.ask('POST', '/transfer/job-0/retry'), 403, 'facility_not_allowed');
    api.as({ ...alice, groups: ['LAB', 'ARCHIVE'] });
    assertRefused(await api.ask('POST', '/transfer/job-0/retry'), 403, 'dataset_not_allowed');
    api.as({ ...alice, realm: 'keycloak' });
    assertRefused(await api.ask('POST', '/transfer/job-0/retry'), 403, 'realm_not_mapped');
    assert.equal((await api.stage.read('id-0')).attempt, 1);
  });

  it('is 409 for a dataset that has moved, and 400 for one that is gone', async (t) => {
    const { ask, stage } = await fellShort(t);
    const { dataset } = stage.services;
    assert.ok(dataset !== undefined);
    stage.services.dataset = { ...dataset, sourceFolder: '/data/p1/other' };
    assertRefused(await ask('POST', '/transfer/job-0/retry'), 409, 'retry_not_possible');
    stage.services.dataset = undefined;
    assertRefused(await ask('POST', '/transfer/job-0/retry'), 400, 'dataset_not_found');
  });

  it('is 409 for a list with links where the facilities allow none any more', async (t) => {
    const lab = facility({ allowSymlinks: true });
    const archive = facility({
      name: 'ARCHIVE',
      collection: '22222222-2222-4222-8222-222222222222',
      access: { kind: 'everyone' },
      allowSymlinks: true,
    });
    const body = JSON.stringify({ fileList: [{ path: 'a' }, { path: 'l', isSymlink: true }] });
    const { ask, facilities } = await fellShort(t, { facilities: [lab, archive] }, body);
    facilities.set('ARCHIVE', { ...archive, allowSymlinks: false });
    assertRefused(await ask('POST', '/transfer/job-0/retry'), 409, 'retry_not_possible');
    facilities.set('ARCHIVE', archive);
    assert.equal((await ask('POST', '/transfer/job-0/retry')).status, 200);
  });

  it('is 503 while the queue is full', async (t) => {
    const api = await fellShort(t, { limits: { maxOpen: 1 } });
    api.stage.services.tasksEnd = false;
    assert.equal((await api.request({}, JSON.stringify({ fileList: [{ path: 'a' }] }))).status, 200);
    const reply = await api.ask('POST', '/transfer/job-0/retry');
    assertRefused(reply, 503, 'queue_full');
    assert.equal(reply.headers.get('retry-after'), '30');
  });
});

describe('files that are at the destination already', () => {
  it('fall short at first, since nobody knows whose they are, and count as arrived in a retry', async (t) => {
    const scene = await startScene(t);
    const { source, destination, datasets } = scene.facility;
    const there = join(destination.folder, 'received', datasets.run7.relativeFolder);
    // Not by a transfer of this service: what one of those has moved counts as arrived at once.
    await cp(join(source.folder, datasets.run7.relativeFolder), there, { recursive: true });
    const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }));
    const short = await scene.until(jobId, 'finished');
    assert.deepEqual([short.reason, short.filesSkipped], ['incomplete', 3]);
    const reply = await scene.ask('POST', `/transfer/${jobId}/retry`);
    assert.deepEqual([reply.status, reply.json.attempt], [200, 2], reply.text);
    const whole = await scene.until(jobId, 'finished');
    assert.deepEqual([whole.reason, whole.filesSkipped, whole.archivable], [null, 3, true]);
    await waitFor('the job says so', () => scene.facility.scicat.job(jobId)?.statusCode === '003');
  });

  it('are kept by a retry after a failure, which moves the rest', async (t) => {
    const scene = await startScene(t);
    const { source, destination, datasets, globus } = scene.facility;
    const missing = join(source.folder, datasets.run7.relativeFolder, 'sub/b.tif');
    const content = await readFile(missing);
    await rm(missing);
    const body = JSON.stringify({ fileList: datasets.run7.files.map(({ path }) => ({ path })) });
    const jobId = jobIdOf(await scene.request({}, { body }));
    await waitFor('a fault', () => globus.tasks().some(({ faults }) => faults > 0));
    await waitFor('one has arrived', () =>
      globus.tasks().some(({ filesTransferred }) => filesTransferred > 0),
    );
    const hindered = globus.tasks().find(({ faults }) => faults > 0);
    globus.fail(hindered?.taskId ?? '', { code: 'FILE_NOT_FOUND', description: 'no such file' });
    await scene.until(jobId, 'failed');
    await writeFile(missing, content);
    assert.equal((await scene.ask('POST', `/transfer/${jobId}/retry?attempt=2`)).status, 200);
    const whole = await scene.until(jobId, 'finished');
    assert.equal(whole.reason, null, JSON.stringify(whole));
    const arrived = join(destination.folder, 'received', datasets.run7.relativeFolder, 'sub/b.tif');
    assert.deepEqual(await readFile(arrived), content);
  });
});
