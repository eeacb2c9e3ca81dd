import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSlots } from '../../../gateway/standalone/slots.ts';

const longMs = 60_000;

describe('places on the way to an app', () => {
  it('are given out until there are none, and then in the order of asking as they come back', async () => {
    const slots = createSlots(2);
    const [first, second] = [await slots.take(longMs), await slots.take(longMs)];
    const served: string[] = [];
    const third = slots.take(longMs).then((giveBack) => [served.push('third'), giveBack] as const);
    const fourth = slots.take(longMs).then((giveBack) => [served.push('fourth'), giveBack] as const);
    first?.();
    await third;
    assert.deepEqual(served, ['third']);
    second?.();
    await fourth;
    assert.deepEqual(served, ['third', 'fourth']);
  });

  it('are given back once, however often it is said', async () => {
    const slots = createSlots(1);
    const giveBack = await slots.take(longMs);
    giveBack?.();
    giveBack?.();
    assert.ok((await slots.take(longMs)) !== undefined);
    assert.equal(await slots.take(1), undefined);
  });

  it('are not waited for longer than was said, and who has given up takes none', async () => {
    const slots = createSlots(1);
    const giveBack = await slots.take(longMs);
    assert.equal(await slots.take(1), undefined);
    giveBack?.();
    assert.ok((await slots.take(1)) !== undefined);
  });
});
