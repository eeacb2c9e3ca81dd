// A crash at every outside call, before its work and after it: the engine is gone, what was stored is not. In the end
// there is exactly one of everything, and the transfer has the end that it would have had.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { CallName, Strike } from './fake-services.ts';
import { Stage } from './stage.ts';

const moments = ['hang_before', 'hang_after', 'answer_lost'] as const;

/** Strikes at the call of this number; told when it was reached. */
function strikeAt(stage: Stage, index: number, strike: Strike) {
  const struck: CallName[] = [];
  stage.services.strike = (name, called) => {
    if (called !== index) return undefined;
    struck.push(name);
    return strike;
  };
  return struck;
}

async function crash(
  t: TestContext,
  options: { at: number; moment: (typeof moments)[number]; perTask: number },
) {
  const stage = await Stage.open(t);
  const struck = strikeAt(stage, options.at, options.moment);
  const id = await stage.request({ limits: { itemsPerTask: options.perTask } });
  const isSettled = async () => (await stage.read(id)).isSettled;
  await stage.until('it is struck, or at its end', async () => struck.length > 0 || (await isSettled()));
  await stage.restart();
  const transfer = await stage.untilSettled(id);
  return { stage, transfer, struck };
}

async function countCalls(t: TestContext, perTask: number): Promise<number> {
  const stage = await Stage.open(t);
  await stage.untilSettled(await stage.request({ limits: { itemsPerTask: perTask } }));
  return stage.services.calls.length;
}

describe('a crash', () => {
  for (const perTask of [100, 1]) {
    for (const moment of moments) {
      it(`at each call (${moment}, ${perTask} files a task) loses and doubles nothing`, async (t) => {
        const calls = await countCalls(t, perTask);
        assert.ok(calls >= 10, `${calls} calls`);
        for (let at = 0; at < calls; at += 1) {
          const { stage, transfer, struck } = await crash(t, { at, moment, perTask });
          const { jobs, tasks, archiveJobs } = stage.services;
          const where = `${moment} ${struck[0]} (${at})`;
          assert.deepEqual([transfer.state, transfer.reason], ['finished', undefined], where);
          assert.deepEqual(
            [jobs.length, tasks.size, archiveJobs.length],
            [1, perTask === 1 ? 3 : 1, 1],
            where,
          );
          assert.equal(stage.services.latestReport()?.statusCode, '003', where);
        }
      });
    }
  }

  for (const moment of moments) {
    it(`at each call of a cancellation (${moment}) leaves nothing running`, async (t) => {
      for (let at = 0; at < 16; at += 1) {
        const { stage, transfer, where } = await crashCancelled(t, { at, moment, deleteJob: false });
        assert.ok(stage.services.jobs.length <= 1, where);
        if (transfer.job.id !== undefined)
          assert.equal(stage.services.latestReport()?.statusCode, '004', where);
      }
    });

    it(`at each call of a cancellation that deletes its job (${moment}) leaves no job`, async (t) => {
      const seen = new Set<CallName>();
      for (let at = 0; at < 16; at += 1) {
        const { stage, struck, where } = await crashCancelled(t, { at, moment, deleteJob: true });
        for (const name of struck) seen.add(name);
        assert.deepEqual(stage.services.jobs, [], where);
      }
      assert.ok(seen.has('scicat.deleteJob'));
    });
  }
});

async function crashCancelled(
  t: TestContext,
  { at, moment, deleteJob }: { at: number; moment: (typeof moments)[number]; deleteJob: boolean },
) {
  const stage = await Stage.open(t);
  stage.services.tasksEnd = false;
  const struck = strikeAt(stage, at, moment);
  const id = await stage.request({ limits: { itemsPerTask: 2 } });
  const isUnderWay = async () =>
    struck.length > 0 || (await stage.read(id)).chunks.every(({ status }) => status === 'active');
  await stage.until('it is under way, or struck', isUnderWay);
  await stage.cancel(id, { deleteJob });
  const isOver = async () => struck.length > 0 || (await stage.read(id)).isSettled;
  await stage.until('it is struck, or at its end', isOver);
  await stage.restart();
  const transfer = await stage.untilSettled(id);
  const where = `${moment} ${struck[0]} (${at})`;
  assert.equal(transfer.state, 'cancelled', where);
  const open = [...stage.services.tasks.values()].filter(({ status }) => status === 'ACTIVE');
  assert.deepEqual(open, [], where);
  return { stage, transfer, struck, where };
}
