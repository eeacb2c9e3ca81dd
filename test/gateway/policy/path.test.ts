import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readPath } from '../../../gateway/policy/path.ts';

function segmentsOf(target: string): readonly string[] | string {
  const path = readPath(target);
  return 'outcome' in path ? path.reason : path.segments;
}

describe('a path', () => {
  const served: readonly (readonly [string, readonly string[]])[] = [
    ['/', ['']],
    ['/a', ['a']],
    ['/a/', ['a', '']],
    ['/a/b.c/~d', ['a', 'b.c', '~d']],
    ['/a?x=1', ['a']],
    ['/?x=/../admin', ['']],
    ['/a?b//c?..;/#', ['a']],
    ['/%61dmin', ['admin']],
    ['/%41', ['A']],
    ['/a%20b', ['a b']],
    ['/a+b', ['a+b']],
    ['/.well-known/x', ['.well-known', 'x']],
    ['/...', ['...']],
    ['/..a/a../a..b', ['..a', 'a..', 'a..b']],
    ['/caf%C3%A9', ['café']],
    ['/caf\u00c3\u00a9', ['café']],
    ['/%EF%BB%BFa', ['\ufeffa']],
    ['/a;b', ['a;b']],
    ['/a%3Bb', ['a;b']],
    ['/__proto__/constructor', ['__proto__', 'constructor']],
  ];
  for (const [target, segments] of served)
    it(`${JSON.stringify(target)} has the segments ${JSON.stringify(segments)}`, () => {
      assert.deepEqual(segmentsOf(target), segments);
    });

  const refused = [
    ...['', 'a', '*', '?x', 'http://lab.org/', ' /', '//', '//a', '/a//b', '/a//', '/a///b'],
    ...['/.', '/..', '/a/.', '/a/..', '/a/../b', '/a/./b', '/%2e', '/%2E%2e/b', '/.%2e/b', '/%2e./b'],
    ...['/a/..;/b', '/..;x=1/b', '/.;/b', '/a/..%3B/b', '/a/..%3bx/b', '/%2e%2e%3B'],
    ...['/a\\b', '/..\\b', '/a%5Cb', '/a%5cb', '/a#b', '/a%23b', '/a%3Fb', '/a%3fb'],
    ...['/a%00', '/a%0a', '/a%0D%0Ab', '/a%09b', '/a%1fb', '/a%7fb', '/a\tb', '/a\u0000', '/a\u007f'],
    ...['/a%', '/a%2', '/a%zz', '/a%u0041', '/%%32%65', '/a%2x'],
    ...['/a%ff', '/%c0%ae%c0%ae/b', '/%c0%af', '/%e0%80%af', '/%ed%a0%80', '/a\u00e9', '/%f8%88%80%80%80'],
    ...['/a\u0130', '/\u012e\u012e/b', '/a\u012fb', '/\u{1f600}'],
    ...['/a%2F..%2Fb', '/a%2F.', '/..%2Fb', '/a%2f%2e%2e'],
  ];
  for (const target of refused)
    it(`${JSON.stringify(target)} is malformed`, () => {
      assert.equal(segmentsOf(target), 'invalid_path');
    });

  const encoded: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['/20.500%2Fabc', ['20.500/abc'], ['slash']],
    ['/a%2fb/c', ['a/b', 'c'], ['slash']],
    ['/a%25b', ['a%b'], ['percent']],
    ['/%252e%252e', ['%2e%2e'], ['percent']],
    ['/%252F%2F', ['%2F/'], ['slash', 'percent']],
  ];
  for (const [target, segments, characters] of encoded)
    it(`${target} means something only where the app allows ${characters.join(' and ')}`, () => {
      const path = readPath(target);
      assert.ok(!('outcome' in path));
      assert.deepEqual(path.segments, segments);
      assert.deepEqual([...path.encoded].sort(), [...characters].sort());
    });

  it('is refused without a word of it in the detail', () => {
    const path = readPath('/secret-token\\');
    assert.ok('outcome' in path);
    assert.doesNotMatch(path.detail, /secret/);
  });

  it('never has a segment that leads elsewhere, whatever bytes come', () => {
    const bytes = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    });
    const spelling = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%5c',
      ';',
      '%',
      '%25',
      'a',
      '\\',
      '%00',
      '?',
      '#',
    );
    const target = fc.array(fc.oneof(bytes, spelling)).map((parts) => `/${parts.join('')}`);
    fc.assert(
      fc.property(target, (text) => {
        const path = readPath(text);
        if ('outcome' in path) return;
        const parts = path.segments.flatMap((segment) => segment.split('/'));
        assert.ok(parts.every((part) => !/^\.{1,2}(?:;|$)/.test(part)));
        assert.ok(path.segments.every((segment) => !/[\u0000-\u001f\u007f\\#?]/.test(segment)));
        assert.ok(path.segments.slice(0, -1).every((segment) => segment !== ''));
        assert.ok(path.encoded.includes('slash') || path.segments.every((segment) => !segment.includes('/')));
      }),
      { numRuns: 500 },
    );
  });

  const detailOf = (target: string) => {
    const path = readPath(target);
    return 'outcome' in path ? path.detail : undefined;
  };

  it('of up to 8 KiB is served, whatever its query', () => {
    for (const text of ['a', '%41', '\u00c3\u00a9', 'a;']) {
      const path = `/${text.repeat(8192 / text.length).slice(0, 8190)}`;
      assert.equal(detailOf(`${path}?${'x'.repeat(60_000)}`), undefined, text);
      assert.equal(detailOf(`${path}aa`), 'the path is not served: it is longer than 8192 bytes', text);
    }
  });

  it('of up to 256 segments is served', () => {
    for (const text of ['/a', '/a;', '/%20', '/.a', '/a%2Fb']) {
      assert.equal(detailOf(text.repeat(256)), undefined, text);
      for (const target of [text.repeat(257), `${text.repeat(256)}/`, text.repeat(1000)])
        assert.equal(detailOf(target), 'the path is not served: it has more than 256 segments', text);
    }
  });

  it('is read in a moment, whatever it is made of', () => {
    for (const text of ['/a', '%2e', '/.', ';', '/;', '%', 'a.', '~', '%41', '/%20', '/a;', '\u00c3\u00a9'])
      for (const length of [65_536, 8190, 700]) {
        const target = `/${text.repeat(length / text.length)}`;
        const startedAt = performance.now();
        readPath(target);
        assert.ok(performance.now() - startedAt < 250, text);
      }
  });
});
