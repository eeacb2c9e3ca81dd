import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listAt, textAt, valueAt } from '../../../gateway/identity/claims.ts';

const claims = JSON.parse(
  '{"a":{"b":"x","n":5},"list":["p","p","",7,null,"q"],"one":"g","empty":"","__proto__":{"own":"y"}}',
);

describe('a claim', () => {
  it('is found by its path', () => {
    assert.equal(valueAt(claims, 'a.b'), 'x');
    assert.equal(valueAt(claims, 'a.b.c'), undefined);
    assert.equal(valueAt(claims, 'none.b'), undefined);
    assert.equal(valueAt(claims, ''), undefined);
  });

  it('is nobody’s that only a prototype has', () => {
    for (const path of [
      'constructor',
      'a.constructor.name',
      'toString',
      'list.length.constructor',
      'a.__proto__',
    ])
      assert.equal(valueAt(claims, path), undefined, path);
    assert.equal(valueAt(claims, '__proto__.own'), 'y');
    assert.equal(valueAt({}, '__proto__'), undefined);
  });

  it('is a text only where it is a string that is not empty', () => {
    assert.equal(textAt(claims, 'a.b'), 'x');
    for (const path of ['a', 'a.n', 'empty', 'list', undefined])
      assert.equal(textAt(claims, path), undefined);
  });

  it('is a list of its strings, each once; a single string is a list of one', () => {
    assert.deepEqual(listAt(claims, 'list'), ['p', 'q']);
    assert.deepEqual(listAt(claims, 'one'), ['g']);
    for (const path of ['a', 'a.n', 'empty', 'none', undefined]) assert.deepEqual(listAt(claims, path), []);
  });
});
