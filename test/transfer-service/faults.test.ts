// Faults of Globus and SciCat while a transfer is on its way, through the whole service: an outage delays it, what is
// permanent ends it with a sentence, and nothing is done twice.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import type { FaultRule } from '../simulators/http/faults.ts';
import { jobIdOf, type Scene, startScene } from './scene.ts';

const json = { 'content-type': 'application/json' };

/** Each strikes once or a few times, and is over. */
const outages: Readonly<Record<string, { of: 'globus' | 'scicat'; rule: FaultRule }>> = {
  'Globus answers a submit with 502': globus('POST', /\/transfer$/, { kind: 'status', status: 502 }),
  'Globus has too many requests': globus('POST', /\/transfer$/, {
    ...{ kind: 'status', status: 429, headers: { ...json, 'retry-after': '1' } },
    body: { code: 'TooManyRequests', message: 'later' },
  }),
  'Globus answers a submit with a page': globus('POST', /\/transfer$/, { kind: 'not_json' }),
  'Globus cuts its answer short': globus('POST', /\/transfer$/, { kind: 'cut_short' }),
  'Globus resets the connection': globus('GET', /submission_id/, { kind: 'reset' }),
  'Globus Auth is down': globus('POST', /token$/, { kind: 'status', status: 503 }),
  'Globus cannot list its tasks': globus('GET', /task_list/, { kind: 'status', status: 500 }),
  'SciCat loses the answer to the mark': scicat('PATCH', /datasetlifecycle/, { kind: 'answer_lost' }),
  'SciCat cuts its file list short': scicat('GET', /origdatablocks/, { kind: 'cut_short' }),
  'SciCat loses the answer to the archive job': scicat('POST', /v3\/jobs$/, { kind: 'answer_lost' }),
  'SciCat answers the archive job with 500': scicat('POST', /v3\/jobs$/, { kind: 'status', status: 500 }),
  'SciCat resets reports': scicat('PATCH', /v4\/jobs/, { kind: 'reset' }),
};

describe('an outage delays a transfer and doubles nothing', { concurrency: 4 }, () => {
  for (const [name, { of, rule }] of Object.entries(outages)) {
    it(name, async (t) => {
      const scene = await startScene(t);
      scene.facility[of].faults.add({ ...rule, times: 1 });
      const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }));
      await scene.until(jobId, 'finished');
      await assertReported(scene, jobId, '003');
      const jobs = scene.facility.scicat.jobs().map(({ type }) => type);
      assert.deepEqual(jobs.sort(), ['archive', 'globus_transfer_job']);
      assert.equal(scene.facility.globus.tasks().length, 1);
    });
  }

  it('Globus refuses every token that it has given', async (t) => {
    const scene = await startScene(t);
    scene.facility.globus.setBytesPerSecond(1_000_000);
    const jobId = jobIdOf(await scene.request());
    await scene.until(jobId, 'transferring');
    scene.facility.globus.expireTokens();
    await scene.until(jobId, 'finished');
  });

  for (const offsetMs of [-10 * 60_000, 10 * 60_000]) {
    it(`Globus' clock is ${offsetMs / 60_000} minutes ahead`, async (t) => {
      const scene = await startScene(t);
      scene.facility.globus.setClockOffset(offsetMs);
      await scene.until(jobIdOf(await scene.request()), 'finished');
    });
  }
});

