// docs/operating.md, "Backup and restore": a copy made while the service was stopped, put back later.
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { waitFor } from '../end-to-end/wait-for.ts';
import { jobIdOf, type Scene, startScene } from './scene.ts';

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
  await archive(scene);
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
  assert.equal(scicat.requests.filter(({ path }) => path.endsWith('/datasetlifecycle')).length, 1);
  assert.deepEqual(lifecycleOf(scene), archived);
});

const archived = { archivable: false, retrievable: true, archiveStatusMessage: 'datasetOnArchiveDisk' };

/** As an archive system tells SciCat that it has the data. */
async function archive({ facility }: Scene): Promise<void> {
  const { scicat, datasets, accounts } = facility;
  const token = await scicat.tokenFor(accounts.svcAdmin.username);
  const answer = await fetch(`${scicat.url}/api/v3/datasets/${encodeURIComponent(datasets.run7.pid)}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ datasetlifecycle: archived }),
  });
  assert.equal(answer.status, 200);
}

function lifecycleOf({ facility }: Scene) {
  const lifecycle = facility.scicat.dataset(facility.datasets.run7.pid)?.datasetlifecycle;
  return z
    .object({ archivable: z.boolean(), retrievable: z.boolean(), archiveStatusMessage: z.string() })
    .parse(lifecycle);
}
