// A small transfer beside another user's big one, through the whole service with the limits it has by default, to a
// Globus that works on three tasks. Counted in tasks, not in seconds.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import type { Facility } from '../simulators/facility.ts';
import type { GlobusSimulator } from '../simulators/globus/types.ts';
import { jobIdOf, startScene } from './scene.ts';

type Owner = { readonly owner: string; readonly ownerGroup: string };

async function addDataset(
  { scicat, source, collectionRootPath }: Facility,
  { owner, ownerGroup }: Owner,
  count: number,
) {
  const files = Array.from({ length: count }, (_, index) => ({ path: `${index}.tif`, size: 1000 }));
  const folder = join(source.folder, ownerGroup, 'fair');
  await mkdir(folder, { recursive: true });
  for (const { path, size } of files) await writeFile(join(folder, path), Buffer.alloc(size));
  const sourceFolder = `${collectionRootPath}/${ownerGroup}/fair`;
  const pid = scicat.addDataset({ owner, ownerGroup, sourceFolder, files, isArchivable: false });
  return { pid, body: JSON.stringify({ fileList: files.map(({ path }) => ({ path, isSymlink: false })) }) };
}

test('a small transfer is next, beside a big one of another user', async (t) => {
  const scene = await startScene(t, {
    facility: { globus: { bytesPerSecond: 1, requestsPerSecond: Number.POSITIVE_INFINITY } },
    edit: (text) => text.replace('itemsPerTask: 2', 'itemsPerTask: 1'),
  });
  const { globus, scicat } = scene.facility;
  scicat.setGroups('bob', ['p2']);
  const big = await addDataset(scene.facility, { owner: 'alice', ownerGroup: 'p1' }, 20);
  const small = await addDataset(scene.facility, { owner: 'bob', ownerGroup: 'p2' }, 1);
  await scene.request({ scicatPid: big.pid }, { body: big.body });
  const mostAtOnce = watchOpenTasks(t, globus);
  await waitFor('three tasks are at Globus', async () => globus.tasks().length === 3);
  const bob = { username: 'bob', groups: ['p2', 'FAC-A', 'FAC-B'] };
  const jobId = jobIdOf(await scene.request({ scicatPid: small.pid }, { ...bob, body: small.body }));
  const state = async () => (await scene.ask('GET', `/transfer/${jobId}`, bob)).json.state;
  await waitFor('it waits', async () => (await state()) === 'recorded');
  assert.equal(globus.tasks().length, 3);
  globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
  await waitFor('it has finished', async () => (await state()) === 'finished');
  const position = globus.tasks().findIndex(({ items }) => items[0]?.sourcePath.startsWith('/p2/'));
  // Three places may have become free at once, and all three of their tasks are worked on.
  assert.ok(position >= 3 && position <= 5, `it was task ${position}`);
  assert.ok(mostAtOnce() <= 3, `${mostAtOnce()} tasks were open at once`);
});

/** @returns the most tasks that were open at the same time so far. */
function watchOpenTasks(t: TestContext, { tasks }: GlobusSimulator): () => number {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, tasks().filter(({ status }) => status === 'ACTIVE').length);
  }, 5);
  t.after(() => clearInterval(timer));
  return () => most;
}
