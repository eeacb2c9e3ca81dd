import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readPath } from '../../../gateway/policy/path.ts';
import { coversPattern, fitsPattern, readPattern } from '../../../gateway/policy/pattern.ts';
import type { PathPattern } from '../../../gateway/types.ts';
import { patterns } from '../samples.ts';

function one(text: string): PathPattern {
  const [pattern] = patterns(text);
  assert.ok(pattern !== undefined);
  return pattern;
}

function fits(text: string, target: string): boolean {
  const path = readPath(target);
  assert.ok(!('outcome' in path));
  return fitsPattern(one(text), path.segments);
}

describe('a pattern', () => {
  const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['/', ['/', '/?x'], ['/a']],
    ['/admin', ['/admin', '/admin/', '/%61dmin'], ['/', '/administrator', '/admin/x', '/Admin', '/x/admin']],
    ['/admin/', ['/admin', '/admin/'], ['/admin/x']],
    ['/admin/**', ['/admin', '/admin/', '/admin/x', '/admin/x/y/'], ['/', '/administrator', '/adm']],
    ['/*', ['/a', '/a/'], ['/', '/a/b']],
    ['/*/edit', ['/a/edit', '/a/edit/'], ['/edit', '/a/b/edit', '/a/edited', '/a/edit/x']],
    ['/**', ['/', '/a', '/a/b/'], []],
    ['/a/*/**', ['/a/b', '/a/b/c'], ['/a', '/a/']],
  ];
  for (const [text, fitting, others] of table) {
    it(`${text} fits ${fitting.join(' ')}`, () => {
      for (const target of fitting) assert.ok(fits(text, target), target);
    });
    it(`${text} does not fit ${others.join(' ')}`, () => {
      for (const target of others) assert.ok(!fits(text, target), target);
    });
  }

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ['', /does not begin with \//],
    ['admin', /does not begin with \//],
    ['/a//b', /an empty segment/],
    ['/**/b', /\*\* stands at the end only/],
    ['/a/**/', /\*\* stands at the end only/],
    ['/*.js', /\* stands for a whole segment/],
    ['/a**', /\* stands for a whole segment/],
    ['/a%20b', /decoded path/],
    ['/a?b', /decoded path/],
    ['/a#b', /decoded path/],
    ['/a;b', /decoded path/],
    ['/a\\b', /decoded path/],
    ['/a b', /decoded path/],
    ['/a/../b', /a dot segment/],
    ['/./a', /a dot segment/],
  ];
  for (const [text, complaint] of mistakes)
    it(`${JSON.stringify(text)} is a mistake that is explained`, () => {
      assert.match(String(readPattern(text)), complaint);
    });
});

describe('one pattern covers another', () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ['/**', '/a/*', true],
    ['/**', '/', true],
    ['/a/**', '/a', true],
    ['/a/**', '/a/**', true],
    ['/a/**', '/ab', false],
    ['/a/**', '/**', false],
    ['/a', '/a/**', false],
    ['/*', '/a', true],
    ['/a', '/*', false],
    ['/a/*', '/a/b', true],
    ['/*/**', '/a', true],
  ];
  for (const [wide, narrow, covers] of table)
    it(`${wide} ${covers ? 'covers' : 'does not cover'} ${narrow}`, () => {
      assert.equal(coversPattern(one(wide), one(narrow)), covers);
    });

  it('only where every path of the narrow one fits the wide one', () => {
    const segment = fc.constantFrom('a', 'b', '*');
    const pattern = fc
      .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
      .map(([segments, isPrefix]) => one(`/${[...segments, ...(isPrefix ? ['**'] : [])].join('/')}`));
    const path = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 });
    fc.assert(
      fc.property(pattern, pattern, path, (wide, narrow, segments) => {
        if (coversPattern(wide, narrow) && fitsPattern(narrow, segments))
          assert.ok(fitsPattern(wide, segments));
      }),
    );
  });
});
