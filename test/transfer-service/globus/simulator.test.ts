// The Globus client's main path, and lost answers, against the simulator.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { machineClock } from '../../../platform/clock.ts';
import { Secret } from '../../../platform/config/secrets.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { createGlobus } from '../../../transfer-service/globus/client.ts';
import { transferScope } from '../../../transfer-service/globus/scopes.ts';
import type { Submission } from '../../../transfer-service/types.ts';
import { type GlobusOptions, startGlobus } from '../../simulators/globus/start.ts';
import { usualOptions } from './submit-options.ts';

const sourceId = '11111111-1111-4111-8111-111111111111';
const destinationId = '22222222-2222-4222-8222-222222222222';
const guestId = '33333333-3333-4333-8333-333333333333';

const scopeOf = (collection: string) =>
  `${transferScope}[*https://auth.globus.org/scopes/${collection}/data_access]`;
const scopes = [scopeOf(sourceId), scopeOf(destinationId)];

async function start(t: TestContext, options: Omit<GlobusOptions, 'collections'> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'beamgate-globus-'));
  for (const folder of ['source/p1/run7', 'destination', 'guest']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await writeFile(join(root, 'source/p1/run7/a.tif'), 'some data');
  const simulator = await startGlobus({
    ...options,
    collections: [
      { id: sourceId, name: 'LAB', folder: join(root, 'source'), kind: 'mapped' },
      { id: destinationId, name: 'ARCHIVE', folder: join(root, 'destination'), kind: 'mapped' },
      { id: guestId, name: 'GUEST', folder: join(root, 'guest'), kind: 'guest' },
    ],
  });
  // In this order: it may be copying files yet, and what is not ended keeps the test's process for ever.
  t.after(async () => {
    await simulator.stop();
    await rm(root, { recursive: true, force: true });
  });
  const [account] = simulator.accounts;
  assert.ok(account !== undefined);
  const globus = createGlobus({
    requestsPerSecond: 1000,
    clientId: account.clientId,
    clientSecret: new Secret('a test', account.clientSecret),
    authUrl: simulator.authUrl,
    transferUrl: simulator.transferUrl,
    ...usualOptions,
    timeoutMs: 5000,
    maxBytes: 1_000_000,
    retry: { attempts: 3, firstDelayMs: 5, maxDelayMs: 1500 },
    onCall: () => {},
    clock: machineClock,
  });
  return { simulator, globus, root };
}

function folder(submissionId: string, overrides: Partial<Submission> = {}): Submission {
  return {
    submissionId,
    sourceCollection: sourceId,
    destinationCollection: destinationId,
    label: 'beamgate t-1',
    isRepeat: false,
    items: [{ kind: 'folder', sourcePath: '/p1/run7', destinationPath: '/archive/run7' }],
    ...overrides,
  };
}

test('moves a folder', async (t) => {
  const { simulator, globus, root } = await start(t);
  const submitted = await globus.submit(folder(await globus.fetchSubmissionId(scopes)), scopes);
  assert.ok(submitted.kind === 'accepted', JSON.stringify(submitted));
  await simulator.ended(submitted.taskId);
  const task = await globus.fetchTask(submitted.taskId);
  assert.equal(task?.status, 'SUCCEEDED');
  assert.equal(task?.filesTransferred, 1);
  assert.equal(await readFile(join(root, 'destination/archive/run7/a.tif'), 'utf8'), 'some data');
  assert.deepEqual(await globus.fetchOpenTasks(), []);
});

test('a submit whose answer was lost is done once', async (t) => {
  const { simulator, globus } = await start(t);
  const submission = folder(await globus.fetchSubmissionId(scopes));
  simulator.faults.add({
    method: 'POST',
    path: /^\/v0\.10\/transfer$/,
    times: 1,
    fault: { kind: 'answer_lost' },
  });
  await assert.rejects(globus.submit(submission, scopes), Unavailable);
  const submitted = await globus.submit(submission, scopes);
  assert.equal(submitted.kind, 'accepted');
  assert.equal(simulator.tasks().length, 1);
});

test('open tasks are listed, found by label, and cancelled', async (t) => {
  const { simulator, globus } = await start(t, { bytesPerSecond: 1 });
  const submitted = await globus.submit(folder(await globus.fetchSubmissionId(scopes)), scopes);
  assert.ok(submitted.kind === 'accepted');
  const { taskId } = submitted;
  assert.deepEqual(
    (await globus.fetchOpenTasks()).map((task) => task.taskId),
    [taskId],
  );
  assert.equal((await globus.findTaskByLabel('beamgate t-1'))?.taskId, taskId);
  assert.equal((await globus.cancel(taskId)).kind, 'cancelled');
  await simulator.ended(taskId);
  const task = await globus.fetchTask(taskId);
  assert.equal(task?.status, 'FAILED');
  assert.equal(task?.fatalError?.code, 'CANCELED');
});

test('a collection without data_access does not stop the others', async (t) => {
  const { globus } = await start(t);
  assert.deepEqual(await globus.fetchUnavailableScopes([...scopes, scopeOf(guestId)]), [scopeOf(guestId)]);
  await assert.rejects(globus.fetchSubmissionId([scopeOf(guestId)]), Unavailable);
  assert.ok((await globus.fetchSubmissionId(scopes)).length > 0);
});

test('a missing consent is got on the way', async (t) => {
  const { globus } = await start(t);
  const submission = folder(await globus.fetchSubmissionId([]));
  assert.equal((await globus.submit(submission, [])).kind, 'accepted');
});

test('tokens that Globus ends early are replaced', async (t) => {
  const { simulator, globus } = await start(t);
  await globus.fetchSubmissionId(scopes);
  simulator.expireTokens();
  assert.ok((await globus.fetchSubmissionId(scopes)).length > 0);
});

test('a collection that the account may not use is a refusal', async (t) => {
  const { simulator, globus } = await start(t);
  simulator.setPermitted(sourceId, false);
  const submitted = await globus.submit(folder(await globus.fetchSubmissionId(scopes)), scopes);
  assert.equal(submitted.kind, 'refused');
});

test('an unknown task is undefined', async (t) => {
  const { globus } = await start(t);
  assert.equal(await globus.fetchTask('44444444-4444-4444-8444-444444444444'), undefined);
});

test('calls beyond what Globus takes in ten seconds are told when to come back', async (t) => {
  const { globus } = await start(t, { requestsPerSecond: 1 });
  const results = await Promise.allSettled(Array.from({ length: 12 }, () => globus.fetchOpenTasks()));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  assert.equal(refused.length, 2);
  for (const error of refused) {
    assert.ok(error instanceof Unavailable && error.reason === 'busy');
    assert.ok((error.askedSeconds ?? 0) > 5, `${error.askedSeconds} s`);
  }
});
