// `beamgate transfers release` on the database of a service that has moved a dataset.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jobIdOf, startScene } from '../transfer-service/scene.ts';
import { startBeamgate } from './processes.ts';

test('an operator releases a destination, and another dataset may use it', async (t) => {
  const scene = await startScene(t, { facility: { fileBytes: 1000 } });
  const { root, datasets, source, scicat } = scene.facility;
  const jobId = jobIdOf(await scene.request());
  await scene.until(jobId, 'finished');
  const again = await scene.facility.addWalkedDataset('p1/run7');
  assert.equal((await scene.request({ scicatPid: again })).status, 403);
  const config = join(root, 'release.yaml');
  const database = `sqlite:${join(root, 'transfers.sqlite')}`;
  writeFileSync(
    config,
    `scicatUrl: ${scicat.url}\nport: 1\ndatabase: '${database}'\nfacilities: [{ name: X, collection: ${source.collectionId} }]\n`,
  );
  const release = async (...args: readonly string[]) => {
    const running = startBeamgate(['transfers', 'release', '--config', config, ...args]);
    return { code: await running.ended, output: running.output() };
  };
  const named = new RegExp(`FAC-B /received/p1/run7: dataset ${datasets.run7.pid}, job ${jobId}`);

  const look = await release('--folder', '/received/p1/run7');
  assert.equal(look.code, 0, look.output);
  assert.match(look.output, /^would release /);
  assert.match(look.output, named);
  assert.match(look.output, /nothing was changed/);
  const tooEarly = await release('--pid', datasets.run7.pid, '--yes');
  assert.equal(tooEarly.code, 1);
  assert.match(tooEarly.output, /another process has it open; stop that one first/);

  await scene.stop();
  const done = await release('--pid', datasets.run7.pid, '--yes');
  assert.equal(done.code, 0, done.output);
  assert.match(done.output, /^released /);
  assert.match((await release('--pid', datasets.run7.pid)).output, /no transfer holds such a destination/);
  await scene.start();
  await scene.until(jobIdOf(await scene.request({ scicatPid: again })), 'finished');
});

for (const args of [
  [],
  ['release'],
  ['release', '--config', 'x'],
  ['release', '--config', 'x', '--pid', 'a', '--folder', 'b'],
  ['free'],
])
  test(`beamgate transfers ${args.join(' ')} says how it is used`, async () => {
    const running = startBeamgate(['transfers', ...args]);
    assert.equal(await running.ended, 2);
    assert.match(running.output(), /beamgate transfers release --config FILE/);
  });
