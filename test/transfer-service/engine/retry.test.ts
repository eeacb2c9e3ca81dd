// A new attempt at what failed or fell short: under the same job, at what has not arrived, once however often it is
// asked for and wherever a crash strikes.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { findHistory, findPastAttempts } from '../../../transfer-service/store/read.ts';
import type { CallName } from './fake-services.ts';
import { Stage, type Wish } from './stage.ts';

/** One of three tasks has failed. */
async function failed(t: TestContext, wish: Wish = { limits: { itemsPerTask: 1 } }) {
  const stage = await Stage.open(t);
  stage.services.tasksEnd = false;
  const id = await stage.request(wish);
  await stage.until('all tasks run', async () =>
    (await stage.read(id)).chunks.every(({ status }) => status === 'active'),
  );
  stage.services.failTask('task-0', 'PERMISSION_DENIED');
  stage.services.tasksEnd = true;
  const transfer = await stage.untilSettled(id);
  assert.deepEqual([transfer.state, transfer.attempt], ['failed', 1]);
  return { stage, id };
}

describe('a retry', () => {
  it('hands over again only what has not arrived, under the same job, to the end', async (t) => {
    const { stage, id } = await failed(t);
    assert.equal(stage.services.latestReport()?.statusCode, '998');
    assert.deepEqual(await stage.retry(id), { kind: 'begun' });
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason, transfer.attempt], ['finished', undefined, 2]);
    const { services } = stage;
    assert.deepEqual([services.jobs.length, services.tasks.size, services.archiveJobs.length], [1, 4, 1]);
    const repeated = [...services.submissions.values()].filter(({ submission }) => submission.isRepeat);
    assert.deepEqual(
      repeated.flatMap(({ submission }) => submission.items.map(({ sourcePath }) => sourcePath)),
      ['/p1/run7/a'],
    );
    assert.equal(services.latestReport()?.statusCode, '003');
  });

  it('tells SciCat that it is under way again', async (t) => {
    const { stage, id } = await failed(t);
    stage.services.tasksEnd = false;
    await stage.retry(id);
    await stage.until('the job says so', () => stage.services.latestReport()?.statusCode === '002');
  });

  it('keeps what came of the attempt before, and every state with its time', async (t) => {
    const { stage, id } = await failed(t);
    await stage.retry(id);
    await stage.untilSettled(id);
    const [past, ...others] = await findPastAttempts(stage.store, id);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [past?.attempt, past?.state, past?.reason, past?.filesTransferred, past?.taskIds.length],
      [1, 'failed', 'task_failed', 2, 3],
    );
    const states = (await findHistory(stage.store, id)).map(({ attempt, state }) => `${attempt} ${state}`);
    assert.deepEqual(states, [
      '1 requested',
      '1 recorded',
      '1 submitting',
      '1 transferring',
      '1 failed',
      '2 recorded',
      '2 submitting',
      '2 transferring',
      '2 concluding',
      '2 archiving',
      '2 finished',
    ]);
  });

  it('of what was found short hands over everything', async (t) => {
    const stage = await Stage.open(t);
    const { files } = stage.services;
    stage.services.files = [...(files ?? []), { path: 'd', sizeBytes: 10, kind: 'file' as const }];
    const id = await stage.request({ limits: { itemsPerTask: 2 } });
    assert.equal((await stage.untilSettled(id)).reason, 'incomplete');
    stage.services.files = files;
    await stage.retry(id);
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.reason, stage.services.tasks.size], [undefined, 4]);
  });

  it('of what only could not be marked moves nothing, and marks it', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = (name) =>
      name === 'scicat.markArchivable' ? { kind: 'refused', code: 'x', message: 'no' } : undefined;
    const id = await stage.request();
    assert.equal((await stage.untilSettled(id)).reason, 'archivable_refused');
    stage.services.strike = () => undefined;
    await stage.retry(id);
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.reason, stage.services.tasks.size], [undefined, 1]);
    assert.equal(stage.services.archiveJobs.length, 1);
  });

  it('creates the job that SciCat had refused', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = (name) =>
      name === 'scicat.createTransferJob' ? { kind: 'refused', code: 'x', message: 'no' } : undefined;
    const id = await stage.request();
    await stage.untilSettled(id);
    stage.services.strike = () => undefined;
    await stage.retry(id);
    assert.equal((await stage.untilSettled(id)).state, 'finished');
    assert.equal(stage.services.jobs.length, 1);
  });

  it('is one attempt however often the same is asked for', async (t) => {
    const { stage, id } = await failed(t);
    stage.services.tasksEnd = false;
    assert.deepEqual(await Promise.all([stage.retry(id), stage.retry(id, 2), stage.retry(id)]), [
      { kind: 'begun' },
      { kind: 'repeated' },
      { kind: 'repeated' },
    ]);
    stage.services.tasksEnd = true;
    await stage.untilSettled(id);
    assert.deepEqual(await stage.retry(id, 2), { kind: 'repeated' });
    assert.equal((await stage.read(id)).attempt, 2);
  });

  it('is what an equal request finds while it is under way', async (t) => {
    const { stage, id } = await failed(t);
    stage.services.tasksEnd = false;
    await stage.retry(id);
    const again = await stage.accept({ limits: { itemsPerTask: 1 } });
    assert.equal(again.kind, 'repeated');
  });

  it('that begins before SciCat was told of the failure loses neither', async (t) => {
    const stage = await Stage.open(t);
    let isDown = false;
    stage.services.tasksEnd = false;
    stage.services.strike = (name) => (isDown && name === 'scicat.updateJob' ? 'outage' : undefined);
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    isDown = true;
    stage.services.failTask('task-0', 'PERMISSION_DENIED');
    await stage.untilState(id, 'failed');
    stage.services.tasksEnd = true;
    assert.deepEqual(await stage.retry(id), { kind: 'begun' });
    isDown = false;
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.attempt], ['finished', 2]);
    assert.equal(stage.services.latestReport()?.statusCode, '003');
  });

  it('moves nothing of a dataset that was given to another group before its turn', async (t) => {
    const { stage, id } = await failed(t);
    const { services } = stage;
    const { dataset } = services;
    assert.ok(dataset !== undefined);
    services.strike = (name) => {
      if (name === 'globus.fetchSubmissionId') services.dataset = { ...dataset, ownerGroup: 'p2' };
      return undefined;
    };
    const begun = services.calls.length;
    assert.deepEqual(await stage.retry(id), { kind: 'begun' });
    const { state, reason, attempt } = await stage.untilSettled(id);
    assert.deepEqual([state, reason, attempt], ['failed', 'dataset_changed', 2]);
    assert.equal(services.tasks.size, 3);
    assert.ok(!services.calls.slice(begun).includes('globus.submit'));
  });

  it('does not take the end of the task before for that of its own', async (t) => {
    const { stage, id } = await failed(t, {});
    stage.services.tasksEnd = false;
    const seen = stage.services.tasks.get('task-0');
    await stage.retry(id);
    await stage.untilState(id, 'transferring');
    assert.equal(seen?.status, 'FAILED');
    const [chunk] = (await stage.read(id)).chunks;
    assert.deepEqual([chunk?.taskId, chunk?.attempt, chunk?.problem], ['task-1', 2, undefined]);
  });
});

