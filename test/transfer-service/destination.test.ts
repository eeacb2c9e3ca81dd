// A folder that is ingested again under a new pid: when its destination is free, and what the refusal says.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FacilityOptions } from '../simulators/facility.ts';
import { jobIdOf, type Scene, startScene } from './scene.ts';

/** run7, and the same folder under a new pid. */
async function ingestedTwice(t: TestContext, globus: NonNullable<FacilityOptions['globus']> = {}) {
  const scene = await startScene(t, { facility: { fileBytes: 1000, globus } });
  const pid = await scene.facility.addWalkedDataset('p1/run7');
  return { scene, again: () => scene.request({ scicatPid: pid }) };
}

async function moveFirst(scene: Scene): Promise<void> {
  await scene.until(jobIdOf(await scene.request()), 'finished');
}

describe('a folder that is ingested again', () => {
  it('is refused while files of the first dataset are there, and the refusal names it', async (t) => {
    const { scene, again } = await ingestedTwice(t);
    await moveFirst(scene);
    const refused = await again();
    assert.deepEqual([refused.status, refused.json.reason], [403, 'destination_used']);
    assert.ok(String(refused.json.message).includes(scene.facility.datasets.run7.pid));
  });

  it('moves once the first dataset is deleted in SciCat', async (t) => {
    const { scene, again } = await ingestedTwice(t);
    await moveFirst(scene);
    scene.facility.scicat.removeDataset(scene.facility.datasets.run7.pid);
    await scene.until(jobIdOf(await again()), 'finished');
    assert.match(scene.logged(), /"why":"dataset_gone".*destination released/);
  });

  it('stays refused while SciCat cannot say whether the first dataset is there', async (t) => {
    const { scene, again } = await ingestedTwice(t);
    await moveFirst(scene);
    const path = new RegExp(encodeURIComponent(scene.facility.datasets.run7.pid));
    const fault = {
      kind: 'status',
      status: 403,
      headers: {},
      body: { message: 'no', statusCode: 403 },
    } as const;
    scene.facility.scicat.faults.add({ method: 'GET', path, fault });
    assert.ok([403, 503].includes((await again()).status));
  });

  it('moves when the first one was cancelled before anything was written', async (t) => {
    // Globus has the task in its queue, and works on none.
    const { scene, again } = await ingestedTwice(t, { maxRunningTasks: 0 });
    const jobId = jobIdOf(await scene.request());
    await scene.until(jobId, 'transferring');
    assert.equal((await again()).status, 403);
    assert.equal((await scene.ask('DELETE', `/transfer/${jobId}`)).status, 200);
    await scene.until(jobId, 'cancelled');
    jobIdOf(await again());
  });
});
