import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSlots, type Sharer, type Slots } from '../../platform/slots.ts';

const longMs = 60_000;

async function taken(slots: Slots, sharer?: Sharer): Promise<() => void> {
  const place = await slots.take(sharer, 1);
  assert.ok(typeof place === 'function', `none for ${sharer}: ${String(place)}`);
  return place;
}

/** Takes a place for each, and notes in which order they come to it. */
function queue(slots: Slots, ...sharers: readonly string[]) {
  const served: string[] = [];
  const entered = sharers.map(async (sharer) => {
    const place = await slots.take(sharer, longMs);
    served.push(sharer);
    return place;
  });
  return { served, entered };
}

describe('places', () => {
  it('are given out until there are none, and then in the order of asking as they come back', async () => {
    const slots = createSlots({ count: 2, share: 1 });
    const [first, second] = [await taken(slots), await taken(slots)];
    const { served, entered } = queue(slots, 'third', 'fourth');
    first();
    await entered[0];
    assert.deepEqual(served, ['third']);
    second();
    await entered[1];
    assert.deepEqual(served, ['third', 'fourth']);
  });

  it('are given back once, however often it is said', async () => {
    const slots = createSlots({ count: 1, share: 1 });
    const giveBack = await taken(slots);
    giveBack();
    giveBack();
    await taken(slots);
    assert.equal(await slots.take(undefined, 1), 'all');
  });

  it('count those who wait', async () => {
    const slots = createSlots({ count: 1, share: 1 });
    const giveBack = await taken(slots, 'a');
    const { entered } = queue(slots, 'a', 'b');
    assert.equal(slots.waitingCount(), 2);
    giveBack();
    await entered[0];
    assert.equal(slots.waitingCount(), 1);
  });

  it('are not waited for longer than was said, and who has given up takes none', async () => {
    const slots = createSlots({ count: 1, share: 1 });
    const giveBack = await taken(slots);
    assert.equal(await slots.take('a', 1), 'all');
    giveBack();
    await taken(slots, 'b');
  });
});

describe('one sharer’s share of them', () => {
  it('is what it was set to, and others have theirs all the same', async () => {
    const slots = createSlots({ count: 8, share: 2 });
    await taken(slots, 'a');
    await taken(slots, 'a');
    assert.equal(await slots.take('a', 1), 'share');
    await taken(slots, 'b');
  });

  it('can be one place', async () => {
    const slots = createSlots({ count: 3, share: 1 });
    await taken(slots, 'a');
    assert.equal(await slots.take('a', 1), 'share');
    await taken(slots, 'b');
  });

  it('is all of them for those who speak for many', async () => {
    const slots = createSlots({ count: 4, share: 1 });
    for (let place = 0; place < 4; place += 1) await taken(slots);
    assert.equal(await slots.take(undefined, 1), 'all');
  });

  it('goes on with the client’s next as soon as one of its own comes back, though there are others free', async () => {
    const slots = createSlots({ count: 8, share: 2 });
    const [giveBack] = [await taken(slots, 'a'), await taken(slots, 'a')];
    const { entered } = queue(slots, 'a');
    giveBack();
    assert.equal(typeof (await entered[0]), 'function');
  });

  it('is held against nobody behind them in the queue, and each has a turn', async () => {
    const slots = createSlots({ count: 4, share: 1 });
    const places = [await taken(slots, 'a'), await taken(slots), await taken(slots), await taken(slots)];
    const { served, entered } = queue(slots, 'a', 'b', 'b', 'c');
    for (const giveBack of places.slice(1)) giveBack();
    await Promise.all([entered[1], entered[3]]);
    assert.deepEqual(served, ['b', 'c']);
    places[0]?.();
    await entered[0];
    assert.deepEqual(served, ['b', 'c', 'a']);
    const ofB = await entered[1];
    if (typeof ofB === 'function') ofB();
    await entered[2];
    assert.deepEqual(served, ['b', 'c', 'a', 'b']);
  });
});