describe('a retry is refused', () => {
  const problemOf = async (stage: Stage, id: string, attempt?: number) => {
    const retried = await stage.retry(id, attempt);
    assert.ok(retried.kind === 'refused' && retried.reason === 'retry_not_possible', JSON.stringify(retried));
    return retried.problem;
  };

  it('while the first attempt is under way, and of what is complete', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    assert.match(await problemOf(stage, id), /not ended/);
    assert.match(await problemOf(stage, id, 2), /not ended/);
    stage.services.tasksEnd = true;
    await stage.untilSettled(id);
    assert.match(await problemOf(stage, id), /nothing is missing/);
  });

  it('of what its owner has cancelled, and of what has no job any more', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.cancel(id);
    await stage.untilSettled(id);
    assert.match(await problemOf(stage, id), /cancelled/);
    const { stage: other, id: gone } = await failed(t);
    await other.cancel(gone, { deleteJob: true });
    await other.untilSettled(gone);
    assert.match(await problemOf(other, gone), /job is deleted/);
  });

  it('of one from before it was stored how it was asked for', async (t) => {
    const { stage, id } = await failed(t);
    await stage.store.updateTable('transfers').set({ collection_root_path: null }).execute();
    const refused = await stage.retry(id);
    assert.ok(refused.kind === 'refused' && refused.reason === 'retry_not_possible');
    assert.match(refused.problem, /how it was asked for is not known; ask for the transfer anew/);
  });

  it('when the same was asked for again, and for an attempt that is not the next', async (t) => {
    const { stage, id } = await failed(t);
    assert.match(await problemOf(stage, id, 3), /next attempt is 2/);
    stage.services.tasksEnd = false;
    const other = await stage.request();
    assert.match(await problemOf(stage, id), new RegExp(other));
  });

  it('when another dataset has come to the destination meanwhile', async (t) => {
    const { stage, id } = await failed(t);
    await stage.store
      .updateTable('transfers')
      .set({ destination_used_at: null })
      .where('id', '=', id)
      .execute();
    stage.services.tasksEnd = false;
    await stage.request({ authorised: { pid: 'other' } });
    const refused = await stage.retry(id);
    assert.ok(refused.kind === 'refused' && refused.reason === 'destination_used');
    assert.equal(refused.usedBy.pid, 'other');
  });
});

describe('a crash in a second attempt', () => {
  for (const moment of ['hang_before', 'hang_after', 'answer_lost'] as const) {
    it(`at each call (${moment}) loses and doubles nothing`, async (t) => {
      for (let at = 0; at < 12; at += 1) {
        const { stage, id } = await failed(t);
        const struck: CallName[] = [];
        const from = stage.services.calls.length;
        stage.services.strike = (name, called) => {
          if (called !== from + at) return undefined;
          struck.push(name);
          return moment;
        };
        await stage.retry(id);
        const isOver = async () => struck.length > 0 || (await stage.read(id)).isSettled;
        await stage.until('it is struck, or at its end', isOver);
        await stage.restart();
        await stage.retry(id, 2);
        const transfer = await stage.untilSettled(id);
        const where = `${moment} ${struck[0]} (${at})`;
        assert.deepEqual(
          [transfer.state, transfer.reason, transfer.attempt],
          ['finished', undefined, 2],
          where,
        );
        const { jobs, tasks, archiveJobs } = stage.services;
        assert.deepEqual([jobs.length, tasks.size, archiveJobs.length], [1, 4, 1], where);
        assert.equal(stage.services.latestReport()?.statusCode, '003', where);
      }
    });
  }
});
