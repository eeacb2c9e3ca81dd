// Globus ends tasks at a deadline: ours is the end of the attempt, and a task that it ends before is submitted again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { taskDeadlineAt } from '../../../transfer-service/engine/time-limits.ts';
import { Stage } from './stage.ts';

const hour = 3_600_000;

const submissions = ({ services }: Stage) =>
  [...services.submissions.values()].map(({ submission }) => submission);

describe('the deadline of a task', () => {
  it('is the end of the attempt, however late it is submitted', async (t) => {
    const stage = await Stage.open(t, { maxConcurrency: 1, deadlineMs: 100 * hour });
    stage.services.tasksEnd = false;
    const id = await stage.request({ limits: { itemsPerTask: 1 } });
    await stage.until('the first is at Globus', () => stage.services.tasks.size === 1);
    stage.clock.advance(30 * hour);
    stage.services.endTask('task-0');
    await stage.until('the second is too', () => stage.services.tasks.size === 2);
    const { attemptBeganAt } = await stage.read(id);
    assert.deepEqual(
      submissions(stage).map(({ deadlineAt = 0 }) => deadlineAt - attemptBeganAt),
      [100 * hour, 100 * hour],
    );
  });

  it('is the file’s, counted from the submit', async (t) => {
    const stage = await Stage.open(t, { taskDeadlineMs: 5 * hour });
    await stage.untilSettled(await stage.request());
    const [first] = submissions(stage);
    const ahead = (first?.deadlineAt ?? 0) - stage.clock.now();
    assert.ok(ahead <= 5 * hour && ahead > 4.9 * hour, `${ahead} ms`);
  });

  it('is an hour ahead at least: the clock of Globus may differ', () => {
    const settings = { deadlineMs: 10 * hour, stuckAfterMs: hour, scicatPatienceMs: hour };
    const at = (passedMs: number) =>
      taskDeadlineAt({ attemptBeganAt: 0 }, { now: passedMs, sinceMs: () => passedMs, settings });
    assert.deepEqual([at(0), at(8 * hour), at(9.5 * hour)], [10 * hour, 10 * hour, 10.5 * hour]);
  });
});

describe('a task that expires', () => {
  it('is submitted again under another label, and what it had moved counts', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.services.changeTask('task-0', { filesTransferred: 2, bytesTransferred: 20 });
    stage.services.failTask('task-0', 'EXPIRED');
    await stage.until('it is at Globus again', () => stage.services.tasks.size === 2);
    const [first, second] = submissions(stage);
    assert.deepEqual([first?.label, second?.label], [`beamgate ${id} 1-0`, `beamgate ${id} 1-0.1`]);
    assert.deepEqual([first?.isRepeat, second?.isRepeat], [false, true]);
    assert.notEqual(first?.submissionId, second?.submissionId);
    stage.services.changeTask('task-1', {
      ...{ status: 'SUCCEEDED', files: 3 },
      ...{ filesTransferred: 1, filesSkipped: 2, bytesTransferred: 10 },
    });
    const { state, reason, attempt } = await stage.untilSettled(id);
    assert.deepEqual([state, reason, attempt], ['finished', undefined, 1]);
    assert.equal(stage.services.archivable, 1);
  });

  it('is one of several: the others are not submitted again', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request({ limits: { itemsPerTask: 1 } });
    await stage.until('three are at Globus', () => stage.services.tasks.size === 3);
    stage.services.failTask('task-1', 'EXPIRED');
    await stage.until('one is again', () => stage.services.tasks.size === 4);
    stage.services.tasksEnd = true;
    assert.equal((await stage.untilSettled(id)).state, 'finished');
    assert.equal(stage.services.tasks.size, 4);
  });

  it('is found by its new label where the answer to its submit was lost, over a restart', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    let isLost = false;
    stage.services.strike = (name) => {
      if (name !== 'globus.submit' || isLost) return undefined;
      isLost = true;
      return 'answer_lost';
    };
    stage.services.failTask('task-0', 'EXPIRED');
    await stage.until('it is at Globus again', () => stage.services.tasks.size === 2);
    await stage.restart();
    await stage.cancel(id);
    const { state } = await stage.untilSettled(id);
    assert.equal(state, 'cancelled');
    assert.equal(stage.services.tasks.get('task-1')?.status, 'FAILED');
    assert.equal(stage.services.tasks.size, 2);
  });

  it('again and again, is submitted once in ten minutes on average, until the attempt’s deadline', async (t) => {
    const stage = await Stage.open(t, { deadlineMs: hour, pollIntervalMs: 10_000 });
    stage.services.tasksEnd = false;
    const id = await stage.request();
    const failing = setInterval(() => {
      for (const taskId of stage.services.tasks.keys()) stage.services.failTask(taskId, 'EXPIRED');
    }, 1);
    t.after(() => clearInterval(failing));
    const { state, reason } = await stage.untilSettled(id);
    assert.deepEqual([state, reason], ['failed', 'deadline_passed']);
    const { size } = stage.services.tasks;
    assert.ok(size >= 4 && size <= 7, `${size} tasks`);
  });

  it('is not submitted again once it is to be cancelled', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    await stage.cancel(id);
    stage.services.failTask('task-0', 'EXPIRED');
    assert.equal((await stage.untilSettled(id)).state, 'cancelled');
    assert.equal(stage.services.tasks.size, 1);
  });
});
