import assert from 'node:assert/strict';
import { it } from 'node:test';
import { backoffMs } from '../../../transfer-service/engine/backoff.ts';

it('waits twice as long each time, five minutes at most', () => {
  const delays = [1, 2, 3, 9, 10, 10_000].map((failures) => backoffMs(failures, 0, 1));
  assert.deepEqual(delays, [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
});

it('is spread over the second half of the time', () => {
  assert.equal(backoffMs(3, 0, 0), 2_000);
});

it('waits no less than was asked for', () => {
  assert.equal(backoffMs(1, 60_000, 1), 60_000);
});
