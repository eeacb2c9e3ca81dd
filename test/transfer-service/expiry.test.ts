// The whole service waits as long as the README promises: Globus, which ends tasks after 24 and 72 hours by its own
// rules, ends none of ours before the attempt ends, and a task that it ends all the same is submitted again.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { addDataset } from '../soak/site.ts';
import { startMovedScene } from './moved-scene.ts';
import { jobIdOf, type SceneOptions } from './scene.ts';

const hour = 3_600_000;

/** A transfer that waits for one of its files. */
async function waitForFile(t: TestContext, options: SceneOptions = {}) {
  const moved = await startMovedScene(t, options);
  const { scene, during, until } = moved;
  const { globus, source } = scene.facility;
  const wanted = await addDataset(scene.facility, 'late', { isList: true });
  const [file] = wanted.files;
  assert.ok(file !== undefined);
  const place = join(source.folder, wanted.relativeFolder, file.path);
  await rename(place, `${place}.later`);
  const body = JSON.stringify({ fileList: wanted.files.map(({ path }) => ({ path, isSymlink: false })) });
  const jobId = jobIdOf(await during(scene.request({ scicatPid: wanted.pid }, { body })));
  await until('Globus misses the file', () => globus.tasks().some(({ faults }) => faults > 0));
  return { ...moved, jobId, globus, putFile: () => rename(`${place}.later`, place) };
}

test('a file that comes after a hundred hours is moved by the task that waits for it', async (t) => {
  const { pass, jobId, globus, putFile, show, untilState } = await waitForFile(t);
  const tasks = globus.tasks().length;
  await pass(100 * hour, hour / 2);
  assert.equal((await show(jobId)).state, 'transferring');
  await putFile();
  await untilState(jobId, 'finished');
  assert.equal((await show(jobId)).reason, null);
  assert.equal(globus.tasks().length, tasks);
});

test('a task that expires is submitted again, and the dataset is archivable in the end', async (t) => {
  const { pass, jobId, globus, putFile, show, untilState } = await waitForFile(t);
  const before = globus.tasks().filter(({ status }) => status === 'ACTIVE');
  for (const { taskId } of before) globus.fail(taskId, { code: 'EXPIRED', description: 'too late' });
  await pass(hour / 2);
  assert.equal((await show(jobId)).state, 'transferring');
  await putFile();
  await untilState(jobId, 'finished');
  const { reason, archivable } = await show(jobId);
  assert.deepEqual([reason, archivable], [null, true]);
});

test('a deadline that the file sets for tasks ends these, not the transfer', async (t) => {
  const edit = (text: string) => text.replace('itemsPerTask: 2', 'itemsPerTask: 2, deadlineHours: 2');
  const { pass, jobId, globus, putFile, show, untilState } = await waitForFile(t, { edit });
  const expired = () => globus.tasks().filter(({ fatalErrorCode }) => fatalErrorCode === 'EXPIRED').length;
  await pass(5 * hour, hour / 4);
  assert.equal(expired(), 2);
  await putFile();
  await untilState(jobId, 'finished');
  const { reason, archivable } = await show(jobId);
  assert.deepEqual([reason, archivable], [null, true]);
});
