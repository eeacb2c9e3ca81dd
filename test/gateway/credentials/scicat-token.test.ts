import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { decodeToken } from '../../../gateway/credentials/jwt.ts';
import { checkScicatToken, looksLikeScicat } from '../../../gateway/credentials/scicat-token.ts';

const secret = new TextEncoder().encode('the secret of the backend, 32 bytes');
const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;

/** Signed by hand: no library would make most of these. */
function sign(payload: unknown, header: object = { alg: 'HS256', typ: 'JWT' }, key = secret): string {
  const body = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const hash = 'alg' in header && header.alg === 'HS512' ? 'sha512' : 'sha256';
  return `${body}.${createHmac(hash, key).update(body).digest('base64url')}`;
}

const claims = { username: 'alice', _id: '6b00', id: '6b00', iat: now - 60, exp: now + 60 };

function verdict(token: string, key: Uint8Array | undefined): string {
  const checked = checkScicatToken(token, key, nowMs);
  return checked.kind === 'rejected' ? checked.reason : 'plausible';
}

/** Of the last character of 43 base64url ones the last two bits say nothing. */
function sameBits(character: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return letters[letters.indexOf(character) ^ 1] ?? '';
}

describe('a SciCat token, before SciCat is asked', () => {
  const expected: readonly (readonly [string, string, string])[] = [
    ['as SciCat makes it', sign(claims), 'plausible'],
    ['with HS512', sign(claims, { alg: 'HS512' }), 'plausible'],
    ['without an expiry', sign({ ...claims, exp: undefined }), 'plausible'],
    ['with a second left', sign({ ...claims, exp: now + 1 }), 'plausible'],
    ['that expired this second', sign({ ...claims, exp: now }), 'token_expired'],
    ['that expired long ago', sign({ ...claims, exp: 1 }), 'token_expired'],
    ['that is valid from now', sign({ ...claims, nbf: now }), 'plausible'],
    ['that is valid in a second', sign({ ...claims, nbf: now + 1 }), 'token_not_yet_valid'],
    ['whose expiry is a text', sign({ ...claims, exp: `${now + 60}` }), 'token_malformed'],
    ['whose expiry is nothing', sign({ ...claims, exp: null }), 'token_malformed'],
    ['whose issue is a text', sign({ ...claims, iat: 'x' }), 'token_malformed'],
    ['whose start is a text', sign({ ...claims, nbf: 'x' }), 'token_malformed'],
    ['signed by nobody', sign(claims, { alg: 'none' }).replace(/[^.]*$/, ''), 'token_malformed'],
    ['with none in other case', sign(claims, { alg: 'nOnE' }), 'token_malformed'],
    ['with a public-key algorithm', sign(claims, { alg: 'RS256' }), 'token_malformed'],
    ['with HS384, which SciCat does not use', sign(claims, { alg: 'HS384' }), 'token_malformed'],
    ['with an algorithm in a list', sign(claims, { alg: ['HS256'] }), 'token_malformed'],
    ['without an algorithm', sign(claims, { typ: 'JWT' }), 'token_malformed'],
    ['with a critical header', sign(claims, { alg: 'HS256', crit: ['b64'], b64: true }), 'token_malformed'],
    ['with an empty critical header', sign(claims, { alg: 'HS256', crit: [] }), 'token_malformed'],
    ['whose payload is a list', sign([claims]), 'token_malformed'],
    ['whose payload is a text', sign('alice'), 'token_malformed'],
    ['of two parts', 'a.b', 'token_malformed'],
    ['of four parts', `${sign(claims)}.x`, 'token_malformed'],
    ['encrypted', 'a.b.c.d.e', 'token_malformed'],
    ['that is a word', 'hello', 'token_malformed'],
    ['that is empty', '', 'token_malformed'],
  ];
  for (const [name, token, reason] of expected) {
    it(`${name} is ${reason}`, () => {
      assert.equal(verdict(token, secret), reason);
    });
    it(`${name} is ${reason} where the secret is not known, too`, () => {
      assert.equal(verdict(token, undefined), reason);
    });
  }

  it('is forged where the signature is another’s, or its payload was changed', () => {
    const [header, , signature] = sign(claims).split('.');
    const root = Buffer.from(JSON.stringify({ ...claims, _id: 'root' })).toString('base64url');
    for (const token of [
      sign(claims, undefined, new TextEncoder().encode('another secret')),
      `${header}.${root}.${signature}`,
      `${sign(claims).slice(0, -4)}AAAA`,
      // The same bytes, written as nobody writes them.
      `${sign(claims)}=`,
      sign(claims).replace(/.$/, (last) => sameBits(last)),
    ]) {
      assert.equal(verdict(token, secret), 'token_signature_invalid');
    }
    assert.equal(verdict(`${header}.${root}.`, secret), 'token_signature_invalid');
  });

  it('says when it ends and whose it is', () => {
    assert.deepEqual(checkScicatToken(sign(claims), secret, nowMs), {
      kind: 'plausible',
      userId: '6b00',
      expiresAt: now + 60,
    });
    const anonymous = sign({ username: 'anonymous', groups: ['public'], exp: now + 60 });
    assert.deepEqual(checkScicatToken(anonymous, secret, nowMs), {
      kind: 'plausible',
      userId: undefined,
      expiresAt: now + 60,
    });
  });
});

it('a token looks like SciCat’s by its algorithm and by naming no issuer', () => {
  const looks = (token: string): boolean => {
    const jwt = decodeToken(token);
    return jwt !== undefined && looksLikeScicat(jwt);
  };
  assert.ok(looks(sign(claims)));
  assert.ok(looks(sign(claims, { alg: 'HS512' })));
  assert.ok(!looks(sign({ ...claims, iss: 'https://sso.lab.org' })));
  assert.ok(!looks(sign(claims, { alg: 'ES256', typ: 'beamgate-assertion+jwt' })));
});