describe('what happens to a task at Globus', { concurrency: 4 }, () => {
  it('paused and INACTIVE are shown, and followed on', async (t) => {
    const { scene, jobId, taskId } = await moving(t);
    scene.facility.globus.pause(taskId);
    await waitFor('the pause is shown', async () =>
      /paused/.test(String((await view(scene, jobId)).message)),
    );
    scene.facility.globus.resume(taskId);
    scene.facility.globus.suspend(taskId);
    await waitFor('INACTIVE is shown', async () =>
      /Globus says CREDENTIALS_EXPIRED/.test(String((await view(scene, jobId)).message)),
    );
    assert.equal((await view(scene, jobId)).status, 'transferring');
    scene.facility.globus.resume(taskId);
    scene.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await scene.until(jobId, 'finished');
  });

  it('cancelled from outside is cancelled, and says by whom not', async (t) => {
    const { scene, jobId, taskId } = await moving(t);
    scene.facility.globus.cancel(taskId);
    const { reason } = await scene.until(jobId, 'cancelled');
    assert.equal(reason, 'cancelled_at_globus');
    await assertReported(scene, jobId, '004');
  });

  it('failed is failed, with what Globus said of it', async (t) => {
    const { scene, jobId, taskId } = await moving(t);
    scene.facility.globus.fail(taskId, { code: 'QUOTA_EXCEEDED', description: 'the disk is full' });
    assert.match(String((await scene.until(jobId, 'failed')).message), /QUOTA_EXCEEDED.*the disk is full/);
    await assertReported(scene, jobId, '998');
  });

  it('vanished is failed after a while, since nobody can say what arrived', async (t) => {
    const { scene, jobId, taskId } = await moving(t);
    scene.facility.globus.vanish(taskId);
    assert.equal((await scene.until(jobId, 'failed')).reason, 'task_vanished');
  });

  it('files that were skipped are 997, and nothing is archived', async (t) => {
    const scene = await startScene(t);
    scene.facility.globus.skipFiles(/b\.tif$/);
    const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }));
    assert.match(String((await scene.until(jobId, 'finished')).message), /skipped 1 file/);
    await assertReported(scene, jobId, '997');
    assert.equal(scene.facility.scicat.jobs().length, 1);
  });

  it('a refused collection is failed, with what to do', async (t) => {
    const scene = await startScene(t);
    scene.facility.globus.setPermitted(scene.facility.destination.collectionId, false);
    const jobId = jobIdOf(await scene.request());
    assert.match(String((await scene.until(jobId, 'failed')).message), /PermissionDenied.*administrators/);
  });
});

describe('what happens to the job and the dataset at SciCat', { concurrency: 4 }, () => {
  it('a job that somebody deleted stops no transfer', async (t) => {
    const { scene, jobId } = await moving(t);
    scene.facility.scicat.removeJob(jobId);
    scene.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    assert.equal((await scene.until(jobId, 'finished')).archivable, true);
  });

  it('a dataset that was deleted meanwhile is moved, and not marked', async (t) => {
    const { scene, jobId } = await moving(t);
    scene.facility.scicat.removeDataset(scene.facility.datasets.run7.pid);
    scene.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    assert.equal((await scene.until(jobId, 'finished')).reason, 'incomplete');
    await assertReported(scene, jobId, '997');
  });

  it('a dataset given to another group before its turn is not moved', async (t) => {
    const scene = await startScene(t);
    const { scicat, globus: at } = scene.facility;
    const release = at.faults.add({ path: /submission_id/, fault: { kind: 'status', status: 503 } });
    const jobId = jobIdOf(await scene.request());
    scicat.changeDataset(scene.facility.datasets.run7.pid, { ownerGroup: 'p2' });
    release();
    assert.equal((await scene.until(jobId, 'failed')).reason, 'dataset_changed');
    assert.equal(at.tasks().length, 0);
  });

  it('before v4.19 the dataset itself is marked', async (t) => {
    const scene = await startScene(t, { facility: { scicat: { version: '4.18.0' } } });
    const jobId = jobIdOf(await scene.request());
    assert.equal((await scene.until(jobId, 'finished')).archivable, true);
  });

  it('without its database, and with it again, the job catches up', async (t) => {
    const { scene, jobId } = await moving(t);
    scene.facility.scicat.setDatabase({ kind: 'down', answersAfterMs: 20 });
    scene.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await waitFor('the data is there', () => scene.facility.globus.tasks()[0]?.status === 'SUCCEEDED');
    await waitFor('SciCat was asked', async () => (await view(scene, jobId)).state === 'concluding');
    scene.facility.scicat.setDatabase({ kind: 'up' });
    await scene.until(jobId, 'finished');
    await assertReported(scene, jobId, '003');
  });
});

function globus(method: string, path: RegExp, fault: FaultRule['fault']) {
  return { of: 'globus', rule: { method, path, fault } } as const;
}

function scicat(method: string, path: RegExp, fault: FaultRule['fault']) {
  return { of: 'scicat', rule: { method, path, fault } } as const;
}

async function moving(t: Parameters<typeof startScene>[0]) {
  const scene = await startScene(t);
  scene.facility.globus.setBytesPerSecond(1_000);
  const jobId = jobIdOf(await scene.request());
  await scene.until(jobId, 'transferring');
  const taskId = scene.facility.globus.tasks()[0]?.taskId ?? '';
  return { scene, jobId, taskId };
}

async function view(scene: Scene, jobId: string) {
  return (await scene.ask('GET', `/transfer/${jobId}`)).json;
}

async function assertReported({ facility }: Scene, jobId: string, statusCode: string): Promise<void> {
  await waitFor(
    `job ${jobId} says ${statusCode}`,
    () => facility.scicat.job(jobId)?.statusCode === statusCode,
  );
}
