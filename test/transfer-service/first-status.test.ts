// The Ingestor polls the SciCat job right after its request and expects a status there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobIdOf, startScene } from './scene.ts';

const json = { 'content-type': 'application/json' };

test('the job says 001 before the request is answered', async (t) => {
  const scene = await startScene(t);
  scene.facility.globus.faults.add({
    method: 'GET',
    path: /submission_id/,
    fault: { kind: 'status', status: 503, headers: json, body: {} },
  });
  const jobId = jobIdOf(await scene.request());
  const job = scene.facility.scicat.job(jobId);
  assert.equal(job?.statusCode, '001');
  assert.deepEqual(job?.jobResultObject.status, 'transferring');
});

for (const [name, status] of [
  ['an outage', 503],
  ['a refusal', 403],
] as const)
  test(`${name} of the first status holds no transfer up, and the next report makes up for it`, async (t) => {
    const scene = await startScene(t);
    const fault = {
      kind: 'status',
      status,
      headers: json,
      body: { message: 'no', statusCode: status },
    } as const;
    scene.facility.scicat.faults.add({ method: 'PATCH', path: /\/v4\/jobs\//, times: 1, fault });
    const jobId = jobIdOf(await scene.request());
    await scene.until(jobId, 'finished');
  });
