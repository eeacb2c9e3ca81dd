import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf } from '../../platform/fingerprint.ts';
import { Recent } from '../../platform/recent.ts';

/** Of such keys all have one fingerprint: it goes by other letters. */
const likeKey = (letter: string) => `${'a'.repeat(30)}${letter}${'b'.repeat(170)}`;

describe('what was looked up a moment ago', () => {
  it('is known, and nothing else is', () => {
    const recent = new Recent<{ n: number }>({ maxEntries: 10, maxCharacters: 100, generationMs: 1000 });
    recent.set('a', { n: 1 });
    assert.deepEqual(recent.get('a'), { n: 1 });
    assert.equal(recent.get('b'), undefined);
    recent.set('a', { n: 2 });
    assert.deepEqual(recent.get('a'), { n: 2 });
  });

  it('is forgotten after two generations without a use, and stays with one', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const recent = new Recent<{ n: number }>({ maxEntries: 10, maxCharacters: 100, generationMs: 1000 });
    recent.set('used', { n: 1 });
    recent.set('unused', { n: 2 });
    t.mock.timers.tick(1000);
    assert.deepEqual(recent.get('used'), { n: 1 });
    t.mock.timers.tick(1000);
    assert.equal(recent.get('unused'), undefined);
    assert.deepEqual(recent.get('used'), { n: 1 });
    t.mock.timers.tick(1000);
    t.mock.timers.tick(1000);
    assert.equal(recent.get('used'), undefined, 'also where nobody asked in between');
  });

  it('is at most two generations of so many', () => {
    const recent = new Recent<boolean>({ maxEntries: 3, maxCharacters: 100, generationMs: 1000 });
    for (let n = 0; n < 100; n += 1) recent.set(`k${n}`, true);
    const left = Array.from({ length: 100 }, (_, n) => recent.get(`k${n}`)).filter((value) => value === true);
    assert.ok(left.length >= 3 && left.length <= 6, String(left.length));
    assert.equal(recent.get('k99'), true);
  });

  it('is at most two generations of so many characters in the keys, whatever their number', () => {
    const recent = new Recent<boolean>({ maxEntries: 1000, maxCharacters: 100, generationMs: 1000 });
    const keys = Array.from({ length: 100 }, (_, n) => `${n}`.padStart(20, 'k'));
    for (const key of keys) recent.set(key, true);
    const left = keys.filter((key) => recent.get(key) === true);
    assert.ok(left.length >= 5 && left.length <= 10, String(left.length));
    assert.equal(recent.get(keys.at(-1) ?? ''), true);
    recent.set('k'.repeat(1000), true);
    recent.set('after', true);
    assert.equal(recent.get('k'.repeat(1000)), true, 'one that is longer than all may be has its turn too');
    recent.set('later', true);
    for (const key of keys) assert.equal(recent.get(key), undefined);
  });

  it('goes by fingerprints that nobody can know beforehand', () => {
    const pairs = [
      [42_485, 194_378],
      [212_031, 222_642],
      [24_707, 229_500],
    ].map((pair) => pair.map((n) => hash('sha256', `s${n}`, 'base64url')));
    for (const pair of pairs) assert.equal(new Set(pair.map((key) => fingerprintOf(key))).size, 1);
    const recent = new Recent<boolean>({ maxEntries: 10, maxCharacters: 1000, generationMs: 1000 });
    for (const key of pairs.flat()) recent.set(key, true);
    const known = pairs.flat().filter((key) => recent.get(key) === true);
    assert.equal(known.length, 6, 'else who chooses the keys chooses how long a lookup takes');
  });

  it('is the latest or nothing, whatever has the same fingerprint', () => {
    const recent = new Recent<{ n: number }>({ maxEntries: 3, maxCharacters: 10_000, generationMs: 1000 });
    for (const key of [likeKey('c'), 'x', 'y']) recent.set(key, { n: 1 });
    for (const key of ['z', likeKey('c'), likeKey('d')]) recent.set(key, { n: 2 });
    assert.equal(recent.get(likeKey('c')), undefined, 'and not what it was before');
    assert.deepEqual(recent.get(likeKey('d')), { n: 2 });
  });

  it('is what a Map knows, or nothing, in any order of any questions', () => {
    const key = fc.constantFrom('', 'a', 'b', ...['c', 'd', 'e'].map(likeKey));
    const use = fc.record({ key, isSet: fc.boolean() });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (uses, maxEntries) => {
        const known = new Map<string, { n: number }>();
        const recent = new Recent<{ n: number }>({ maxEntries, maxCharacters: 1000, generationMs: 1000 });
        for (const [n, { key, isSet }] of uses.entries()) {
          if (isSet) {
            known.set(key, { n });
            recent.set(key, { n });
            assert.deepEqual(recent.get(key), { n });
          } else assert.deepEqual(recent.get(key) ?? known.get(key), known.get(key));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
