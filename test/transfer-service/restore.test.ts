// docs/operating.md, "Backup and restore": a copy made while the service was stopped, put back later.
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import { jobIdOf, startScene } from './scene.ts';

test('a transfer that ended after the backup is found ended again, and nothing is done twice', async (t) => {
  const scene = await startScene(t);
  const { globus, scicat, root } = scene.facility;
  const [file, backup] = ['transfers.sqlite', 'backup.sqlite'].map((name) => join(root, name));
  assert.ok(file !== undefined && backup !== undefined);
  globus.setBytesPerSecond(1_000);
  const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }));
  await scene.until(jobId, 'transferring');
  await scene.stop();
  await copyFile(file, backup);
  await scene.start();
  globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
  await scene.until(jobId, 'finished');
  await scene.stop();
  await copyFile(backup, file);
  await scene.start();
  await scene.until(jobId, 'finished');
  await waitFor('the job says so', () => scicat.job(jobId)?.statusCode === '003');
  assert.equal(globus.tasks().length, 1);
  assert.deepEqual(
    scicat
      .jobs()
      .map(({ type }) => type)
      .sort(),
    ['archive', 'globus_transfer_job'],
  );
});
