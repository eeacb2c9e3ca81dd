// The soak in short; `npm run soak` is the long one, and takes the seed that a failure here has printed.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { soak } from './soak.ts';

test('kills and faults at random moments lose and double nothing', { timeout: 100_000 }, async (t) => {
  const seed = randomInt(2 ** 31);
  t.diagnostic(`again with: npm run soak -- --kills 6 --seed ${seed}`);
  const { lost, doubled, requests, transfers } = await soak({ kills: 6, seed, say: () => {} });
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] }, `seed ${seed}`);
  assert.equal(transfers, requests);
});
