// Nothing is waited for for ever, and nobody is left in the dark until then: stuck, the deadline, a file that is not at
// the source, what SciCat does not take.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { EngineSettings } from '../../../transfer-service/engine/context.ts';
import type { CallName, Strike } from './fake-services.ts';
import { Stage } from './stage.ts';

const minute = 60_000;
const limits = { stuckAfterMs: 5 * minute, deadlineMs: 30 * minute, scicatPatienceMs: 90 * minute };

async function open(t: TestContext, overrides: Partial<EngineSettings> = {}): Promise<Stage> {
  const stage = await Stage.open(t, { ...limits, ...overrides });
  stage.services.tasksEnd = false;
  return stage;
}

function always(name: CallName, strike: Strike): (called: CallName) => Strike {
  return (called) => (called === name ? strike : undefined);
}

const forbidden = { kind: 'refused', code: 'scicat_403', message: 'Forbidden resource' } as const;

describe('a transfer that nothing comes of', () => {
  it('is shown as stuck, with what Globus says, in the job too, until it goes on', async (t) => {
    const stage = await open(t);
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    const since = (await stage.read(id)).progressAt;
    stage.services.changeTask('task-0', { faults: 3, niceStatus: 'PERMISSION_DENIED' });
    await stage.until('it is stuck', async () => (await stage.read(id)).stuckSince !== undefined);
    assert.equal((await stage.read(id)).stuckSince, since);
    assert.ok(stage.clock.now() - since >= limits.stuckAfterMs);
    const said = /^stuck, .*PERMISSION_DENIED.*nothing since 2026-11-21 12:0\d UTC$/;
    await stage.until('the job says so', () => said.test(stage.services.latestReport()?.statusMessage ?? ''));
    stage.services.changeTask('task-0', { bytesTransferred: 5 });
    await stage.until('it goes on', async () => (await stage.read(id)).stuckSince === undefined);
  });

  it('is not stuck while it moves, or waits for its turn', async (t) => {
    const stage = await open(t, { maxConcurrency: 1 });
    const id = await stage.request();
    const waiting = await stage.request({ authorised: { destinationFolder: '/received/other' } });
    for (let bytes = 1; bytes <= 12; bytes += 1) {
      stage.services.changeTask('task-0', { bytesTransferred: bytes });
      const until = stage.clock.elapsed() + minute;
      await stage.until('a minute has passed', () => stage.clock.elapsed() >= until);
      assert.equal((await stage.read(id)).stuckSince, undefined);
    }
    const { state, stuckSince } = await stage.read(waiting);
    assert.deepEqual([state, stuckSince], ['recorded', undefined]);
  });

  it('that cannot be handed over is stuck too', async (t) => {
    const stage = await open(t);
    stage.services.strike = always('globus.submit', 'outage');
    const id = await stage.request();
    const said = /^stuck, waits for a fake, which cannot be reached/;
    await stage.until('the job says so', () => said.test(stage.services.latestReport()?.statusMessage ?? ''));
    assert.equal((await stage.read(id)).state, 'submitting');
  });

  it('is given up at the deadline, its task cancelled', async (t) => {
    const stage = await open(t);
    const id = await stage.request();
    const from = stage.clock.now();
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'deadline_passed']);
    assert.ok(Math.abs(stage.clock.now() - from - limits.deadlineMs) < 2 * minute);
    assert.equal(stage.services.tasks.get('task-0')?.fatalError?.code, 'CANCELED');
    assert.equal(stage.services.latestReport()?.statusCode, '998');
    assert.match(stage.services.latestReport()?.statusMessage ?? '', /deadline.*retry/);
  });

  it('is given up at the deadline wherever it waits, and leaves no task', async (t) => {
    for (const name of ['scicat.createTransferJob', 'globus.fetchSubmissionId', 'globus.submit'] as const) {
      const stage = await open(t);
      stage.services.strike = always(name, 'outage');
      const id = await stage.request();
      const transfer = await stage.untilSettled(id);
      assert.deepEqual([transfer.state, transfer.reason], ['failed', 'deadline_passed'], name);
      assert.equal(stage.services.tasks.size, 0, name);
    }
  });

  it('has its time anew with a retry', async (t) => {
    const stage = await open(t);
    const id = await stage.request();
    await stage.untilSettled(id);
    assert.deepEqual(await stage.retry(id), { kind: 'begun' });
    await stage.untilState(id, 'transferring');
    stage.services.endTask('task-1');
    assert.equal((await stage.untilSettled(id)).reason, undefined);
  });

  it('is followed no more when Globus neither tells nor ends its task', async (t) => {
    const stage = await open(t);
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.services.strike = (name) => (name.startsWith('globus.') ? 'outage' : undefined);
    await stage.until('it has ended', async () => (await stage.read(id)).endedAt !== undefined, 10_000);
    const transfer = await stage.read(id);
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'deadline_passed']);
    assert.ok(transfer.chunks.every(({ status }) => status === 'vanished'));
  });
});

