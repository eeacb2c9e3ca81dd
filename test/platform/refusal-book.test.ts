import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRefusalBook, inWords, readCode } from '../../platform/refusal-book.ts';

describe('a book of refusals', () => {
  it('finds what was entered by its code, with the time', () => {
    const book = createRefusalBook({ now: () => Date.UTC(2026, 10, 21, 3, 12, 9) });
    const code = book.enter('not_permitted', inWords(['why']));
    assert.match(code, /^[CDFGHJKMNPQRTVWXY2-9]{4}-[CDFGHJKMNPQRTVWXY2-9]{4}$/);
    assert.deepEqual(book.find(code), [`${code}, refused at 2026-11-21T03:12:09.000Z`, 'why']);
    assert.equal(book.find('CCCC-CCCC'), undefined);
    assert.equal(book.find(''), undefined);
  });

  it('puts nothing into words before somebody asks', () => {
    const book = createRefusalBook();
    let asked = 0;
    const explain = () => {
      asked += 1;
      return [];
    };
    const code = book.enter('no_app', { explain, characters: 0 });
    assert.equal(asked, 0);
    book.find(code);
    assert.equal(asked, 1);
  });

  it('keeps the latest of each reason: a flood of one does not push out another', () => {
    const book = createRefusalBook({ perReason: 10 });
    const rare = book.enter('not_permitted', inWords(['rare']));
    const flood = Array.from({ length: 10_000 }, () => book.enter('no_credential', inWords([])));
    assert.ok(book.find(rare) !== undefined);
    assert.equal(flood.slice(-10).filter((code) => book.find(code) === undefined).length, 0);
    assert.ok(flood.filter((code) => book.find(code) !== undefined).length < 20);
  });

  it('keeps no more than so many characters of all together, and drops the oldest of what there is most of', () => {
    const book = createRefusalBook({ maxCharacters: 100_000 });
    const rare = ['not_permitted', 'no_app'].map((reason) => book.enter(reason, inWords(['rare'])));
    const long = inWords(['x'.repeat(3000)]);
    const flood = Array.from({ length: 300 }, (_, at) => book.enter(`reason_${at % 3}`, long));
    const known = (codes: readonly string[]) => codes.filter((code) => book.find(code) !== undefined);
    assert.deepEqual(known(rare), rare);
    assert.ok(known(flood).length <= 100_000 / 3000, String(known(flood).length));
    assert.ok(known(flood).length >= 100_000 / 3000 / 3, String(known(flood).length));
    assert.equal(known(flood.slice(-3)).length, 3);
    const small = Array.from({ length: 60 }, () => book.enter('small', inWords(['x'])));
    assert.ok(known(small).length >= 30, 'what was dropped left its room');
  });

  it('keeps of a line no more than anybody reads', () => {
    const { explain, characters } = inWords(['short', 'x'.repeat(60_000)]);
    assert.deepEqual(explain(), ['short', `${'x'.repeat(3000)}…`]);
    assert.equal(characters, 3006);
  });
});

describe('a code that somebody has heard', () => {
  for (const heard of ['K7WX-2MPQ', 'k7wx2mpq', ' K7WX 2MPQ ', 'K7WX-ZMPQ', 'k-7-w-x-2-m-p-q'])
    it(`is read from "${heard}"`, () => assert.equal(readCode(heard), 'K7WX-2MPQ'));

  it('has 8 for B, 5 for S and 2 for Z, which it never contains', () => {
    assert.equal(readCode('BSZ3-BSZ3'), '8523-8523');
  });

  for (const heard of ['', 'K7WX-2MP', 'K7WX-2MPQR', 'K7WX-2MPO', 'K7WX-1MPQ', '../../x!', 'K7WX-2MP\u00c7'])
    it(`is none in "${heard}"`, () => assert.equal(readCode(heard), undefined));

  it('is read back whatever was made', () => {
    const book = createRefusalBook();
    fc.assert(
      fc.property(fc.constantFrom('a', 'b'), (reason) => {
        const code = book.enter(reason, inWords([]));
        assert.equal(readCode(code.toLowerCase().replace('-', '')), code);
      }),
    );
  });
});
