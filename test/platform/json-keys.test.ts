import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { repeatsAKey } from '../../platform/json-keys.ts';

describe('a key that stands twice', () => {
  const table: readonly (readonly [string, boolean])[] = [
    ['{}', false],
    ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}', false],
    ['{"a":"\\"a\\":1","b":"{a:"}', false],
    ['["a","a"]', false],
    ['{"a":"a","b":"a"}', false],
    ['{"a":1,"a":1}', true],
    ['{"a":1 , "a"\n:1}', true],
    ['{"a":1,"\\u0061":1}', true],
    ['{"b":{},"c":[{"a":1,"a":2}]}', true],
    ['{"a":{"a":1},"a":1}', true],
    ['{"__proto__":1,"__proto__":2}', true],
    ['{"\\"":1,"\\u0022":2}', true],
  ];
  for (const [json, expected] of table)
    it(`${expected ? 'is' : 'is none'} in ${json}`, () => {
      JSON.parse(json);
      assert.equal(repeatsAKey(json), expected);
    });

  it('is none in what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => !repeatsAKey(JSON.stringify(value))));
  });
});
