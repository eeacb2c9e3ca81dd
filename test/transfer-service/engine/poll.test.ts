import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CallName } from './fake-services.ts';
import { Stage } from './stage.ts';

const intervalMs = 10_000;

function asked(stage: Stage, name: CallName): number {
  return stage.services.calls.filter((call) => call === name).length;
}

it('asks once an interval about all that is in flight, and by id about nothing that is in the list', async (t) => {
  const stage = await Stage.open(t, { pollIntervalMs: intervalMs });
  stage.services.tasksEnd = false;
  for (const name of ['a', 'b', 'c', 'd'])
    await stage.request({ authorised: { pid: name, destinationFolder: `/${name}` } });
  await stage.until('all are at Globus', () => stage.services.tasks.size === 4);
  const before = asked(stage, 'globus.fetchOpenTasks');
  const from = stage.clock.elapsed();
  await stage.until('ten intervals are over', () => stage.clock.elapsed() - from >= 10 * intervalMs);
  const lists = asked(stage, 'globus.fetchOpenTasks') - before;
  assert.ok(lists >= 9 && lists <= 11, `${lists} lists`);
  assert.equal(asked(stage, 'globus.fetchTask'), 0);
});

it('wakes hundreds without holding up everybody else until all of them are seen to', async (t) => {
  const stage = await Stage.open(t, { maxConcurrency: 300, pollIntervalMs: intervalMs });
  stage.services.tasksEnd = false;
  const ids: string[] = [];
  for (let index = 0; index < 200; index += 1)
    ids.push(await stage.request({ authorised: { pid: `${index}`, destinationFolder: `/${index}` } }));
  await stage.until('all are at Globus', () => stage.services.tasks.size === 200);
  const reads = t.mock.method(stage.store, 'selectFrom').mock;
  for (const id of ids) stage.engine.wake(id);
  const inOneTurn: number[] = [];
  for (let seen = -1; seen !== reads.callCount() || seen < 400; ) {
    seen = reads.callCount();
    await new Promise((resolve) => setImmediate(resolve));
    inOneTurn.push(reads.callCount() - seen);
  }
  assert.ok(Math.max(...inOneTurn) <= 100, `${inOneTurn.join(' ')} questions to the database in one turn`);
});

it('asks nothing while nothing is in flight', async (t) => {
  const stage = await Stage.open(t, { pollIntervalMs: intervalMs });
  await stage.untilSettled(await stage.request());
  const before = stage.services.calls.length;
  const from = stage.clock.elapsed();
  await stage.until('ten intervals are over', () => stage.clock.elapsed() - from >= 10 * intervalMs);
  assert.equal(stage.services.calls.length, before);
});

it('writes what it has learned although the question about one task stays without an answer', async (t) => {
  const stage = await Stage.open(t, { pollIntervalMs: intervalMs });
  const { services } = stage;
  services.tasksEnd = false;
  const [first, second] = await Promise.all(
    ['a', 'b'].map((name) =>
      stage.request({ authorised: { pid: '20.500/run7', destinationFolder: `/${name}` } }),
    ),
  );
  await stage.until('both are at Globus', () => services.tasks.size === 2);
  let isFirst = true;
  services.strike = (name) => {
    if (name !== 'globus.fetchTask') return undefined;
    isFirst = !isFirst;
    return isFirst ? undefined : 'outage';
  };
  for (const taskId of services.tasks.keys()) services.endTask(taskId);
  for (const id of [first, second]) assert.equal((await stage.untilSettled(id ?? '')).state, 'finished');
});
