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
