// A folder that is ingested again under a new pid: when its destination is free, and what the refusal says.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import type { FacilityOptions } from '../simulators/facility.ts';
import type { Fault } from '../simulators/http/faults.ts';
import { jobIdOf, type Scene, startScene } from './scene.ts';

/** run7, and the same folder under a new pid. */
async function ingestedTwice(t: TestContext, globus: NonNullable<FacilityOptions['globus']> = {}) {
  const scene = await startScene(t, { facility: { fileBytes: 1000, globus } });
  const pid = await scene.facility.addWalkedDataset('p1/run7');
  return { scene, pid, again: () => scene.request({ scicatPid: pid }) };
}

async function moveFirst(scene: Scene): Promise<string> {
  const jobId = jobIdOf(await scene.request());
  await scene.until(jobId, 'finished');
  return jobId;
}

/** What SciCat says when it is asked for the first dataset. */
function failFirst(scene: Scene, fault: Fault): void {
  const path = new RegExp(`/datasets/${encodeURIComponent(scene.facility.datasets.run7.pid)}$`);
  scene.facility.scicat.faults.add({ method: 'GET', path, fault });
}

describe('a folder that is ingested again', () => {
  it('is refused while files of the first dataset are there, and the refusal names it', async (t) => {
    const { scene, again } = await ingestedTwice(t);
    const jobId = await moveFirst(scene);
    const refused = await again();
    const { pid } = scene.facility.datasets.run7;
    assert.deepEqual([refused.status, refused.json.reason], [403, 'destination_used']);
    assert.ok(String(refused.json.message).includes(`files of the dataset ${pid} are in the destination`));
    assert.equal(refused.json.details, `dataset ${pid}, job ${jobId}, folder /received/p1/run7 at FAC-B`);
  });

  it('moves once the first dataset is deleted in SciCat, with every file that was asked for', async (t) => {
    const { scene, pid } = await ingestedTwice(t);
    const { scicat, datasets, globus } = scene.facility;
    await moveFirst(scene);
    await moveFirst(scene);
    scicat.removeDataset(datasets.run7.pid);
    const fileList = datasets.run7.entries.map(({ path }) => ({ path, isSymlink: false }));
    const body = JSON.stringify({ fileList });
    await scene.until(jobIdOf(await scene.request({ scicatPid: pid }, { body })), 'finished');
    assert.equal(
      globus
        .tasks()
        .slice(2)
        .flatMap(({ items }) => items).length,
      3,
    );
    assert.equal(scene.logged().match(/"why":"dataset_gone".*destination released/g)?.length, 2);
  });

  it('is begun by one of two requests for a folder that has become free', async (t) => {
    const { scene, pid, again } = await ingestedTwice(t);
    const other = await scene.facility.addWalkedDataset('p1/run7');
    await moveFirst(scene);
    scene.facility.scicat.removeDataset(scene.facility.datasets.run7.pid);
    const replies = await Promise.all([again(), scene.request({ scicatPid: other })]);
    assert.deepEqual(replies.map(({ status }) => status).toSorted(), [200, 403]);
    const refused = replies.find(({ status }) => status === 403);
    assert.match(String(refused?.json.message), /are on their way to the destination folder/);
    assert.ok([pid, other].some((one) => String(refused?.json.details).startsWith(`dataset ${one}, `)));
  });

  it('stays refused while the service account may not read the first dataset', async (t) => {
    const { scene, again } = await ingestedTwice(t);
    await moveFirst(scene);
    const body = { message: 'Unauthorized access', error: 'Forbidden', statusCode: 403 };
    failFirst(scene, { kind: 'status', status: 403, body });
    const refused = await again();
    assert.deepEqual([refused.status, refused.json.reason], [403, 'destination_used']);
  });

  const silent: Readonly<Record<string, Fault>> = {
    'is down': { kind: 'status', status: 503, body: { message: 'down' } },
    'does not answer': { kind: 'reset' },
    'is behind a proxy that says 404': { kind: 'status', status: 404, body: '<html>no such page</html>' },
    'sends a page': { kind: 'not_json' },
  };
  for (const [how, fault] of Object.entries(silent)) {
    it(`is 503 while SciCat ${how}, and nothing is freed`, async (t) => {
      const { scene, again } = await ingestedTwice(t);
      await moveFirst(scene);
      failFirst(scene, fault);
      assert.equal((await again()).status, 503);
      scene.facility.scicat.faults.clear();
      assert.equal((await again()).json.reason, 'destination_used');
    });
  }

  it('of a dataset without a usable document stays refused', async (t) => {
    const { scene, again } = await ingestedTwice(t);
    await moveFirst(scene);
    failFirst(scene, { kind: 'status', status: 200, body: '' });
    assert.equal((await again()).json.reason, 'destination_used');
  });

  it('moves when the first one was cancelled before anything was written', async (t) => {
    // Globus has the task in its queue, and works on none.
    const { scene, again } = await ingestedTwice(t, { maxRunningTasks: 0 });
    const jobId = jobIdOf(await scene.request());
    await scene.until(jobId, 'transferring');
    const refused = await again();
    assert.match(String(refused.json.message), /on their way .* or cancel it$/);
    assert.equal((await scene.ask('DELETE', `/transfer/${jobId}`)).status, 200);
    await scene.until(jobId, 'cancelled');
    jobIdOf(await again());
  });
});

describe('whose files are in the way', () => {
  it('is not told to another group', async (t) => {
    const edit = (text: string) => text.replace('/received/{{ .RelativeSourceFolder }}', '/received/all');
    const scene = await startScene(t, { facility: { fileBytes: 1000 }, edit });
    const { bobs, run7 } = scene.facility.datasets;
    const jobId = await moveFirst(scene);
    const stranger = { username: 'bob', groups: ['p9', 'FAC-A', 'FAC-B'] };
    const refused = await scene.request({ scicatPid: bobs.pid }, stranger);
    assert.deepEqual([refused.status, refused.json.reason], [403, 'destination_used']);
    assert.match(String(refused.json.message), /^files of another dataset are in the destination folder/);
    assert.equal(refused.json.details, undefined);
    for (const secret of [run7.pid, jobId, '/received/all', 'p1'])
      assert.ok(!refused.text.includes(secret), secret);
  });
});

describe('a retry', () => {
  it('goes to a folder whose dataset of meanwhile is deleted in SciCat', async (t) => {
    const { scene, pid, again } = await ingestedTwice(t, { maxRunningTasks: 0 });
    const { globus, scicat } = scene.facility;
    const jobId = jobIdOf(await scene.request());
    await waitFor('a task', () => globus.tasks().length === 1);
    globus.fail(globus.tasks()[0]?.taskId ?? '', { code: 'X', description: 'as the test wants it' });
    await scene.until(jobId, 'failed');
    const other = jobIdOf(await again());
    assert.equal((await scene.ask('POST', `/transfer/${jobId}/retry`)).json.reason, 'destination_used');
    await waitFor('its task', () => globus.tasks().length === 2);
    // Nobody can say what it has written.
    globus.vanish(globus.tasks()[1]?.taskId ?? '');
    await scene.until(other, 'failed');
    assert.equal((await scene.ask('POST', `/transfer/${jobId}/retry`)).json.reason, 'destination_used');
    scicat.removeDataset(pid);
    assert.equal((await scene.ask('POST', `/transfer/${jobId}/retry`)).status, 200);
  });
});
