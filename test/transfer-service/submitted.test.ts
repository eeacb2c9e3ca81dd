// A submit carries its options besides the items, as Globus has received it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobIdOf, startScene } from './scene.ts';

test('a submit has what the file says of facilities and tasks', async (t) => {
  const scene = await startScene(t, {
    edit: (text) =>
      text
        .replace('itemsPerTask: 2', 'itemsPerTask: 2, preserveTimestamp: true')
        .replace('collectionRoots:', 'localUser: beamline\n    collectionRoots:')
        .replace('direction: DST', 'direction: DST\n    localUser: archive'),
  });
  await scene.until(jobIdOf(await scene.request()), 'finished');
  const { options, deadlineTimeMs } = scene.facility.globus.tasks()[0] ?? {};
  assert.equal(options?.source_local_user, 'beamline');
  assert.equal(options?.destination_local_user, 'archive');
  assert.equal(options?.preserve_timestamp, true);
  assert.equal(options?.store_base_path_info, true);
  const days = ((deadlineTimeMs ?? 0) - Date.now()) / 86_400_000;
  assert.ok(days > 29.9 && days <= 30, `${days} days`);
});

test('a submit names no account, and keeps no timestamps, where the file says nothing', async (t) => {
  const scene = await startScene(t);
  await scene.until(jobIdOf(await scene.request()), 'finished');
  const { options } = scene.facility.globus.tasks()[0] ?? {};
  assert.equal(options !== undefined && 'source_local_user' in options, false);
  assert.deepEqual([options?.preserve_timestamp, options?.store_base_path_info], [false, true]);
});
