// A dataset that is asked for again goes on from what its earlier transfers have moved, as a retry does.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import { type AskOptions, jobIdOf, type Scene, startScene } from './scene.ts';

async function untilReported(scene: Scene, jobId: string) {
  const { scicat } = scene.facility;
  const ends = ['003', '004', '997', '998'];
  await waitFor(`job ${jobId} says how it ended`, () => ends.includes(scicat.job(jobId)?.statusCode ?? ''));
  const job = scicat.job(jobId);
  return { code: job?.statusCode, message: job?.statusMessage, result: job?.jobResultObject };
}

async function move(scene: Scene, asked: AskOptions = {}) {
  return untilReported(scene, jobIdOf(await scene.request({}, asked)));
}

/** The first file has arrived, the others are under way: then it is cancelled. */
async function cancelledHalfway(t: TestContext, deleteJob = false): Promise<Scene> {
  const scene = await startScene(t, {
    facility: { fileBytes: 200_000, scicat: { groups: { deleteJob: ['admin'] } } },
  });
  const { globus } = scene.facility;
  globus.setBytesPerSecond(400_000);
  const jobId = jobIdOf(await scene.request());
  await waitFor('a file has arrived', () => (globus.tasks()[0]?.filesTransferred ?? 0) > 0);
  const path = `/transfer/${jobId}${deleteJob ? '?delete=true' : ''}`;
  assert.equal((await scene.ask('DELETE', path)).status, 200);
  await scene.until(jobId, 'cancelled');
  globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
  return scene;
}

describe('a dataset that is asked for again', () => {
  it('completes after a cancel, with what had arrived before', async (t) => {
    const scene = await cancelledHalfway(t);
    const { code, message } = await move(scene);
    assert.deepEqual([code, message], ['003', 'finished']);
    assert.ok(scene.facility.globus.tasks().at(-1)?.filesSkipped);
    assert.ok(scene.facility.scicat.isArchivable(scene.facility.datasets.run7.pid));
  });

  it('completes after a cancel that deleted the job', async (t) => {
    const scene = await cancelledHalfway(t, true);
    assert.equal((await move(scene)).code, '003');
  });

  it('completes when another member of its group asks', async (t) => {
    const scene = await cancelledHalfway(t);
    assert.equal((await move(scene, { username: 'carol' })).code, '003');
  });

  it('completes with a file list after a whole folder', async (t) => {
    const scene = await cancelledHalfway(t);
    const fileList = scene.facility.datasets.run7.entries.map(({ path }) => ({ path, isSymlink: false }));
    assert.equal((await move(scene, { body: JSON.stringify({ fileList }) })).code, '003');
  });

  it('is complete when it has been finished already', async (t) => {
    const scene = await startScene(t, { facility: { fileBytes: 1000 } });
    assert.equal((await move(scene)).code, '003');
    const again = await move(scene);
    assert.deepEqual([again.code, again.message], ['003', 'finished']);
    assert.equal(again.result?.filesTransferred, 0);
  });

  it('compares by content, whatever the file says of first transfers', async (t) => {
    const edit = (text: string) => text.replace('itemsPerTask: 2', 'itemsPerTask: 2, syncLevel: exists');
    const scene = await startScene(t, { facility: { fileBytes: 1000 }, edit });
    const { globus, datasets, destination } = scene.facility;
    assert.equal((await move(scene)).code, '003');
    const arrived = join(destination.folder, 'received', datasets.run7.relativeFolder, 'a.tif');
    await writeFile(arrived, Buffer.alloc(1000, 7));
    assert.equal((await move(scene)).code, '003');
    assert.deepEqual(
      globus.tasks().map(({ options }) => options.sync_level),
      [0, 3],
    );
  });

  it('does not count files that none of its transfers has moved', async (t) => {
    const scene = await startScene(t, { facility: { fileBytes: 1000 } });
    const { datasets, destination, source, globus } = scene.facility;
    const there = join(destination.folder, 'received', datasets.run7.relativeFolder);
    const here = join(source.folder, datasets.run7.relativeFolder);
    for (const { path } of datasets.run7.files) {
      await mkdir(dirname(join(there, path)), { recursive: true });
      await writeFile(join(there, path), await readFile(join(here, path)));
    }
    assert.equal((await move(scene)).code, '997');
    assert.equal((await move(scene)).code, '997');
    await rm(there, { recursive: true });
    assert.equal((await move(scene)).code, '003');
    assert.equal(globus.tasks().length, 3);
  });
});
