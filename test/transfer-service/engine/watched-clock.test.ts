import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { watchClock } from '../../../transfer-service/engine/watched-clock.ts';
import { openStore } from '../../../transfer-service/store/open.ts';
import { FakeClock } from './fake-clock.ts';

async function start(t: TestContext) {
  const clock = new FakeClock();
  const store = await openStore('sqlite::memory:');
  t.after(() => store.destroy());
  const open = () => watchClock({ store, clock }, untold);
  return { clock, store, open, watched: await open() };
}

/** At the end of a test the store may be gone before something is written. */
const untold = () => {};
const dayMs = 86_400_000;

it('is what has gone by', async (t) => {
  const { clock, watched } = await start(t);
  const then = watched.now();
  clock.advance(30_000);
  assert.equal(watched.ageMs(then), 30_000);
});

it('is no more than has gone by since the clock was first seen', async (t) => {
  const { clock, watched } = await start(t);
  clock.advance(30_000);
  assert.equal(watched.ageMs(clock.now() - dayMs), 30_000);
});

it('begins anew when the clock is set, ahead or back, and then goes on', async (t) => {
  for (const setByMs of [dayMs, -dayMs]) {
    const { clock, watched } = await start(t);
    clock.advance(600_000);
    const then = watched.now();
    clock.setBy(setByMs);
    assert.equal(watched.ageMs(then), 0);
    clock.advance(40_000);
    assert.equal(watched.ageMs(then), 40_000);
  }
});

it('begins anew when the clock was set and set back, if a time was noted in between', async (t) => {
  const { clock, watched } = await start(t);
  clock.advance(600_000);
  clock.setBy(dayMs);
  const then = watched.now();
  clock.setBy(-dayMs);
  assert.equal(watched.ageMs(then), 0);
  clock.advance(5_000);
  assert.equal(watched.ageMs(then), 5_000);
});

it('lets a clock be adjusted a little', async (t) => {
  const { clock, watched } = await start(t);
  const then = watched.now();
  clock.advance(30_000);
  clock.setBy(500);
  assert.equal(watched.ageMs(then), 30_000);
});

it('lets small adjustments add up', async (t) => {
  const { clock, open, watched } = await start(t);
  const then = watched.now();
  for (let adjustment = 0; adjustment < 10; adjustment += 1) {
    clock.advance(10_000);
    clock.setBy(500);
    const again = await open();
    assert.ok(again.ageMs(then) >= 10_000 * (adjustment + 1));
  }
});

it('goes on over a new start of the service', async (t) => {
  const { clock, open, watched } = await start(t);
  const then = watched.now();
  clock.advance(30_000);
  assert.equal((await open()).ageMs(then), 30_000);
});

it('begins anew where the clock was set while the service was down, or just before', async (t) => {
  for (const looksBetween of [false, true]) {
    const { clock, open, watched } = await start(t);
    const then = watched.now();
    clock.advance(30_000);
    clock.setBy(dayMs);
    if (looksBetween) watched.now();
    clock.advance(10_000);
    const again = await open();
    assert.ok(again.ageMs(then) <= 10_000, `${again.ageMs(then)} ms`);
    clock.advance(40_000);
    assert.ok(again.ageMs(then) >= 40_000, `${again.ageMs(then)} ms`);
  }
});

it('begins anew where the machine was started anew, also one without a clock of its own', async (t) => {
  const { clock, store, watched } = await start(t);
  clock.advance(dayMs);
  const then = watched.now();
  // Its time goes on from where it was written down last, or from the same moment each time.
  for (const startsAt of [then, then - dayMs]) {
    const started = new FakeClock(startsAt);
    const again = await watchClock({ store, clock: started }, untold);
    started.advance(20_000);
    assert.ok(again.ageMs(then) <= 20_000, `${again.ageMs(then)} ms`);
  }
});

it('makes nothing late that was noted before the clock was set ahead, and delays nothing noted after', async (t) => {
  const { clock, watched } = await start(t);
  const before = watched.now();
  clock.advance(10_000);
  clock.setBy(dayMs);
  const after = watched.now();
  assert.equal(watched.sinceMs(before), 10_000);
  clock.advance(20_000);
  clock.setBy(2 * dayMs);
  assert.deepEqual([watched.sinceMs(before), watched.sinceMs(after)], [30_000, 20_000]);
});

it('delays no deadline by a clock that was set ahead by mistake and is set back, at once or little by little', async (t) => {
  const { clock, watched } = await start(t);
  const before = watched.now();
  clock.advance(10_000);
  clock.setBy(365 * dayMs);
  watched.now();
  clock.advance(10_000);
  clock.setBy(-364 * dayMs);
  assert.equal(watched.sinceMs(before), 20_000);
  clock.advance(10_000);
  clock.setBy(-dayMs);
  assert.equal(watched.sinceMs(before), 30_000);
  const after = watched.now();
  clock.advance(10_000);
  assert.deepEqual([watched.sinceMs(before), watched.sinceMs(after)], [40_000, 10_000]);
});

it('lets nothing wait for a year that was noted while the clock was set ahead by mistake', async (t) => {
  const { clock, watched } = await start(t);
  clock.setBy(365 * dayMs);
  const meanwhile = watched.now();
  clock.advance(10_000);
  clock.setBy(-365 * dayMs);
  clock.advance(20_000);
  assert.equal(watched.sinceMs(meanwhile), 30_000);
});

it('tells where it cannot be stored that the clock was set, and knows it all the same', async (t) => {
  const { clock, store } = await start(t);
  const { promise: told, resolve } = Promise.withResolvers<unknown>();
  const watched = await watchClock({ store, clock }, resolve);
  const then = watched.now();
  await store.schema.dropTable('clock').execute();
  clock.setBy(dayMs);
  assert.equal(watched.ageMs(then), 0);
  assert.match(String(await told), /no such table/);
});
