// A day without SciCat, through the whole service: HTTP in front, its database in a file, the simulators behind it, and a
// clock that the test moves. Whatever a transfer was at when SciCat went away, it is late by a day and nothing else.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { audit } from '../soak/audit.ts';
import { addDataset, type TransferView, type Wanted } from '../soak/site.ts';
import { startMovedScene } from './moved-scene.ts';
import { jobIdOf } from './scene.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const history = z.array(z.object({ state: z.string(), at: z.string() }));

async function open(t: TestContext) {
  const moved = await startMovedScene(t, { config: 'task: { maxConcurrency: 2 }' });
  const { scene, during } = moved;
  return {
    ...moved,
    add: (name: string) => addDataset(scene.facility, name, { isList: false }),
    ask: (wanted: Wanted) => during(scene.request({ scicatPid: wanted.pid, autoArchive: 'true' })),
    list: async () => {
      const { json } = await scene.ask('GET', '/transfer?limit=500');
      return z.custom<readonly TransferView[]>(Array.isArray).parse(json.transfers);
    },
  };
}

test('a day without SciCat delays transfers at every step and fails none, over a restart as well', async (t) => {
  const { scene, clock, ...at } = await open(t);
  const { scicat, globus } = scene.facility;
  const names = ['archived', 'moving', 'cancelled', 'waiting', 'created', 'asked'];
  const wanted = await Promise.all(names.map((name) => at.add(name)));
  const [archived, moving, cancelled, waiting, created, asked] = wanted;
  assert.ok(archived && moving && cancelled && waiting && created && asked);

  // Its archive job is made, and nobody hears of it.
  const archiveAnswer = { method: 'POST', path: /\/v3\/jobs$/, fault: { kind: 'answer_lost' } } as const;
  const archivesAgain = scicat.faults.add(archiveAnswer);
  const archivedJob = jobIdOf(await at.ask(archived));
  await at.untilState(archivedJob, 'archiving');
  globus.setBytesPerSecond(1);
  const movingJob = jobIdOf(await at.ask(moving));
  const cancelledJob = jobIdOf(await at.ask(cancelled));
  await at.untilState(movingJob, 'transferring');
  await at.untilState(cancelledJob, 'transferring');
  const waitingJob = jobIdOf(await at.ask(waiting));
  scicat.faults.add({ method: 'POST', path: /\/v4\/jobs$/, times: 1, fault: { kind: 'answer_lost' } });
  assert.equal((await at.ask(created)).json.reason, 'unavailable');
  const jobsBefore = scicat.jobs().length;

  const wentAway = clock.now();
  const comesBack = scicat.faults.add({ path: /./, fault: { kind: 'reset' } });
  archivesAgain();
  const refused = await at.ask(asked);
  assert.deepEqual([refused.status, refused.json.reason], [503, 'unavailable']);
  const gone = await at.during(scene.ask('DELETE', `/transfer/${cancelledJob}`));
  assert.deepEqual([gone.status, gone.json.status], [200, 'cancelled']);
  globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
  for (const { taskId } of globus.tasks()) await globus.ended(taskId);
  await at.pass(12 * hourMs);
  const late = await at.show(movingJob);
  assert.equal(late.state, 'concluding');
  assert.match(String(late.message), /^stuck, waits for scicat, which cannot be reached/);
  assert.equal((await at.show(waitingJob)).state, 'submitting');
  const { json: health } = await scene.askOperations('/health/ready');
  assert.equal(health.status, 'degraded');
  assert.equal(globus.tasks().length, 3);

  await scene.restart();
  await at.pass(12 * hourMs);
  assert.equal((await at.show(movingJob)).state, 'concluding');
  assert.equal(scicat.jobs().length, jobsBefore);

  const cameBack = clock.now();
  comesBack();
  // The longest that it waits between two attempts.
  await at.pass(6 * minuteMs, 5_000);
  const askedJob = jobIdOf(await at.ask(asked));
  await at.untilState(askedJob, 'finished');
  await at.pass(minuteMs, 5_000);

  const transfers = await at.list();
  const ends = transfers.map(({ state }) => state).toSorted();
  assert.deepEqual(ends, ['cancelled', ...Array.from({ length: 5 }, () => 'finished')]);
  const { lost, doubled, tasks } = await audit(scene.facility, wanted, transfers);
  assert.deepEqual({ lost, doubled, tasks }, { lost: [], doubled: [], tasks: 6 });

  const past = history.parse((await at.show(movingJob)).history);
  assert.deepEqual(
    past.map(({ state }) => state),
    ['requested', 'recorded', 'submitting', 'transferring', 'concluding', 'archiving', 'finished'],
  );
  const [arrived, marked] = ['concluding', 'archiving'].map((state) =>
    Date.parse(past.find((one) => one.state === state)?.at ?? ''),
  );
  assert.ok(arrived && arrived >= wentAway && arrived < wentAway + hourMs, 'the data arrived meanwhile');
  assert.ok(marked && marked >= cameBack && marked < cameBack + 6 * minuteMs, 'the rest, soon after');
});
