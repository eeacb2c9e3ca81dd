// "The way back" of docs/replace-scicat-globus-proxy.md, word for word: Beamgate took over and moves transfers of its own;
// then the old service is to have its port again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createClient, field } from '../end-to-end/ask.ts';
import { freePort } from '../end-to-end/traefik.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { startOldTransfer } from '../simulators/old-service.ts';
import { openAdoptScene } from './adopt-scene.ts';
import type { Running } from './processes.ts';

const page = readFileSync(new URL('../../docs/replace-scicat-globus-proxy.md', import.meta.url), 'utf8');
const [makesFile = '', startsBeamgate = ''] =
  /## The way back[\s\S]*?```sh\n([\s\S]*?)```/.exec(page)?.[1]?.trim().split('\n') ?? [];
const pagePort = '8089';

async function open(t: TestContext) {
  const scene = await openAdoptScene();
  t.after(scene.stop);
  const token = await scene.facility.scicat.tokenFor('alice');
  const ask = (port: number, method: string, path: string) =>
    createClient({ scheme: 'http', port })({
      ...{ method, path, host: `proxy.lab.org:${port}` },
      headers: ['SciCat-API-Key', token],
    });
  return { ...scene, ask };
}

/** What the page has an operator read: 0 once all is told. */
async function readUnsettled(beamgate: Running): Promise<number> {
  const lines = beamgate.output().split('\n');
  const line = lines.find((one) => one.includes('"service":"transfer-service"') && one.includes('listening'));
  const address = /"operations":"([^"]+)"/.exec(line ?? '')?.[1];
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const value = /^beamgate_transfers_unsettled\{[^}]*\} (\d+)$/m.exec(text)?.[1];
  assert.ok(value !== undefined, text.slice(0, 500));
  return Number(value);
}

async function terminate({ process, ended }: Running): Promise<void> {
  process.kill('SIGTERM');
  assert.equal(await ended, 0);
}

test('to take over changes no job and no task: as they were, the old service finds them', async (t) => {
  const { facility, ...scene } = await open(t);
  const old = await scene.started();
  await scene.hasBegun(old.taskId);
  scene.longAgo();
  const seen = () => ({
    jobs: facility.scicat.jobs(),
    tasks: facility.globus.tasks().map(({ taskId, status }) => [taskId, status]),
  });
  const before = seen();
  assert.match((await scene.adopt('--yes')).output, /1 followed/);
  assert.deepEqual(seen(), before);
});

test('Beamgate finishes what it has beside the old service, whose own transfers it leaves alone', async (t) => {
  const { facility, ask, ...scene } = await open(t);
  const { scicat, globus } = facility;
  const adopted = await scene.started();
  await scene.hasBegun(adopted.taskId);
  scene.longAgo();
  assert.match((await scene.adopt('--yes')).output, /1 followed/);
  const beamgate = await scene.serve();
  const query = new URLSearchParams({
    ...{ sourceFacility: 'FAC-A', destFacility: 'FAC-B', collectionRootPath: '/data' },
    scicatPid: facility.datasets.linked.pid,
  });
  const asked = await ask(scene.port, 'POST', `/transfer?${query}`);
  const own = String(field(asked, 'jobId'));
  await waitFor('both are at Globus', () => globus.tasks().length === 2);
  await terminate(beamgate);

  const besides = await freePort();
  const made = spawnSync('sh', ['-c', makesFile.replace(pagePort, String(besides))], { cwd: scene.folder });
  assert.equal(made.status, 0, made.stderr.toString());
  assert.match(startsBeamgate, /^npx beamgate globus-proxy --config finish\.yaml$/);
  const finishing = await scene.serve('finish.yaml');
  const oldService = createServer((_, answer) => answer.end('the old service')).listen(scene.port);
  t.after(() => oldService.close());
  await waitFor('the old service listens', () => oldService.listening);
  const later = await startOldTransfer(facility, scene.bobs);
  const laterJob = structuredClone(scicat.job(later.jobId));

  for (const jobId of [adopted.jobId, own])
    assert.equal(field(await ask(besides, 'GET', `/transfer/${jobId}`), 'status'), 'transferring');
  assert.equal(await readUnsettled(finishing), 2);
  assert.equal(field(await ask(besides, 'DELETE', `/transfer/${own}`), 'status'), 'cancelled');
  globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
  await globus.ended(later.taskId);
  await waitFor('all is told', async () => (await readUnsettled(finishing)) === 0);
  assert.deepEqual(
    [adopted.jobId, own].map((jobId) => scicat.job(jobId)?.statusCode),
    ['003', '004'],
  );
  const shape = Object.keys(laterJob?.jobResultObject ?? {}).toSorted();
  assert.deepEqual(Object.keys(scicat.job(adopted.jobId)?.jobResultObject ?? {}).toSorted(), shape);
  assert.deepEqual(scicat.job(later.jobId), laterJob, "the old service's own transfer was meddled with");
  await terminate(finishing);
  assert.equal(globus.tasks().length, 3);
});
