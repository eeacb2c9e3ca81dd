// The whole service between the simulators: what it moves, what it says, and that a stop in the middle loses nothing.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import { jobIdOf, type Scene, startScene } from './scene.ts';

async function assertArrived({ facility }: Scene, paths?: readonly string[]): Promise<void> {
  const { relativeFolder, files } = facility.datasets.run7;
  for (const path of paths ?? files.map((file) => file.path)) {
    const [sent, received] = await Promise.all([
      readFile(join(facility.source.folder, relativeFolder, path)),
      readFile(join(facility.destination.folder, 'received', relativeFolder, path)),
    ]);
    assert.ok(sent.equals(received), `${path} differs`);
  }
}

async function assertReported(scene: Scene, jobId: string, statusCode: string): Promise<void> {
  await waitFor(
    `job ${jobId} says ${statusCode}`,
    () => scene.facility.scicat.job(jobId)?.statusCode === statusCode,
  );
}

test('moves a dataset from the request to the finished job', async (t) => {
  const scene = await startScene(t);
  const jobId = jobIdOf(await scene.request());
  const transfer = await scene.until(jobId, 'finished');
  await assertArrived(scene);
  await assertReported(scene, jobId, '003');
  assert.equal(transfer.filesTransferred, 3);
  assert.equal(transfer.archivable, true, JSON.stringify(transfer));
  const { jobResultObject } = scene.facility.scicat.job(jobId) ?? {};
  assert.equal(jobResultObject?.status, 'finished');
  assert.equal(scene.facility.globus.tasks().length, 1);
});

test('archives in the name of who asked, when that is wished', async (t) => {
  const scene = await startScene(t);
  const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }));
  const transfer = await scene.until(jobId, 'finished');
  const archive = scene.facility.scicat.jobs().filter(({ type }) => type === 'archive');
  assert.deepEqual(
    archive.map(({ id }) => id),
    [transfer.archiveJobId],
  );
  assert.match(JSON.stringify(archive[0]), /alice/);
});

test('moves the files of a list in several tasks under one job', async (t) => {
  const scene = await startScene(t);
  const fileList = scene.facility.datasets.run7.files.map(({ path }) => ({ path, isSymlink: false }));
  const jobId = jobIdOf(await scene.request({}, { body: JSON.stringify({ fileList }) }));
  const transfer = await scene.until(jobId, 'finished');
  await assertArrived(scene);
  assert.equal(scene.facility.globus.tasks().length, 2);
  assert.equal(transfer.archivable, true, JSON.stringify(transfer));
  await assertReported(scene, jobId, '003');
});

test('says 997 and what is missing of a list that covers the dataset in part', async (t) => {
  const scene = await startScene(t);
  const body = JSON.stringify({ fileList: [{ path: 'a.tif', isSymlink: false }] });
  const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }, { body }));
  const transfer = await scene.until(jobId, 'finished');
  await assertArrived(scene, ['a.tif']);
  await assertReported(scene, jobId, '997');
  assert.match(String(transfer.message), /sub\/b\.tif/);
  assert.equal(scene.facility.scicat.jobs().length, 1);
});

test('answers a repeated request with the same job', async (t) => {
  const scene = await startScene(t);
  scene.facility.globus.setBytesPerSecond(1_000);
  const replies = await Promise.all([scene.request(), scene.request(), scene.request()]);
  const [first, ...others] = replies.map(jobIdOf);
  assert.deepEqual(others, [first, first]);
  assert.equal(scene.facility.scicat.jobs().length, 1);
});

test('cancels at Globus and says so in the job', async (t) => {
  const scene = await startScene(t);
  scene.facility.globus.setBytesPerSecond(1_000);
  const jobId = jobIdOf(await scene.request());
  await scene.until(jobId, 'transferring');
  const reply = await scene.ask('DELETE', `/transfer/${jobId}`);
  assert.deepEqual([reply.status, reply.json.status], [200, 'cancelled'], reply.text);
  assert.equal(scene.facility.globus.tasks()[0]?.fatalErrorCode, 'CANCELED');
  await assertReported(scene, jobId, '004');
});

test('says so when SciCat does not let it delete the job, and tells the job of the end', async (t) => {
  const scene = await startScene(t);
  scene.facility.globus.setBytesPerSecond(1_000);
  const jobId = jobIdOf(await scene.request());
  const reply = await scene.ask('DELETE', `/transfer/${jobId}?delete=true`);
  assert.deepEqual([reply.status, reply.json.reason], [400, 'job_not_deleted']);
  await assertReported(scene, jobId, '004');
});

test('removes the job of a cancelled transfer where that is wished', async (t) => {
  const scene = await startScene(t, { facility: { scicat: { groups: { deleteJob: ['admin'] } } } });
  scene.facility.globus.setBytesPerSecond(1_000);
  const jobId = jobIdOf(await scene.request());
  const reply = await scene.ask('DELETE', `/transfer/${jobId}?delete=true`);
  assert.equal(reply.json.status, 'cancelled');
  assert.equal(scene.facility.scicat.job(jobId), undefined);
});

