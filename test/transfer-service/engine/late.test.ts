// What was sent and not answered may still be done, after we have given up waiting and looked it up in vain.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CallName } from './fake-services.ts';
import { Stage } from './stage.ts';

function strikeOnce(stage: Stage, wanted: CallName): void {
  let isLeft = true;
  stage.services.strike = (name) => {
    if (name !== wanted || !isLeft) return undefined;
    isLeft = false;
    return 'done_late';
  };
}

async function pass(stage: Stage, ms: number): Promise<void> {
  const elapsed = stage.clock.elapsed() + ms;
  await stage.until('time has passed', () => stage.clock.elapsed() >= elapsed);
}

for (const name of ['scicat.createTransferJob', 'scicat.createArchiveJob'] as const) {
  it(`${name} that is done 20 s after its answer was given up is one job`, async (t) => {
    const stage = await Stage.open(t);
    strikeOnce(stage, name);
    const id = await stage.request();
    await stage.until('it is asked', () => stage.services.calls.includes(name));
    await pass(stage, 20_000);
    await stage.restart();
    stage.services.catchUp();
    assert.equal((await stage.untilSettled(id)).state, 'finished');
    assert.deepEqual([stage.services.jobs.length, stage.services.archiveJobs.length], [1, 1]);
  });

  for (const setByMs of [86_400_000, -86_400_000]) {
    for (const isRestarted of [false, true]) {
      const how = `a clock set by ${setByMs / 3_600_000} h${isRestarted ? ' and a restart' : ''}`;
      it(`${name} that is done late is one job, over ${how}`, async (t) => {
        const stage = await Stage.open(t);
        strikeOnce(stage, name);
        const id = await stage.request();
        await stage.until('it is asked', () => stage.services.calls.includes(name));
        stage.clock.setBy(setByMs);
        if (isRestarted) await stage.restart();
        await pass(stage, 20_000);
        stage.services.catchUp();
        assert.equal((await stage.untilSettled(id)).state, 'finished');
        assert.deepEqual([stage.services.jobs.length, stage.services.archiveJobs.length], [1, 1]);
      });
    }
  }

  it(`${name} without an answer is sent again in time, however often the service is started anew`, async (t) => {
    const stage = await Stage.open(t);
    strikeOnce(stage, name);
    await stage.request();
    await stage.until('it is asked', () => stage.services.calls.includes(name));
    const askedAtMs = stage.clock.elapsed();
    const jobs = name === 'scicat.createArchiveJob' ? stage.services.archiveJobs : stage.services.jobs;
    for (let restart = 0; restart < 12 && jobs.length === 0; restart += 1) {
      await pass(stage, 5_000);
      await stage.restart();
    }
    assert.equal(jobs.length, 1, `not after ${stage.clock.elapsed() - askedAtMs} ms`);
  });

  it(`${name} that was never done is sent again`, async (t) => {
    const stage = await Stage.open(t);
    strikeOnce(stage, name);
    assert.equal((await stage.untilSettled(await stage.request())).state, 'finished');
    assert.deepEqual([stage.services.jobs.length, stage.services.archiveJobs.length], [1, 1]);
  });
}

it('a submit that hung, and is done a while after its transfer was cancelled, does not run', async (t) => {
  const stage = await Stage.open(t);
  const { promise: lasts, resolve: giveUp } = Promise.withResolvers<void>();
  stage.services.lasts = lasts;
  stage.services.tasksEnd = false;
  strikeOnce(stage, 'globus.submit');
  const id = await stage.request();
  await stage.until('it is asked', () => stage.services.calls.includes('globus.submit'));
  await pass(stage, 90_000);
  await stage.cancel(id);
  giveUp();
  await pass(stage, 20_000);
  stage.services.catchUp();
  assert.equal((await stage.untilSettled(id)).state, 'cancelled');
  const states = [...stage.services.tasks.values()].map(({ fatalError }) => fatalError?.code);
  assert.deepEqual(states, ['CANCELED']);
});
