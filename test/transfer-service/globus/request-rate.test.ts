import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineClock } from '../../../platform/clock.ts';
import { RequestRate } from '../../../transfer-service/globus/request-rate.ts';

test('beyond a few, so many a second and no more', async () => {
  const rate = new RequestRate(50, machineClock);
  const since = performance.now();
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: 15 }, async () => {
      await rate.turn(undefined);
      times.push(performance.now() - since);
    }),
  );
  // Ten after the first five, 20 ms apart.
  assert.ok((times.at(-1) ?? 0) >= 195, `${times}`);
});

test('who gives up does not wait for a turn', async () => {
  const rate = new RequestRate(0.001, machineClock);
  for (let turn = 0; turn < 5; turn += 1) await rate.turn(undefined);
  const leaving = new AbortController();
  const waiting = rate.turn(leaving.signal);
  leaving.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
});
