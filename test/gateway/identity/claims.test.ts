import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listAt, readListAt, textAt, valueAt } from '../../../gateway/identity/claims.ts';

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

  it('is found by a name with dots, colons and slashes, beside paths', () => {
    const named = {
      'https://lab.org/groups': ['it'],
      'urn:zitadel:iam:org:project:7:roles': { admin: { 1: 'lab' } },
      'lab.org': { 'grafana.lab.org': { roles: ['editor'] } },
      lab: { org: 'the path' },
    };
    assert.deepEqual(valueAt(named, 'https://lab.org/groups'), ['it']);
    assert.deepEqual(listAt(named, 'urn:zitadel:iam:org:project:7:roles'), ['admin']);
    assert.deepEqual(valueAt(named, 'lab.org.grafana.lab.org.roles'), ['editor']);
    assert.equal(valueAt({ lab: { org: 'the path' } }, 'lab.org'), 'the path');
  });

  const texts: readonly (readonly [unknown, string | undefined])[] = [
    ['alice', 'alice'],
    [20240123, '20240123'],
    [0, '0'],
    [-5, '-5'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [['alice'], 'alice'],
    [[20240123], '20240123'],
    [JSON.parse('9007199254740993'), undefined],
    [1.5, undefined],
    [1e300, undefined],
    ['', undefined],
    [null, undefined],
    [true, undefined],
    [[], undefined],
    [['alice', 'root'], undefined],
    [[['alice']], undefined],
    [{ alice: true }, undefined],
  ];
  for (const [value, text] of texts)
    it(`${JSON.stringify(value)} is the text ${text}`, () => {
      assert.equal(textAt({ at: value }, 'at'), text);
    });

  it('has no text where it is missing', () => {
    assert.equal(textAt({}, 'at'), undefined);
    assert.equal(textAt({ at: 'x' }, undefined), undefined);
  });

  const lists: readonly (readonly [unknown, readonly string[], readonly string[]])[] = [
    [['p', 'p', '', 'q'], ['p', 'q'], []],
    ['g', ['g'], []],
    [[20240123, '20240123', 7], ['20240123', '7'], []],
    [20240123, ['20240123'], []],
    [{ admin: { 1: 'lab' }, 'it:ops': true, n: 0 }, ['admin', 'it:ops', 'n'], []],
    [{ gone: false, none: null, empty: {}, nothing: [], text: '' }, [], []],
    [[], [], []],
    ['', [], []],
    [null, [], []],
    [['p', 1.5], ['p'], ['a fraction']],
    [['p', 2 ** 60, null, true, {}, ['x', 'y']], ['p'], [...shapes()]],
    [false, [], ['true or false']],
    [[{ name: 'it' }, { name: 'p1' }], [], ['an object']],
  ];
  for (const [value, items, unusable] of lists)
    it(`${JSON.stringify(value)} is the list ${items.join(' ')}, and ${unusable.length} kinds cannot be used`, () => {
      assert.deepEqual(readListAt({ at: value }, 'at'), { items, unusable });
    });

  it('is split only where a separator is given, and only a single string', () => {
    assert.deepEqual(listAt({ at: 'it, p1' }, 'at'), ['it, p1']);
    assert.deepEqual(readListAt({ at: 'it, p1,,it' }, 'at', ',').items, ['it', 'p1']);
    assert.deepEqual(readListAt({ at: 'it  p1' }, 'at', ' ').items, ['it', 'p1']);
    assert.deepEqual(readListAt({ at: ['it, p1'] }, 'at', ',').items, ['it, p1']);
  });
});

function shapes(): readonly string[] {
  return ['a number beyond 2^53, which JSON rounds', 'null', 'true or false', 'an object', 'a list of 2'];
}