test('goes on after a stop in the middle', async (t) => {
  const scene = await startScene(t);
  scene.facility.globus.setBytesPerSecond(200_000);
  const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }));
  await scene.until(jobId, 'transferring');
  await scene.stop();
  scene.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
  await scene.start();
  await scene.until(jobId, 'finished');
  await assertArrived(scene);
  await assertReported(scene, jobId, '003');
  assert.equal(scene.facility.globus.tasks().length, 1);
  assert.equal(scene.facility.scicat.jobs().length, 2);
});

test('is told apart by SciCat and Globus from no answer at all: nothing is doubled', async (t) => {
  const scene = await startScene(t);
  const lost = { kind: 'answer_lost' } as const;
  const { scicat, globus } = scene.facility;
  scicat.faults.add({ method: 'POST', path: /\/jobs$/, times: 1, fault: lost });
  globus.faults.add({ method: 'POST', path: /\/transfer$/, times: 1, fault: lost });
  const first = await scene.request({ autoArchive: 'true' });
  assert.deepEqual([first.status, first.json.reason], [503, 'unavailable']);
  assert.ok(Number(first.headers.get('retry-after')) > 0);
  const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }));
  await scene.until(jobId, 'finished');
  assert.equal(globus.tasks().length, 1);
  assert.equal(scicat.jobs().filter(({ type }) => type === 'globus_transfer_job').length, 1);
});

test('follows a transfer on whose request met an outage, and nobody repeats it', async (t) => {
  const scene = await startScene(t);
  const { scicat, globus } = scene.facility;
  scicat.faults.add({ method: 'POST', path: /\/jobs$/, times: 1, fault: { kind: 'reset' } });
  assert.equal((await scene.request()).status, 503);
  await waitFor('the data is moved all the same', () => globus.tasks()[0]?.status === 'SUCCEEDED');
  await waitFor('the job says so', () => scicat.jobs()[0]?.statusCode === '003');
});

test('ends within seconds while Globus hangs, and loses nothing', async (t) => {
  const scene = await startScene(t);
  const release = scene.facility.globus.faults.add({
    path: /submission_id|\/transfer$/,
    fault: { kind: 'hang' },
  });
  const jobId = jobIdOf(await scene.request());
  await waitFor('Globus is asked', () =>
    scene.facility.globus.requests.some(({ fault }) => fault === 'hang'),
  );
  const startedAt = performance.now();
  await scene.stop();
  assert.ok(performance.now() - startedAt < 5_000);
  release();
  await scene.start();
  await scene.until(jobId, 'finished');
  assert.equal(scene.facility.globus.tasks().length, 1);
});

test('answers for the next one while Globus hangs over the last', async (t) => {
  const scene = await startScene(t);
  scene.facility.globus.faults.add({ path: /./, fault: { kind: 'hang' } });
  jobIdOf(await scene.request());
  const { linked } = scene.facility.datasets;
  jobIdOf(await scene.request({ scicatPid: linked.pid }));
});

test('logs one line each for a transfer accepted, submitted and ended, and counts its end', async (t) => {
  const scene = await startScene(t);
  const jobId = jobIdOf(await scene.request());
  await scene.until(jobId, 'finished');
  for (const message of ['transfer accepted', 'transfer submitted', 'transfer ended']) {
    const lines = scene
      .logged()
      .split('\n')
      .filter((line) => line.includes(`"msg":"${message}"`));
    assert.equal(lines.length, 1, message);
    const { pid } = scene.facility.datasets.run7;
    for (const part of [jobId, pid, 'FAC-A', 'FAC-B', '"username":"alice"'])
      assert.ok(lines[0]?.includes(part), `${message}: ${part}`);
  }
  assert.match(
    scene.logged(),
    /"state":"finished","reason":"complete","files":\d+,"bytes":4001000,"seconds":\d+/,
  );
  const { text } = await scene.askOperations('/metrics');
  assert.match(text, /beamgate_transfers_ended_total\{state="finished",reason="complete",[^}]*\} 1/);
});

test('counts transfers, bytes, calls and answers', async (t) => {
  const scene = await startScene(t);
  await scene.until(jobIdOf(await scene.request()), 'finished');
  const { text } = await scene.askOperations('/metrics');
  assert.match(text, /beamgate_transfers\{state="finished",service="transfer-service"\} 1/);
  assert.match(text, /beamgate_transferred_bytes_total\{[^}]*\} 4001000/);
  assert.match(text, /beamgate_dependency_calls_total\{dependency="globus",outcome="2xx"/);
  assert.match(text, /beamgate_transfer_api_answers_total\{route="POST \/transfer",status="200"/);
  assert.equal((await scene.askOperations('/health/ready')).json.status, 'ok');
});

test('logs who asked for what by its pattern, and no credential and no query', async (t) => {
  const scene = await startScene(t);
  const headers = { Authorization: 'Bearer top-secret', Cookie: 'session=top-secret' };
  await scene.until(jobIdOf(await scene.request({}, { headers })), 'finished');
  assert.match(scene.logged(), /"route":"POST \/transfer","status":200,"username":"alice"/);
  assert.doesNotMatch(scene.logged(), /top-secret|collectionRootPath|scicatPid/);
  assert.ok(!scene.logged().includes(scene.facility.globusAccount.clientSecret));
});
