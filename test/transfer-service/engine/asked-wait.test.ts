// `Retry-After` of SciCat and Globus, which the engine keeps to, whether it is long or short.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Unavailable } from '../../../platform/unavailable.ts';
import type { CallName } from './fake-services.ts';
import { Stage } from './stage.ts';

/** How long it takes until this is called again, once its first call was an outage; milliseconds. */
async function gapOf(t: TestContext, name: CallName, retryAfterSeconds: number | undefined): Promise<number> {
  const stage = await Stage.open(t);
  const times: number[] = [];
  const busy = { dependency: 'a fake', reason: 'busy', message: 'later' } as const;
  const outage = new Unavailable(retryAfterSeconds === undefined ? busy : { ...busy, retryAfterSeconds });
  stage.services.strike = (called) => {
    if (called !== name) return undefined;
    times.push(stage.clock.elapsed());
    return times.length === 1 ? outage : undefined;
  };
  await stage.request();
  await stage.until(`${name} is called again`, () => times.length > 1, 100);
  const [first = 0, second = 0] = times;
  return second - first;
}

const steps = ['globus.submit', 'globus.fetchSubmissionId', 'scicat.createTransferJob'] as const;

describe('an outage that asks for a wait', () => {
  for (const name of steps) {
    for (const seconds of [2, 5, 40, 300]) {
      it(`of ${seconds} s at ${name} is followed by another call then, not before`, async (t) => {
        const gapMs = await gapOf(t, name, seconds);
        assert.ok(gapMs >= seconds * 1000 && gapMs < seconds * 1000 + 1_000, `${gapMs} ms`);
      });
    }

    it(`of nothing at ${name} is followed by another call soon`, async (t) => {
      const gapMs = await gapOf(t, name, undefined);
      assert.ok(gapMs < 2_000, `${gapMs} ms`);
    });
  }

  it('keeps the list of tasks from being asked for before', async (t) => {
    const gapMs = await gapOf(t, 'globus.fetchOpenTasks', 40);
    assert.ok(gapMs >= 40_000 && gapMs < 41_000, `${gapMs} ms`);
  });

  it('does not hurry the list of tasks, which has its interval', async (t) => {
    const gapMs = await gapOf(t, 'globus.fetchOpenTasks', 2);
    assert.ok(gapMs >= 10_000 && gapMs < 11_000, `${gapMs} ms`);
  });
});

it('a report that is to come an hour later keeps nobody from the place at Globus that it waits for', async (t) => {
  const stage = await Stage.open(t, { maxConcurrency: 1 });
  const { services, clock } = stage;
  const later = { dependency: 'scicat', reason: 'busy', message: 'later', retryAfterSeconds: 3600 } as const;
  services.strike = (name) => (name === 'scicat.updateJob' ? new Unavailable(later) : undefined);
  services.tasksEnd = false;
  const [first, second] = [
    await stage.request({ authorised: { destinationFolder: '/received/a' } }),
    await stage.request({ authorised: { destinationFolder: '/received/b' } }),
  ];
  await stage.untilState(first, 'transferring');
  await stage.until('the other could not tell that it waits', () => stage.services.jobs.length === 2);
  await stage.until('a minute has passed', hasPassed(stage, 60_000));
  services.tasksEnd = true;
  const before = clock.elapsed();
  await stage.until('it is at Globus too', () => services.submissions.size === 2);
  assert.equal((await stage.read(second)).endedAt, undefined);
  assert.ok(clock.elapsed() - before < 60_000, `${clock.elapsed() - before} ms`);
});

function hasPassed({ clock }: Stage, ms: number): () => boolean {
  const before = clock.elapsed();
  return () => clock.elapsed() - before >= ms;
}
