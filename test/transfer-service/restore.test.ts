// docs/operating.md, "Backup and restore": a copy of the database, made in each way that the page names, put back later.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { waitFor } from '../end-to-end/wait-for.ts';
import type { Facility } from '../simulators/facility.ts';
import { requestPatiently, startSite } from '../soak/site.ts';
import { jobIdOf, type Scene, startScene } from './scene.ts';

const backups: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'while it was stopped': async ({ facility, stop, start }) => {
    await stop();
    assert.deepEqual(backUp(facility), ['transfers.sqlite']);
    await start();
  },
  // The service is of this process: in one turn of the loop nothing of it changes.
  'as a snapshot of the volume while it ran': async ({ facility }) => {
    assert.deepEqual(backUp(facility), ['transfers.sqlite', 'transfers.sqlite-wal']);
  },
};

describe('a transfer that ended after the backup', { concurrency: 3 }, () => {
  for (const [when, make] of Object.entries(backups)) {
    it(`made ${when} is found ended again, and nothing is done twice`, async (t) => {
      const scene = await startScene(t);
      const { globus, scicat } = scene.facility;
      globus.setBytesPerSecond(1_000);
      const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }));
      await scene.until(jobId, 'transferring');
      await make(scene);
      globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
      await scene.until(jobId, 'finished');
      await scene.stop();
      await archive(scene);
      restore(scene.facility);
      await scene.start();
      await scene.until(jobId, 'finished');
      await waitFor('the job says so', () => scicat.job(jobId)?.statusCode === '003');
      assertOnce(scene.facility);
      assert.deepEqual(lifecycleOf(scene), archived);
    });
  }

  it('made after kill -9, with the -wal, is found ended again, and nothing is done twice', async (t) => {
    const site = await startSite();
    t.after(() => site.stop());
    const { service, facility } = site;
    await service.start();
    facility.globus.setBytesPerSecond(1);
    const wanted = await site.addDataset('killed', { isList: false });
    const jobId = await requestPatiently(site, wanted, 60_000);
    const says = (code: string) => () => facility.scicat.job(jobId)?.statusCode === code;
    await waitFor('it moves', says('002'));
    await service.kill();
    assert.deepEqual(backUp(facility).slice(0, 2), ['transfers.sqlite', 'transfers.sqlite-wal']);
    await service.start();
    facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await waitFor('it has finished', says('003'), 60_000);
    assert.equal(await service.terminate(), 0);
    restore(facility);
    await service.start();
    const query = new URLSearchParams({ scicatPid: wanted.pid }).toString();
    const latest = async () => (await site.list(query)).transfers[0];
    assert.equal((await latest())?.jobId, jobId);
    await waitFor('it has finished again', async () => (await latest())?.status === 'finished', 60_000);
    assert.equal((await latest())?.reason, null);
    assertOnce(facility);
  });
});

const parts = ['transfers.sqlite', 'transfers.sqlite-wal', 'transfers.sqlite-shm'];

/** @returns what was copied: a `-wal` only where there is something in it. */
function backUp({ root }: Facility): readonly string[] {
  mkdirSync(join(root, 'backup'));
  const there = parts.filter((part) => existsSync(join(root, part)) && statSync(join(root, part)).size > 0);
  for (const part of there) copyFileSync(join(root, part), join(root, 'backup', part));
  return there;
}

/** As the page says: the newer `-wal` and `-shm` are removed. */
function restore({ root }: Facility): void {
  for (const part of parts) {
    rmSync(join(root, part), { force: true });
    if (existsSync(join(root, 'backup', part))) copyFileSync(join(root, 'backup', part), join(root, part));
  }
}

function assertOnce({ globus, scicat }: Facility): void {
  assert.equal(globus.tasks().length, 1);
  const types = scicat.jobs().map(({ type }) => type);
  assert.deepEqual(types.toSorted(), ['archive', 'globus_transfer_job']);
  assert.equal(scicat.requests.filter(({ path }) => path.endsWith('/datasetlifecycle')).length, 1);
}

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
