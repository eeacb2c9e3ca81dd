import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planKill, planTransfer } from './plan.ts';

const clients = Array.from({ length: 12 }, (_, client) => client);
const many = Array.from({ length: 200 }, (_, nth) => nth);

describe('what a soak does', () => {
  it('is the same for the same seed, in whatever order the clients and the killer come', () => {
    const draw = (numbers: readonly number[]) =>
      new Map<string, unknown>(
        numbers.flatMap((nth): (readonly [string, unknown])[] => [
          [`kill ${nth}`, planKill(7, nth)],
          ...clients.map((client) => [`${client} ${nth}`, planTransfer(7, client, nth)] as const),
        ]),
      );
    const [forward, backward] = [draw(many), draw(many.toReversed())];
    for (const [name, plan] of forward) assert.deepEqual(backward.get(name), plan, name);
  });

  it('is another for another seed, client or turn', () => {
    const transfers = (seed: number, client: number) => many.map((nth) => planTransfer(seed, client, nth));
    const kills = (seed: number) => many.map((nth) => planKill(seed, nth));
    assert.notDeepEqual(transfers(7, 0), transfers(8, 0));
    assert.notDeepEqual(transfers(7, 0), transfers(7, 1));
    assert.notDeepEqual(kills(7), kills(8));
    assert.ok(new Set(kills(7).map((plan) => JSON.stringify(plan))).size > 100);
  });

  it('has everything in it: lists and folders, cancellations, every fault at both sides', () => {
    const transfers = clients.flatMap((client) => many.map((nth) => planTransfer(7, client, nth)));
    assert.equal(new Set(transfers.map((plan) => JSON.stringify(plan))).size, 4);
    const strikes = many.flatMap((nth) => planKill(7, nth).strike ?? []);
    assert.ok(strikes.length < many.length);
    assert.equal(new Set(strikes.map(({ rule }) => JSON.stringify(rule.fault))).size, 10);
    assert.deepEqual(new Set(strikes.map(({ side }) => side)), new Set(['scicat', 'globus']));
    assert.equal(new Set(strikes.map(({ rule }) => String(rule.path))).size, 6);
  });
});
