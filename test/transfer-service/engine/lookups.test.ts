// The engine asks about tasks in trouble beyond their status: how often, and with what result.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TaskError } from '../../../transfer-service/globus/task-report.ts';
import type { CallName } from './fake-services.ts';
import { Stage } from './stage.ts';

const minute = 60_000;

const missing: TaskError = {
  ...{ code: 'FILE_NOT_FOUND', description: 'No such file', path: '/p1/run7/b' },
  ...{ collection: 'source-collection', isWrite: false },
};

const count = ({ services }: Stage, call: CallName) => services.calls.filter((name) => name === call).length;

/** Of one file each, all at Globus. */
async function openWith(t: Parameters<typeof Stage.open>[0], tasks: number, overrides = {}) {
  const stage = await Stage.open(t, { maxConcurrency: 100, ...overrides });
  stage.services.tasksEnd = false;
  const files = Array.from({ length: tasks }, (_, index) => `file-${index}`);
  const id = await stage.request({ files, limits: { itemsPerTask: 1 } });
  await stage.until('all are at Globus', () => stage.services.tasks.size === tasks);
  await stage.untilState(id, 'transferring');
  return { stage, id, message: () => stage.services.latestReport()?.statusMessage ?? '' };
}

async function pass(stage: Stage, ms: number): Promise<void> {
  const until = stage.clock.elapsed() + ms;
  await stage.until('time has passed', () => stage.clock.elapsed() >= until, 5_000);
}

describe('a task that meets errors', () => {
  it('is asked for the file once, and every half an hour, not at each poll', async (t) => {
    const { stage, message } = await openWith(t, 1);
    stage.services.errors = [missing];
    stage.services.changeTask('task-0', { faults: 1, niceStatus: 'FILE_NOT_FOUND' });
    await stage.until('the job names the file', () =>
      /\/p1\/run7\/b is not at the source LAB/.test(message()),
    );
    for (let faults = 2; faults < 20; faults += 1) {
      stage.services.changeTask('task-0', { faults });
      await pass(stage, minute);
    }
    assert.equal(count(stage, 'globus.fetchErrors'), 1);
    await pass(stage, 40 * minute);
    assert.equal(count(stage, 'globus.fetchErrors'), 2);
  });

  it('is one of many: four are asked about in a round, until all are', async (t) => {
    const { stage } = await openWith(t, 10);
    const before = count(stage, 'globus.fetchOpenTasks');
    for (let task = 0; task < 10; task += 1) {
      stage.services.changeTask(`task-${task}`, { faults: 1, niceStatus: 'PERMISSION_DENIED' });
    }
    await stage.until('all were asked about', () => count(stage, 'globus.fetchErrors') === 10);
    assert.ok(count(stage, 'globus.fetchOpenTasks') - before >= 3);
    await pass(stage, 10 * minute);
    assert.equal(count(stage, 'globus.fetchErrors'), 10);
  });

  it('is as well followed where Globus cannot say more: it is asked again', async (t) => {
    const { stage, message } = await openWith(t, 1);
    let isDown = true;
    stage.services.strike = (name) => (isDown && name === 'globus.fetchErrors' ? 'outage' : undefined);
    stage.services.errors = [missing];
    stage.services.changeTask('task-0', { faults: 1, niceStatus: 'FILE_NOT_FOUND' });
    await stage.until('the job says so', () =>
      /a file or folder .* is not at the source LAB/.test(message()),
    );
    isDown = false;
    await stage.until('the job names the file', () => /\/p1\/run7\/b is not/.test(message()));
  });

  it('is asked about anew after a restart, and its trouble is known until then', async (t) => {
    const { stage, id } = await openWith(t, 1);
    stage.services.errors = [missing];
    stage.services.changeTask('task-0', { faults: 1, niceStatus: 'FILE_NOT_FOUND' });
    const trouble = async () => (await stage.read(id)).chunks[0]?.trouble;
    await stage.until('it is stored', async () => (await trouble()) !== undefined);
    stage.services.strike = (name) => (name === 'globus.fetchErrors' ? 'outage' : undefined);
    await stage.restart();
    await pass(stage, minute);
    assert.equal((await trouble())?.kind, 'error');
  });

  it('has no trouble any more once it goes on', async (t) => {
    const { stage, id } = await openWith(t, 1);
    stage.services.errors = [missing];
    stage.services.changeTask('task-0', { faults: 1, niceStatus: 'FILE_NOT_FOUND' });
    const trouble = async () => (await stage.read(id)).chunks[0]?.trouble;
    await stage.until('it is stored', async () => (await trouble()) !== undefined);
    stage.services.changeTask('task-0', { niceStatus: 'OK', bytesTransferred: 1 });
    await stage.until('it is not', async () => (await trouble()) === undefined);
  });

  it('and has failed says which file, and who can mend it', async (t) => {
    const { stage, id } = await openWith(t, 1);
    stage.services.errors = [{ ...missing, code: 'QUOTA_EXCEEDED', collection: 'destination-collection' }];
    stage.services.failTask('task-0', 'QUOTA_EXCEEDED');
    const { reason, message } = await stage.untilSettled(id);
    assert.equal(reason, 'task_failed');
    assert.match(
      message ?? '',
      /no space left at the destination ARCHIVE .*administrators of ARCHIVE can .*retry/,
    );
  });
});

