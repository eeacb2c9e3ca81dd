// Users take turns at Globus by the default limits: counted in tasks, not in seconds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadTransferConfig } from '../../../transfer-service/config.ts';
import { authorised, Stage } from './stage.ts';

const text = 'scicatUrl: https://scicat.lab.org\nport: 8080\nfacilities: [{ name: LAB, collection: c }]\n';

function defaultConcurrency(): number {
  const loaded = loadTransferConfig({ file: 'f.yaml', text }, { readFile: () => '' });
  assert.ok(loaded.ok);
  return loaded.value.task.maxConcurrency;
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `file-${index}`);

const bobs = { ...authorised, subject: 'scicat:bob', pid: 'bobs', destinationFolder: '/received/bobs' };

describe('Globus, which works on three tasks', () => {
  it('gets a small transfer of another user next, beside one of twenty tasks', async (t) => {
    const stage = await Stage.open(t, { maxConcurrency: defaultConcurrency() });
    stage.services.tasksEnd = false;
    stage.services.files = names(20).map((path) => ({ path, sizeBytes: 10, kind: 'file' as const }));
    const big = await stage.request({ files: names(20), limits: { itemsPerTask: 1 } });
    await stage.until('three are at Globus', () => stage.services.tasks.size === 3);
    const small = await stage.request({ authorised: bobs, files: ['a'] });
    await stage.until('it is recorded', async () => (await stage.read(small)).state === 'recorded');
    await untilLookedAtTwice(stage);
    stage.services.endTask('task-0');
    const taskOf = async (id: string) => (await stage.read(id)).chunks[0]?.taskId;
    await stage.until('the small one is at Globus', async () => (await taskOf(small)) !== undefined);
    assert.equal(await taskOf(small), 'task-3');
    stage.services.tasksEnd = true;
    await stage.untilState(big, 'finished');
    assert.ok(stage.services.mostAtOnce <= 3, `${stage.services.mostAtOnce} at once`);
  });

  it('has work as soon as a task has ended, while transfers wait', async (t) => {
    const stage = await Stage.open(t, {
      maxConcurrency: 1,
      pollIntervalMs: 60_000,
      busyPollIntervalMs: 2_000,
    });
    stage.services.tasksEnd = false;
    await stage.request({ files: names(5), limits: { itemsPerTask: 1 } });
    await stage.until('the first is at Globus', () => stage.services.tasks.size === 1, 100);
    for (let task = 0; task < 4; task += 1) {
      const from = stage.clock.elapsed();
      stage.services.endTask(`task-${task}`);
      await stage.until('the next is at Globus', () => stage.services.tasks.size === task + 2, 500);
      assert.ok(stage.clock.elapsed() - from <= 4_000, `${stage.clock.elapsed() - from} ms`);
    }
  });

  for (const [what, change] of [
    ['paused', { isPaused: true }],
    ['waiting after an error', { niceStatus: 'FILE_NOT_FOUND', faults: 3 }],
    ['without credentials', { status: 'INACTIVE', niceStatus: 'CREDENTIALS_EXPIRED' }],
  ] as const) {
    it(`is not kept idle by tasks that are ${what}, over a restart as well`, async (t) => {
      const stage = await Stage.open(t, { maxConcurrency: 1 });
      stage.services.tasksEnd = false;
      const stuck = await stage.request();
      await stage.until('it is at Globus', () => stage.services.tasks.size === 1);
      stage.services.changeTask('task-0', change);
      const other = await stage.request({ authorised: bobs });
      await stage.until('the other is there too', () => stage.services.tasks.size === 2);
      await stage.restart();
      stage.services.endTask('task-1');
      await stage.untilState(other, 'finished');
      assert.equal((await stage.read(stuck)).state, 'transferring');
      const third = await stage.request({
        authorised: { ...bobs, pid: 'third', destinationFolder: '/third' },
      });
      await stage.until('so is the third', async () => (await stage.read(third)).state === 'transferring');
    });
  }

  it('keeps its own queue for the tasks of others: a parked task that goes on counts again', async (t) => {
    const stage = await Stage.open(t, { maxConcurrency: 1 });
    stage.services.tasksEnd = false;
    await stage.request();
    await stage.until('it is at Globus', () => stage.services.tasks.size === 1);
    stage.services.changeTask('task-0', { isPaused: true });
    await stage.request({ authorised: bobs });
    await stage.until('the other is there too', () => stage.services.tasks.size === 2);
    stage.services.changeTask('task-0', { isPaused: false });
    const third = await stage.request({ authorised: { ...bobs, pid: 'third', destinationFolder: '/third' } });
    await stage.until('it is known', async () => (await stage.read(third)).state === 'recorded');
    await untilLookedAtTwice(stage);
    stage.services.endTask('task-1');
    await untilLookedAtTwice(stage);
    assert.equal(stage.services.tasks.size, 2);
    stage.services.endTask('task-0');
    await stage.until('the third is there', () => stage.services.tasks.size === 3);
  });
});

/** By then whoever waits for a place is in line. */
async function untilLookedAtTwice(stage: Stage): Promise<void> {
  const polls = () => stage.services.calls.filter((name) => name === 'globus.fetchOpenTasks').length;
  const from = polls();
  await stage.until('the tasks were looked at twice', () => polls() >= from + 2);
}
