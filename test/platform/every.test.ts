import assert from 'node:assert/strict';
import { it } from 'node:test';
import { every } from '../../platform/every.ts';

it('works again and again, one after the other, and no more once it is stopped', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let done = () => {};
  let started = 0;
  const repeated = every(1000, () => {
    started += 1;
    return new Promise<void>((resolve) => {
      done = resolve;
    });
  });
  const counts = [];
  for (const isEnding of [false, true, false]) {
    t.mock.timers.tick(1000);
    counts.push(started);
    if (isEnding) done();
    await Promise.resolve();
    await Promise.resolve();
  }
  assert.deepEqual(counts, [1, 1, 2]);
  const stopped = repeated.stop();
  done();
  await stopped;
  t.mock.timers.tick(5000);
  assert.equal(started, 2);
});
