import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeToken, isUnambiguous } from '../../../gateway/credentials/jwt.ts';

const part = (content: string | Buffer) => Buffer.from(content).toString('base64url');
const header = part('{"alg":"RS256"}');

describe('a token', () => {
  it('is two JSON objects and a signature', () => {
    assert.deepEqual(decodeToken(`${header}.${part('{"iss":"x"}')}.c2ln`), {
      header: { alg: 'RS256' },
      payload: { iss: 'x' },
    });
  });

  for (const [what, token] of [
    ['nothing', ''],
    ['an opaque key', 'glsa_abcdef'],
    ['two parts', `${header}.${part('{}')}`],
    ['five parts, as an encrypted one has', `${header}.a.b.c.d`],
    ['a payload that is no JSON', `${header}.${part('hello')}.x`],
    ['a payload that is no UTF-8', `${header}.${part(Buffer.from('{"a":"\u00ff"}', 'latin1'))}.x`],
    ['a header that is no UTF-8', `${part(Buffer.from('{"a":"\u00ff"}', 'latin1'))}.${part('{}')}.x`],
    ['a payload that is a list', `${header}.${part('[]')}.x`],
    ['a payload that is another token', `${header}.${part(`${header}.${part('{}')}.x`)}.x`],
    ['a header that is no JSON', `e30x.${part('{}')}.x`],
    ['JSON that is not encoded', '{}.{}.x'],
  ])
    it(`is not ${what}`, () => assert.equal(decodeToken(token ?? ''), undefined));
});

describe('everybody reads the same', () => {
  const reads = (payload: string | Buffer, signature = 'c2ln') =>
    isUnambiguous(`${header}.${part(payload)}.${signature}`);

  it('in plain JSON, whatever its texts hold', () => {
    for (const payload of [
      '{}',
      '{ "a" : 1 , "b" : "a" , "c" : [ "a" , { "a" : 1 } , { "a" : 2 } ] , "d" : { "a" : { "a" : 1 } } }',
      '{"a":"{\\"a\\":1}","b":"\\\\","c":"\\":","d":"grüße"}',
      '{"a":["x","x"],"b":"b"}',
    ])
      assert.equal(reads(payload), true, payload);
  });

  it('but not where a key stands twice in one object, in another spelling too', () => {
    for (const payload of [
      '{"aud":"x","aud":"y"}',
      '{"aud":"x","b":{"aud":1},"\\u0061ud":"y"}',
      '{"a":[{"b":1,"c":{},"b":2}]}',
      '{"a":"\\\\","a" :1}',
    ])
      assert.equal(reads(payload), false, payload);
    assert.equal(isUnambiguous(`${part('{"alg":"none","alg":"RS256"}')}.${part('{}')}.x`), false);
  });

  it('nor where the encoding has characters of its own', () => {
    for (const signature of ['', 'a+b', 'a/b', 'YQ==', 'a~b'])
      assert.equal(reads('{}', signature), false, signature);
  });
});
