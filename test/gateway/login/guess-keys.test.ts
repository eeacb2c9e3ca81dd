import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foldUsername, keysOf } from '../../../gateway/login/guess-keys.ts';

const key = new Uint8Array(32);
const keysFor = (username: string, clientAddress = '192.0.2.1') =>
  keysOf({ backend: 'https://scicat.lab.org', username, clientAddress }, key);

describe('a user name in another spelling', () => {
  const spellings: Readonly<Record<string, string>> = {
    'upper case': 'ALICE',
    'mixed case': 'aLiCe',
    'spaces around it': ' \talice  ',
    'spaces within it': 'al ice',
    'a no-break space': 'alice\u00a0',
    'an ideographic space': 'alice\u3000',
    'fullwidth letters': 'ａｌｉｃｅ',
    'mathematical letters': '𝐚𝐥𝐢𝐜𝐞',
    'a zero-width space': 'ali\u200bce',
    'a zero-width joiner': 'ali\u200dce',
    'a byte order mark': '\ufeffalice',
    'a soft hyphen': 'ali\u00adce',
    'a variation selector': 'alice\ufe0f',
    'a Hangul filler': 'alice\u3164',
    'an object replacement character': 'alice\ufffc',
    'a right-to-left mark': 'alice\u200f',
    'control characters': 'al\u0000ice\u0007',
    accents: 'álicé',
    'combining accents': 'a\u0301lice\u0301',
    'a dotless i': 'alıce',
    'a dotted capital I': 'alİce',
  };
  for (const [what, spelling] of Object.entries(spellings))
    it(`is the same account: ${what}`, () => {
      assert.equal(foldUsername(spelling), 'alice');
      assert.deepEqual(keysFor(spelling), keysFor('alice'));
    });

  it('folds sharp s, long s and the Kelvin sign', () => {
    assert.equal(foldUsername('Straße'), foldUsername('STRASSE'));
    assert.equal(foldUsername('\u017fam'), 'sam');
    assert.equal(foldUsername('\u212aarl'), 'karl');
  });

  it('is another account where letters, digits or punctuation differ', () => {
    const names = ['alice', 'alicé1', 'alice.b', 'alice-b', 'a1ice', 'алиса', '愛麗絲'];
    assert.equal(new Set(names.map((name) => keysFor(name).account)).size, names.length);
  });
});

describe('a client', () => {
  it('is an IPv4 address, also where it is written as IPv6', () => {
    assert.deepEqual(keysFor('alice', '::ffff:192.0.2.1'), keysFor('alice', '192.0.2.1'));
    assert.notEqual(keysFor('alice', '192.0.2.2').pair, keysFor('alice').pair);
    assert.equal(keysFor('alice').site, undefined);
  });

  it('is the /64 of an IPv6 address, and its /48 besides', () => {
    const [one, sameNetwork, sameSite, other] = [
      '2001:db8:1:2::1',
      '2001:db8:1:2::ffff',
      '2001:db8:1:3::1',
      '2001:db8:2:2::1',
    ].map((address) => keysFor('alice', address));
    assert.deepEqual(one, sameNetwork);
    assert.notEqual(one?.pair, sameSite?.pair);
    assert.equal(one?.site, sameSite?.site);
    assert.notEqual(one?.site, other?.site);
  });

  it('has keys that tell nothing without the secret', () => {
    const other = keysOf(
      { backend: 'https://scicat.lab.org', username: 'alice', clientAddress: '192.0.2.1' },
      new Uint8Array(32).fill(1),
    );
    const [mine, theirs] = [Object.values(keysFor('alice')), Object.values(other)];
    assert.ok(mine.every((hash) => hash === undefined || !theirs.includes(hash)));
  });
});
