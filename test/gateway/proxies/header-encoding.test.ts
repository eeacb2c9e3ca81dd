import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { dialects, styleOf } from '../../../gateway/proxies/header-dialects.ts';
import { type HeaderStyle, writeList, writeText } from '../../../gateway/proxies/header-encoding.ts';
import type { Dialect, HeaderEncoding } from '../../../gateway/types.ts';
import { decodeQuotedPrintable, readers, splitAsGrafana } from './product-decoders.ts';

const names: readonly Dialect[] = [
  ...(['beamgate', 'ecflow', 'authentik', 'remote-user'] as const),
  ...(['oauth2-proxy', 'forwarded-user', 'grafana'] as const),
];
const encodings: readonly HeaderEncoding[] = ['utf-8', 'latin-1', 'percent', 'quoted-printable'];
const styles = names.flatMap((dialect) =>
  [undefined, ...encodings].map((headerEncoding) => ({
    what: `${dialect}${headerEncoding === undefined ? '' : ` in ${headerEncoding}`}`,
    dialect,
    style: styleOf({ dialect, headerEncoding }),
  })),
);
const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
/** Any text, and often the one that could hurt. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'ab,|" %=[:\t\r\n\0', 'ü', '\ud800', '\u00a0', '\u2028') }),
);

describe('a value in a header', () => {
  const table: readonly (readonly [Dialect, HeaderEncoding | undefined, string, string | RegExp])[] = [
    ['remote-user', undefined, 'Ann Smith', 'Ann Smith'],
    ['remote-user', undefined, 'Zoë Müller', bytes('Zoë Müller')],
    ['remote-user', undefined, '100%', '100%'],
    ['remote-user', undefined, 'Smith, Ann', 'Smith, Ann'],
    ['remote-user', undefined, '张三', bytes('张三')],
    ['remote-user', undefined, ' ann', /blank/],
    ['remote-user', undefined, 'ann\u00a0', /blank/],
    ['remote-user', undefined, 'ann\r\nX-A: b', /control/],
    ['remote-user', undefined, 'ann\u0085', /control/],
    ['remote-user', undefined, 'ann\u2028x', /control/],
    ['remote-user', undefined, 'ann\ud800', /lone surrogate/],
    ['remote-user', 'latin-1', 'Zoë', 'Zo\u00eb'],
    ['remote-user', 'latin-1', 'Łukasz', /latin-1/],
    ['remote-user', 'percent', 'Zoë M', 'Zo%C3%AB%20M'],
    ['remote-user', 'quoted-printable', 'Zoë=M', 'Zo=C3=AB=3DM'],
    ['grafana', undefined, 'Zoë Müller', bytes('Zoë Müller')],
    ['grafana', 'quoted-printable', 'Ann Smith', 'Ann Smith'],
    ['authentik', undefined, 'a|b', 'a|b'],
    ['oauth2-proxy', undefined, 'Zoë', bytes('Zoë')],
    ['beamgate', undefined, 'Ann Smith', 'Ann%20Smith'],
    ['beamgate', undefined, 'ann\ud800', /lone surrogate/],
    ['ecflow', undefined, 'Ann Smith%', 'Ann%20Smith%25'],
    ['ecflow', undefined, 'ann\nroot', /control/],
  ];
  for (const [dialect, headerEncoding, value, expected] of table)
    it(`${JSON.stringify(value)} for ${dialect}${headerEncoding === undefined ? '' : ` in ${headerEncoding}`}`, () => {
      const written = writeText(value, styleOf({ dialect, headerEncoding }));
      if (typeof expected === 'string') assert.equal(written, expected);
      else assert.match(JSON.stringify(written), expected);
    });

  for (const { what, style, dialect } of styles)
    it(`for ${what} is one that every proxy carries, and is read as it was, or is reported`, () => {
      fc.assert(
        fc.property(anyText, (value) => {
          const written = writeText(value, style);
          if (typeof written !== 'string') return;
          assert.match(written, /^(?:[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/);
          assert.equal(readText(written, style, dialect), value);
        }),
        { numRuns: 300 },
      );
    });
});

describe('a list in a header', () => {
  const list = (dialect: Dialect, items: readonly string[], headerEncoding?: HeaderEncoding) =>
    writeList(items, styleOf({ dialect, headerEncoding }), 'group');

  it('is refused where an item would become two, or another one', () => {
    for (const dialect of ['remote-user', 'oauth2-proxy', 'ecflow'] as const)
      assert.deepEqual(list(dialect, ['it', 'a,admin']), {
        why: 'the group "a,admin" holds ",", which separates them in this header',
      });
    assert.match(JSON.stringify(list('authentik', ['a|admin'])), /holds \\"\|\\"/);
    assert.match(JSON.stringify(list('remote-user', ['it '])), /blank/);
    assert.match(JSON.stringify(list('grafana', ['a"b'])), /quotation mark/);
    assert.match(JSON.stringify(list('remote-user', ['it', 'x\ny'])), /control/);
  });

  it('holds what its product can read', () => {
    assert.equal(list('authentik', ['a,b', 'c d']), 'a,b|c d');
    assert.equal(list('beamgate', ['a,b', '', 'c d']), 'a%2Cb,c%20d');
    assert.equal(list('grafana', ['it', 'it admins', 'a,b', '[x]']), 'it,"it admins","a,b","[x]"');
    assert.equal(list('remote-user', ['CN=it,DC=lab'], 'percent'), 'CN=it%2CDC=lab');
    assert.equal(list('remote-user', ['münchen', 'it']), bytes('münchen,it'));
    assert.equal(list('remote-user', ['', '']), '');
  });

  for (const { what, style, dialect } of styles)
    it(`for ${what} is read as the groups that it was made of, or is reported`, () => {
      fc.assert(
        fc.property(fc.array(anyText, { maxLength: 5 }), (items) => {
          const written = writeList(items, style, 'group');
          if (typeof written !== 'string') return;
          assert.match(written, /^[\x20-\x7e\x80-\xff]*$/);
          const expected = items.filter((item) => item !== '');
          assert.deepEqual(readList(written, style, dialect), expected);
        }),
        { numRuns: 300 },
      );
    });
});

describe('what stands for a product here', () => {
  it('reads as the product does', () => {
    assert.deepEqual(splitAsGrafana('"foo bar", baz qux'), ['foo bar', 'baz', 'qux']);
    assert.deepEqual(splitAsGrafana('["a", "b c"]'), ['a', 'b c']);
    assert.equal(decodeQuotedPrintable('M=C3=BCnchen'), bytes('München'));
    assert.deepEqual(Object.keys(readers).sort(), Object.keys(dialects).sort());
  });
});

function readText(written: string, style: HeaderStyle, dialect: Dialect): string {
  return readers[dialect].text(written, style.encoding);
}

function readList(written: string, style: HeaderStyle, dialect: Dialect): readonly string[] {
  return readers[dialect].list(written, style.encoding);
}
