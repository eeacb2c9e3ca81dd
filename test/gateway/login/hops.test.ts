import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countHop, type Hop, readHops, writeHops } from '../../../gateway/login/hops.ts';

const nowMs = Date.UTC(2026, 10, 21);

function after(times: number, key = 'abcdefgh', hops: readonly Hop[] = []): readonly Hop[] | undefined {
  let counted: readonly Hop[] | undefined = hops;
  for (let time = 0; time < times && counted !== undefined; time += 1)
    counted = countHop(readHops(writeHops(counted), nowMs + time), key, nowMs + time);
  return counted;
}

describe('hops', () => {
  it('go on four times to one address, and not a fifth time', () => {
    assert.equal(after(4)?.[0]?.count, 4);
    assert.equal(after(5), undefined);
  });

  it('count each address for itself', () => {
    const first = after(4);
    assert.equal(after(4, 'zzzzzzzz', first)?.length, 2);
    assert.equal(after(1, 'abcdefgh', first), undefined);
  });

  it('are forgotten after a minute', () => {
    const hops = after(4) ?? [];
    assert.deepEqual(readHops(writeHops(hops), nowMs + 60_000), []);
    assert.equal(readHops(writeHops(hops), nowMs + 59_999).length, 1);
  });

  it('remember the last six addresses', () => {
    let hops: readonly Hop[] = [];
    for (let index = 0; index < 9; index += 1) hops = countHop(hops, `abcdefg${index}`, nowMs) ?? [];
    assert.deepEqual(
      hops.map(({ key }) => key.at(-1)),
      ['8', '7', '6', '5', '4', '3'],
    );
  });

  for (const text of [
    undefined,
    '',
    '...',
    'abcdefgh~9',
    'abcdefgh~x~y',
    '~1~zzzzzz',
    'abcdefgh~1~zzzzzzzzzzzz',
    'a'.repeat(9999),
  ])
    it(`are none in ${JSON.stringify(text?.slice(0, 30))}`, () => {
      assert.deepEqual(readHops(text, nowMs), []);
    });
});
