import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createAge } from '../../../transfer-service/engine/age.ts';
import { FakeClock } from './fake-clock.ts';

function start() {
  const clock = new FakeClock();
  return { clock, ageMs: createAge(clock) };
}

it('is what has gone by', () => {
  const { clock, ageMs } = start();
  const then = clock.now();
  clock.advance(30_000);
  assert.equal(ageMs(then), 30_000);
});

it('is no more than this process knows of', () => {
  const { clock, ageMs } = start();
  clock.advance(30_000);
  assert.equal(ageMs(clock.now() - 86_400_000), 30_000);
});

it('begins anew when the clock is set, ahead or back, and then goes on', () => {
  for (const setByMs of [86_400_000, -86_400_000]) {
    const { clock, ageMs } = start();
    clock.advance(600_000);
    const then = clock.now();
    clock.setBy(setByMs);
    assert.equal(ageMs(then), 0);
    clock.advance(40_000);
    assert.equal(ageMs(then), 40_000);
  }
});

it('lets a clock be adjusted a little', () => {
  const { clock, ageMs } = start();
  const then = clock.now();
  clock.advance(30_000);
  clock.setBy(500);
  assert.equal(ageMs(then), 30_000);
});
