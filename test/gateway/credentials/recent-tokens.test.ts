import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { createRecentTokens } from '../../../gateway/credentials/recent-tokens.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (payload: object) => `${part({ alg: 'RS256' })}.${part(payload)}.c2ln`;

it('a token that is remembered is known, and not taken apart again', () => {
  const tokens = createRecentTokens();
  const seen = tokens.read(token({ iss: 'https://sso.lab.org' }));
  assert.deepEqual(seen.claimed, { kind: 'issuer', iss: 'https://sso.lab.org' });
  assert.equal(
    seen.digest,
    createHash('sha256')
      .update(token({ iss: 'https://sso.lab.org' }))
      .digest('base64'),
  );
  tokens.remember(token({ iss: 'https://sso.lab.org' }), seen);
  assert.equal(tokens.read(token({ iss: 'https://sso.lab.org' })), seen);
});

it('a token that was only read leaves nothing: anybody can write one', () => {
  const tokens = createRecentTokens();
  const seen = tokens.read(token({ iss: 'https://sso.lab.org' }));
  assert.notEqual(tokens.read(token({ iss: 'https://sso.lab.org' })), seen);
});

it('an issuer that is no text is none', () => {
  const tokens = createRecentTokens();
  for (const iss of [[{}, {}], { a: 1 }, 7, null, true, undefined])
    assert.deepEqual(tokens.read(token({ iss })).claimed, { kind: 'issuer', iss: undefined });
});

it('a token that differs in one character is another', () => {
  const { read } = createRecentTokens();
  const [one, other] = [read(token({ iss: 'a', n: 1 })), read(token({ iss: 'a', n: 2 }))];
  assert.notEqual(one.digest, other.digest);
  const signed = token({ iss: 'a' });
  assert.notEqual(read(signed).digest, read(`${signed.slice(0, -1)}h`).digest);
});

it('a token that is very long is not kept', () => {
  const tokens = createRecentTokens();
  const long = token({ iss: 'a', long: 'x'.repeat(5000) });
  const seen = tokens.read(long);
  tokens.remember(long, seen);
  assert.notEqual(tokens.read(long), seen);
  assert.deepEqual(tokens.read(long), seen);
});
