// More faults of SciCat, through the whole service.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import { jobIdOf, type Scene, startScene } from './scene.ts';

const json = { 'content-type': 'application/json' };

describe('SciCat and the service account', { concurrency: 3 }, () => {
  it('a refused login is 503 for who asks, and what was asked for before goes on when it is mended', async (t) => {
    const { scene, jobId } = await moving(t);
    const body = { message: 'Unauthorized', statusCode: 401 };
    const fault = { kind: 'status', status: 401, headers: json, body } as const;
    const { scicat } = scene.facility;
    // The login that the service has is ended too, as when the account's password is changed.
    const mended = [/\/auth\/login$/, /\/api\/v[34]\/(?!auth)/].map((path) =>
      scicat.faults.add({ path, fault }),
    );
    const refused = await scene.request({ scicatPid: scene.facility.datasets.linked.pid });
    assert.equal(refused.status, 503, refused.text);
    assert.match(scene.logged(), /refuses the service account's login/);
    for (const mend of mended) mend();
    scene.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    // A refused login stands for half a minute, since SciCat's directory may lock an account that keeps trying.
    await scene.restart();
    await scene.until(jobId, 'finished');
    await assertReported(scene, jobId, '003');
  });

  it('a token that ends early is replaced by one new login', async (t) => {
    const { scene, jobId } = await moving(t);
    const { scicat, globus } = scene.facility;
    const before = logins(scene);
    scicat.faults.add({
      ...{ method: 'PATCH', path: /\/jobs\//, times: 1 },
      fault: {
        kind: 'status',
        status: 401,
        headers: json,
        body: { message: 'Unauthorized', statusCode: 401 },
      },
    });
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await scene.until(jobId, 'finished');
    await assertReported(scene, jobId, '003');
    assert.equal(logins(scene), before + 1);
  });

  it('answers that come after half a minute are waited for no longer than the file says, as an outage', async (t) => {
    const { scene, jobId } = await moving(t, 'scicat: { timeoutMs: 1000 }');
    const { scicat, globus } = scene.facility;
    scicat.setDatabase({ kind: 'down', answersAfterMs: 30_000 });
    const from = performance.now();
    const refused = await scene.request({ scicatPid: scene.facility.datasets.linked.pid });
    assert.equal(refused.status, 503, refused.text);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.ok(performance.now() - from < 10_000);
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await waitFor('the data is there', () => globus.tasks()[0]?.status === 'SUCCEEDED');
    scicat.setDatabase({ kind: 'up' });
    await scene.until(jobId, 'finished');
    await assertReported(scene, jobId, '003');
  });
});

describe('SciCat refuses', { concurrency: 3 }, () => {
  it('a job with 400 and a `status` that is a number: 400 with its words, and nothing is moved', async (t) => {
    const scene = await startScene(t);
    const body = { status: 400, message: 'Invalid job type: globus_transfer_job' };
    const fault = { kind: 'status', status: 400, headers: json, body } as const;
    scene.facility.scicat.faults.add({ method: 'POST', path: /\/v4\/jobs$/, fault });
    const refused = await scene.request();
    assert.equal(refused.status, 400, refused.text);
    assert.match(String(refused.json.message), /Invalid job type/);
    assert.equal(scene.facility.globus.tasks().length, 0);
  });

  it('updates of the job: the transfer goes on, and the log says which right is missing', async (t) => {
    const { scene, jobId } = await moving(t);
    const body = { message: 'Unauthorized to update this job.', statusCode: 403 };
    const fault = { kind: 'status', status: 403, headers: json, body } as const;
    scene.facility.scicat.faults.add({ method: 'PATCH', path: /\/jobs\//, fault });
    scene.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    assert.equal((await scene.until(jobId, 'finished')).archivable, true);
    await waitFor('the log says so', () => /scicat refused an update of the job/.test(scene.logged()));
  });

  it('to mark the dataset: 997, and no archive job', async (t) => {
    const scene = await startScene(t);
    const body = { message: 'Forbidden resource', statusCode: 403 };
    const fault = { kind: 'status', status: 403, headers: json, body } as const;
    scene.facility.scicat.faults.add({ method: 'PATCH', path: /[Dd]atasets\//, fault });
    const jobId = jobIdOf(await scene.request({ autoArchive: 'true' }));
    assert.equal((await scene.until(jobId, 'finished')).reason, 'archivable_refused');
    await assertReported(scene, jobId, '997');
    assert.equal(scene.facility.scicat.jobs().length, 1);
  });
});

describe('what the job says', { concurrency: 3 }, () => {
  it('is replaced as a whole, so that nothing of an earlier report, or of another, is left in it', async (t) => {
    const { scene, jobId } = await moving(t);
    const { scicat, globus, accounts } = scene.facility;
    const token = await scicat.tokenFor(accounts.svcAdmin.username);
    const planted = await fetch(`${scicat.url}/api/v4/jobs/${jobId}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ statusCode: '002', statusMessage: 'x', jobResultObject: { planted: true } }),
    });
    assert.equal(planted.status, 200);
    assert.equal(scicat.job(jobId)?.jobResultObject.planted, true);
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await scene.until(jobId, 'finished');
    await assertReported(scene, jobId, '003');
    assert.deepEqual(Object.keys(scicat.job(jobId)?.jobResultObject ?? {}).toSorted(), [
      'bytesTransferred',
      'error',
      'filesTotal',
      'filesTransferred',
      'globusTaskId',
      'status',
    ]);
  });

  it('a dataset given to another group while its data moves is 997: its new owners decide', async (t) => {
    const { scene, jobId } = await moving(t);
    scene.facility.scicat.changeDataset(scene.facility.datasets.run7.pid, { ownerGroup: 'p2' });
    scene.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    assert.equal((await scene.until(jobId, 'finished')).reason, 'dataset_changed');
    await assertReported(scene, jobId, '997');
  });

  it('a dataset deleted before its turn is not moved', async (t) => {
    const scene = await startScene(t);
    const { scicat, globus, datasets } = scene.facility;
    const fault = { kind: 'status', status: 503 } as const;
    const release = globus.faults.add({ path: /submission_id/, fault });
    const jobId = jobIdOf(await scene.request());
    scicat.removeDataset(datasets.run7.pid);
    release();
    assert.equal((await scene.until(jobId, 'failed')).reason, 'dataset_gone');
    await assertReported(scene, jobId, '998');
    assert.equal(globus.tasks().length, 0);
  });
});

async function moving(t: Parameters<typeof startScene>[0], config = '') {
  // Top-level keys come before the facilities' list.
  const scene = await startScene(t, { edit: (text) => `${config}\n${text}` });
  scene.facility.globus.setBytesPerSecond(1_000);
  const jobId = jobIdOf(await scene.request());
  await scene.until(jobId, 'transferring');
  return { scene, jobId };
}

function logins({ facility }: Scene): number {
  return facility.scicat.requests.filter(({ path }) => path.endsWith('/auth/login')).length;
}

async function assertReported({ facility }: Scene, jobId: string, statusCode: string): Promise<void> {
  await waitFor(
    `job ${jobId} says ${statusCode}`,
    () => facility.scicat.job(jobId)?.statusCode === statusCode,
  );
}
