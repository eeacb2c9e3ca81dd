import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf } from '../../platform/fingerprint.ts';
import { TextMap } from '../../platform/text-map.ts';

describe('a map by texts', () => {
  it('finds what a Map finds, in any texts', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 40 })), fc.array(fc.string()), (keys, others) => {
        const entries = keys.map((key, at) => [key, { at }] as const);
        const [ours, known] = [new TextMap(entries), new Map(entries)];
        for (const key of [...keys, ...others]) assert.equal(ours.get(key), known.get(key));
      }),
    );
  });

  it('keeps apart what has one fingerprint', () => {
    const key = (letter: string) => `${'a'.repeat(30)}${letter}${'b'.repeat(170)}`;
    const keys = ['c', 'd', 'e'].map(key);
    assert.equal(
      new Set(keys.map((one) => fingerprintOf(one))).size,
      1,
      'the letter is none that it goes by',
    );
    const map = new TextMap(keys.map((one, at) => [one, at]));
    assert.deepEqual(
      keys.map((one) => map.get(one)),
      [0, 1, 2],
    );
    assert.equal(map.get(key('f')), undefined);
  });
});

describe('a fingerprint', () => {
  it('is that of the text, and of few others: addresses, tokens, names', () => {
    const texts = Array.from({ length: 20_000 }, (_, n) => [
      `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
      `app-${n}.lab.example.org`,
      `eyJhbGciOiJIUzI1NiJ9.${'x'.repeat(200)}.${(n * 2_654_435_761).toString(36)}`,
    ]).flat();
    const taken = new Set(texts.map((text) => fingerprintOf(text)));
    assert.ok(taken.size > texts.length * 0.999, `${taken.size} of ${texts.length}`);
    for (const text of texts.slice(0, 100))
      assert.equal(fingerprintOf(`>${text}<`.slice(1, -1)), fingerprintOf(text));
  });
});