describe('a paused task', () => {
  it('says why, in the words of the pause rule, and asks for them once', async (t) => {
    const { stage, message } = await openWith(t, 1);
    stage.services.pause = {
      message: 'Tape robot is down',
      side: undefined,
      collection: 'destination-collection',
    };
    stage.services.changeTask('task-0', { isPaused: true, niceStatus: 'PAUSED' });
    const said = 'paused at Globus by an administrator of ARCHIVE: "Tape robot is down"';
    await stage.until('the job says so', () => message() === said);
    await pass(stage, 20 * minute);
    assert.equal(count(stage, 'globus.fetchPause'), 1);
  });

  for (const [what, change] of [
    ['paused', { isPaused: true }],
    ['queued at Globus', { niceStatus: 'Queued' }],
  ] as const) {
    it(`or one that is ${what} is not stuck, and has its time once it goes on`, async (t) => {
      const { stage, id } = await openWith(t, 1, { stuckAfterMs: 30 * minute });
      const stuck = async () => (await stage.read(id)).stuckSince;
      stage.services.changeTask('task-0', change);
      await pass(stage, 3 * 60 * minute);
      assert.equal(await stuck(), undefined);
      stage.services.changeTask('task-0', { isPaused: false, niceStatus: 'OK' });
      await pass(stage, 25 * minute);
      assert.equal(await stuck(), undefined);
      await stage.until('it is stuck', async () => (await stuck()) !== undefined);
      stage.services.changeTask('task-0', change);
      await stage.until('it is not any more', async () => (await stuck()) === undefined);
    });
  }

  it('beside one that is at work and comes to nothing leaves the transfer stuck', async (t) => {
    const { stage, id } = await openWith(t, 2, { stuckAfterMs: 30 * minute });
    stage.services.changeTask('task-0', { isPaused: true });
    await stage.until('it is stuck', async () => (await stage.read(id)).stuckSince !== undefined, 10_000);
  });
});

describe('a file that cannot be had at the source, where the file says not to wait', () => {
  const at = (collection: string) => [{ ...missing, code: 'PERMISSION_DENIED', collection }];

  it('may be one that the service account may not read', async (t) => {
    const { stage, id } = await openWith(t, 1, { failOnMissingSource: true });
    stage.services.errors = at('source-collection');
    stage.services.changeTask('task-0', { faults: 1, niceStatus: 'PERMISSION_DENIED' });
    const { reason, message } = await stage.untilSettled(id);
    assert.equal(reason, 'source_permission_denied');
    assert.match(message ?? '', /may not read \/p1\/run7\/b at the source LAB/);
  });

  it('may be one of several of the same path', async (t) => {
    const { stage, id } = await openWith(t, 1, { failOnMissingSource: true });
    stage.services.changeTask('task-0', { faults: 1, niceStatus: 'AMBIGUOUS_PATH' });
    assert.equal((await stage.untilSettled(id)).reason, 'source_ambiguous');
  });

  for (const [what, errors] of [
    ['is met at the destination', at('destination-collection')],
    ['is met nobody knows where', []],
  ] as const) {
    it(`is none where a permission is missing that ${what}`, async (t) => {
      const { stage, id } = await openWith(t, 1, { failOnMissingSource: true });
      stage.services.errors = errors;
      stage.services.changeTask('task-0', { faults: 1, niceStatus: 'PERMISSION_DENIED' });
      await stage.until('it was asked about', () => count(stage, 'globus.fetchErrors') > 0);
      await pass(stage, 5 * minute);
      assert.equal((await stage.read(id)).state, 'transferring');
    });
  }

  it('names the file that is missing', async (t) => {
    const { stage, id } = await openWith(t, 1, { failOnMissingSource: true });
    stage.services.errors = [missing];
    stage.services.changeTask('task-0', { faults: 1, niceStatus: 'FILE_NOT_FOUND' });
    const { reason, message } = await stage.untilSettled(id);
    assert.equal(reason, 'source_missing');
    assert.match(message ?? '', /^\/p1\/run7\/b is not at the source LAB/);
  });
});
