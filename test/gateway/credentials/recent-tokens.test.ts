import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { createTokenReader } from '../../../gateway/credentials/recent-tokens.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (payload: object) => `${part({ alg: 'RS256' })}.${part(payload)}.c2ln`;

it('a token is taken apart once, and the next time it is known', () => {
  const read = createTokenReader();
  const seen = read(token({ iss: 'https://sso.lab.org' }));
  assert.deepEqual(seen.claimed, { kind: 'issuer', iss: 'https://sso.lab.org' });
  assert.equal(
    seen.digest,
    createHash('sha256')
      .update(token({ iss: 'https://sso.lab.org' }))
      .digest('base64'),
  );
  assert.equal(read(token({ iss: 'https://sso.lab.org' })), seen);
});

it('a token that differs in one character is another', () => {
  const read = createTokenReader();
  const [one, other] = [read(token({ iss: 'a', n: 1 })), read(token({ iss: 'a', n: 2 }))];
  assert.notEqual(one.digest, other.digest);
  const signed = token({ iss: 'a' });
  assert.notEqual(read(signed).digest, read(`${signed.slice(0, -1)}h`).digest);
});

it('what is no token, and what is very long, is not kept', () => {
  const read = createTokenReader();
  for (const text of ['opaque', 'a.b.c', token({ iss: 'a', long: 'x'.repeat(5000) })]) {
    const seen = read(text);
    assert.notEqual(read(text), seen);
    assert.deepEqual(read(text), seen);
  }
});
