// A wish to cancel that comes in each state, held there by an outage: where it ends, and what of it has happened.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transfer } from '../../../transfer-service/engine/types.ts';
import type { CallName } from './fake-services.ts';
import { Stage } from './stage.ts';

type Case = {
  readonly state: Transfer['state'];
  /** What is down, so that it stays there. */
  readonly down: CallName | undefined;
  readonly tasksEnd: boolean;
  /** Its state in the end, the reason, the job's status code; jobs to archive it. */
  readonly end: readonly [Transfer['state'], Transfer['reason'], string, number];
};

const byUser = ['cancelled', 'cancelled_by_user', '004', 0] as const;
const tooLate = ['finished', 'cancelled_too_late', '997', 0] as const;
const finished = ['finished', undefined, '003', 1] as const;

const cases: readonly Case[] = [
  { state: 'requested', down: 'scicat.createTransferJob', tasksEnd: false, end: byUser },
  { state: 'recorded', down: 'globus.fetchSubmissionId', tasksEnd: false, end: byUser },
  { state: 'submitting', down: 'globus.submit', tasksEnd: false, end: byUser },
  { state: 'transferring', down: undefined, tasksEnd: false, end: byUser },
  { state: 'concluding', down: 'scicat.fetchFiles', tasksEnd: true, end: tooLate },
  { state: 'archiving', down: 'scicat.markArchivable', tasksEnd: true, end: tooLate },
  // What was sent to SciCat may be there, and cannot be called back.
  { state: 'archiving', down: 'scicat.createArchiveJob', tasksEnd: true, end: finished },
  { state: 'finished', down: undefined, tasksEnd: true, end: finished },
];

describe('a wish to cancel', () => {
  for (const { state, down, tasksEnd, end } of cases) {
    for (const isRestarted of [false, true]) {
      const where = `${state}${down === undefined ? '' : `, while ${down} is down`}`;
      it(`when it is ${where}${isRestarted ? ', before a restart' : ''}`, async (t) => {
        const stage = await Stage.open(t);
        const { services } = stage;
        services.tasksEnd = tasksEnd;
        services.strike = (name) => (name === down ? 'outage' : undefined);
        const id = await stage.request();
        const isHeld = async () =>
          (await stage.read(id)).state === state && (down === undefined || services.calls.includes(down));
        await stage.until(`it is ${where}`, isHeld);
        // Twice, as somebody does who sees nothing happen.
        await stage.cancel(id);
        await stage.cancel(id);
        if (isRestarted) await stage.restart();
        services.strike = () => undefined;
        const transfer = await stage.untilSettled(id);
        const report = services.latestReport()?.statusCode;
        assert.deepEqual([transfer.state, transfer.reason, report, services.archiveJobs.length], end);
        assert.equal(services.jobs.length, 1);
        assert.ok([...services.tasks.values()].every(({ status }) => status !== 'ACTIVE'));
        assert.equal(services.archivable, end === finished ? 1 : 0);
      });
    }
  }

  it('while an earlier one is under way ends it once', async (t) => {
    const stage = await Stage.open(t);
    const { services } = stage;
    services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    services.strike = (name) => (name === 'globus.cancel' ? 'outage' : undefined);
    await stage.cancel(id);
    await stage.untilState(id, 'cancelling');
    await stage.cancel(id, { deleteJob: true });
    services.strike = () => undefined;
    assert.equal((await stage.untilSettled(id)).state, 'cancelled');
    assert.equal(services.jobs.length, 0);
  });

  it('of one that has failed changes nothing but its job, where that is wished', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.services.failTask('task-0', 'PERMISSION_DENIED');
    const before = await stage.untilSettled(id);
    await stage.cancel(id);
    assert.deepEqual(await stage.untilSettled(id), before);
    await stage.cancel(id, { deleteJob: true });
    const { state, reason, job } = await stage.untilSettled(id);
    assert.deepEqual([state, reason, job.isDeleted], ['failed', 'task_failed', true]);
  });

  it('that comes just as SciCat has been told of the end is not lost, at whichever moment', async (t) => {
    const missed: number[] = [];
    for (let turns = 0; turns < 200; turns += 4) {
      const stage = await Stage.open(t);
      const { services } = stage;
      let wished: Promise<void> | undefined;
      services.strike = (name) => {
        if (name === 'scicat.updateJob' && services.archiveJobs.length > 0) wished ??= wishAfter(turns);
        return undefined;
      };
      const id = await stage.request();
      const wishAfter = async (count: number) => {
        for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
        await stage.cancel(id, { deleteJob: true });
      };
      await stage.until('the wish is stored', () => wished !== undefined);
      await wished;
      const { job } = await stage.untilSettled(id);
      if (!job.isDeleted) missed.push(turns);
      await stage.engine.stop();
    }
    assert.deepEqual(missed, []);
  });
});