describe('the deadline', () => {
  it('passes by no clock that is set, ahead or back', async (t) => {
    const stage = await open(t);
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.clock.setBy(365 * 24 * 60 * minute);
    stage.engine.wake(id);
    const until = stage.clock.elapsed() + 3 * minute;
    await stage.until('minutes have passed', () => stage.clock.elapsed() >= until);
    stage.clock.setBy(-2 * 365 * 24 * 60 * minute);
    stage.engine.wake(id);
    stage.services.tasksEnd = true;
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['finished', undefined]);
  });

  it('comes in time, and stuck before it, to what was asked for after a clock was set ahead', async (t) => {
    const stage = await open(t);
    stage.clock.setBy(365 * 24 * 60 * minute);
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    const from = stage.clock.elapsed();
    await stage.until('it is stuck', async () => (await stage.read(id)).stuckSince !== undefined);
    await stage.untilState(id, 'failed');
    const tookMs = stage.clock.elapsed() - from;
    assert.ok(tookMs < limits.deadlineMs + 2 * minute, `${tookMs} ms`);
  });

  it('that passed while this service was stopped fails nothing that has arrived meanwhile', async (t) => {
    const stage = await open(t);
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    await stage.engine.stop();
    stage.clock.advance(limits.deadlineMs + minute);
    stage.services.endTask('task-0');
    await stage.restart();
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['finished', undefined]);
  });

  it('leaves SciCat its time after the data has arrived; then it is 997, which can be retried', async (t) => {
    const stage = await open(t);
    stage.services.tasksEnd = true;
    stage.services.strike = always('scicat.markArchivable', 'outage');
    const id = await stage.request();
    await stage.until('it has ended', async () => (await stage.read(id)).endedAt !== undefined, 10_000);
    assert.ok(
      stage.clock.now() - (await stage.read(id)).createdAt >= limits.deadlineMs + limits.scicatPatienceMs,
    );
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['finished', 'deadline_passed']);
    assert.equal(stage.services.latestReport()?.statusCode, '997');
    stage.services.strike = () => undefined;
    await stage.retry(id);
    assert.equal((await stage.untilSettled(id)).reason, undefined);
  });
});

describe('a file that is not at the source', () => {
  const missing = { faults: 2, niceStatus: 'FILE_NOT_FOUND' };

  it('is waited for', async (t) => {
    const stage = await open(t);
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.services.changeTask('task-0', missing);
    const said = /FILE_NOT_FOUND/;
    await stage.until('the job says so', () => said.test(stage.services.latestReport()?.statusMessage ?? ''));
    assert.equal((await stage.read(id)).state, 'transferring');
  });

  it('ends the transfer where the file says so, and its task', async (t) => {
    const stage = await open(t, { failOnMissingSource: true });
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.services.changeTask('task-0', missing);
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'source_missing']);
    assert.equal(stage.services.tasks.get('task-0')?.fatalError?.code, 'CANCELED');
    assert.match(stage.services.latestReport()?.statusMessage ?? '', /not at the source.*retry/);
  });
});

describe('the job of a transfer that waits', () => {
  it('says what for while a submit keeps failing, and that it goes on', async (t) => {
    const stage = await open(t);
    stage.services.unavailableScopes = ['a scope'];
    const id = await stage.request();
    const latest = () => stage.services.latestReport();
    await stage.until('the job says so', () =>
      /waits for globus, .*misconfigured/.test(latest()?.statusMessage ?? ''),
    );
    assert.equal(latest()?.statusCode, '001');
    stage.services.unavailableScopes = [];
    await stage.untilState(id, 'transferring');
    await stage.until('it goes on', () => latest()?.statusCode === '002');
  });
});

describe('the last report', () => {
  it('that SciCat refuses for want of rights is sent again, until it has them', async (t) => {
    const stage = await open(t);
    stage.services.tasksEnd = true;
    let hasRights = false;
    stage.services.strike = (name) => (!hasRights && name === 'scicat.updateJob' ? forbidden : undefined);
    const id = await stage.request();
    await stage.untilState(id, 'finished');
    const until = stage.clock.elapsed() + 20 * minute;
    await stage.until('a while has passed', () => stage.clock.elapsed() >= until);
    const sent = stage.services.calls.filter((name) => name === 'scicat.updateJob').length;
    assert.ok(sent >= 4 && sent <= 12, `${sent} times`);
    assert.equal((await stage.read(id)).isSettled, false);
    hasRights = true;
    await stage.untilSettled(id);
    assert.equal(stage.services.latestReport()?.statusCode, '003');
  });

  for (const [name, strike] of [
    ['refused for want of rights', forbidden],
    ['not taken by a SciCat that is down', 'outage'],
  ] as const) {
    it(`that is ${name} is given up in the end`, async (t) => {
      const stage = await open(t);
      stage.services.tasksEnd = true;
      stage.services.strike = always('scicat.updateJob', strike);
      const id = await stage.request();
      await stage.until('it is settled', async () => (await stage.read(id)).isSettled, 10_000);
      const { endedAt = 0 } = await stage.read(id);
      assert.ok(stage.clock.now() - endedAt >= limits.scicatPatienceMs);
    });
  }

  it('that SciCat refuses for good is not sent again', async (t) => {
    const stage = await open(t);
    stage.services.tasksEnd = true;
    const gone = { kind: 'refused', code: 'scicat_400', message: 'Invalid job id.' } as const;
    stage.services.strike = always('scicat.updateJob', gone);
    const id = await stage.request();
    const transfer = await stage.untilSettled(id);
    assert.ok(stage.clock.now() - (transfer.endedAt ?? 0) < minute);
  });

  it('is not what keeps a job from being deleted, however long after the end', async (t) => {
    const stage = await open(t);
    stage.services.tasksEnd = true;
    const id = await stage.request();
    await stage.untilSettled(id);
    stage.clock.advance(10 * limits.scicatPatienceMs);
    await stage.cancel(id, { deleteJob: true });
    assert.equal((await stage.untilSettled(id)).job.isDeleted, true);
    assert.equal(stage.services.jobs.length, 0);
  });
});
