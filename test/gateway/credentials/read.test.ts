import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCredential } from '../../../gateway/credentials/read.ts';
import { defaultCookieRules } from '../../../gateway/sessions/cookies.ts';
import type { CredentialKind, RawHeaders } from '../../../gateway/types.ts';
import { everyKind, sampleRequest } from '../samples.ts';

const providerHeaders = new Map([
  ['scicat-api-key', 'scicat'],
  ['x-other-token', 'other'],
]);

const places = { providerHeaders, cookies: defaultCookieRules };
const sessionId = 'S'.repeat(43);

/** `kind token`, or why there is none. */
function read(headers: RawHeaders, kinds: ReadonlySet<CredentialKind> = everyKind): string {
  const credential = readCredential({ ...sampleRequest(), headers }, kinds, places);
  if ('outcome' in credential) return credential.reason;
  switch (credential.kind) {
    case 'header':
      return `${credential.provider} ${credential.token}`;
    case 'bearer':
      return `bearer ${credential.token}`;
    case 'basic':
      return `basic ${credential.userAndPassword}`;
    case 'session':
      return `session ${credential.id} at ${credential.host}`;
    case 'absent':
    case 'malformed':
      return credential.kind;
  }
}

describe('the credential of a request', () => {
  const table: readonly (readonly [string, RawHeaders, string])[] = [
    ['nothing', [], 'absent'],
    ['a bearer token', ['Authorization', 'Bearer a.b-c_d~e+f/g=='], 'bearer a.b-c_d~e+f/g=='],
    ['a scheme in any case', ['AUTHORIZATION', 'bEaReR a'], 'bearer a'],
    ['several spaces', ['Authorization', 'Bearer   a'], 'bearer a'],
    ['no space at all', ['Authorization', 'Bearer'], 'malformed'],
    ['an empty bearer token', ['Authorization', 'Bearer '], 'malformed'],
    ['an empty Authorization', ['Authorization', ''], 'malformed'],
    ['a bare token', ['Authorization', 'eyJh.eyJz.x'], 'malformed'],
    ['two tokens', ['Authorization', 'Bearer a b'], 'malformed'],
    ['two tokens by a comma', ['Authorization', 'Bearer a, Bearer b'], 'malformed'],
    ['a token with other bytes', ['Authorization', 'Bearer \u00e9'], 'malformed'],
    ['a padding in between', ['Authorization', 'Bearer a=b'], 'malformed'],
    ['a tab for a space', ['Authorization', 'Bearer\ta'], 'malformed'],
    ['a token of 16 kB', ['Authorization', `Bearer ${'a'.repeat(16_384)}`], `bearer ${'a'.repeat(16_384)}`],
    ['a longer one', ['Authorization', `Bearer ${'a'.repeat(16_385)}`], 'malformed'],
    ['user and password', ['Authorization', 'Basic YTpi'], 'basic YTpi'],
    ['another scheme', ['Authorization', 'AWS4-HMAC-SHA256 Credential=a'], 'absent'],
    ['JupyterHub’s own token', ['Authorization', 'token abc'], 'absent'],
    ['another scheme without a value', ['Authorization', 'Negotiate'], 'malformed'],
    ['a quoted token', ['Authorization', '"Bearer a"'], 'malformed'],
    [
      'a session beside another scheme',
      ['Authorization', 'token abc', 'Cookie', `__Host-beamgate=${sessionId}`],
      `session ${sessionId} at lab.org`,
    ],
    [
      'two Authorization headers',
      ['Authorization', 'Bearer a', 'authorization', 'Bearer a'],
      'repeated_credential',
    ],
    ['one of two empty', ['Authorization', '', 'Authorization', 'Bearer a'], 'repeated_credential'],
    ['a provider’s own header', ['SciCat-API-Key', 'a'], 'scicat a'],
    ['an empty one, never skipped', ['SciCat-API-Key', '', 'Authorization', 'Bearer a'], 'malformed'],
    ['one with a scheme', ['SciCat-API-Key', 'Bearer a'], 'malformed'],
    ['one that stands there twice', ['SciCat-API-Key', 'a', 'scicat-api-key', 'a'], 'repeated_credential'],
    ['that before Authorization', ['Authorization', 'Bearer b', 'SciCat-API-Key', 'a'], 'scicat a'],
    ['that before a broken Authorization', ['Authorization', '', 'SciCat-API-Key', 'a'], 'scicat a'],
    [
      'two providers’ headers: the first that is configured',
      ['X-Other-Token', 'b', 'SciCat-API-Key', 'a'],
      'scicat a',
    ],
    ['a look-alike of a provider’s header', ['SciCat_API_Key', 'a'], 'absent'],
    ['a cookie', ['Cookie', 'token=a'], 'absent'],
    ['a session', ['Cookie', `__Host-beamgate=${sessionId}`], `session ${sessionId} at lab.org`],
    [
      'a session behind a token',
      ['Cookie', `__Host-beamgate=${sessionId}`, 'Authorization', 'Bearer b'],
      'bearer b',
    ],
    [
      'a session behind a bad token',
      ['Cookie', `__Host-beamgate=${sessionId}`, 'Authorization', ''],
      'malformed',
    ],
    ['a malformed session', ['Cookie', '__Host-beamgate=x'], 'absent'],
    ['two sessions', ['Cookie', `__Host-beamgate=${sessionId}; __Host-beamgate=${sessionId}`], 'absent'],
    ['a proxy’s credential', ['Proxy-Authorization', 'Bearer a'], 'absent'],
  ];
  for (const [name, headers, expected] of table)
    it(`is ${expected.slice(0, 40)} for ${name}`, () => {
      assert.equal(read(headers), expected);
    });

  const only = (...kinds: CredentialKind[]): ReadonlySet<CredentialKind> => new Set(kinds);
  const both: RawHeaders = ['Authorization', 'Bearer b', 'SciCat-API-Key', 'a'];
  it('is not looked for where the rule does not read its kind', () => {
    assert.equal(read(both, only('bearer')), 'bearer b');
    assert.equal(read(both, only('header')), 'scicat a');
    assert.equal(read(both, only('session')), 'absent');
    assert.equal(read(both, only('basic')), 'absent');
    assert.equal(read(['Authorization', 'Basic YTpi'], only('bearer')), 'absent');
    assert.equal(read(['Authorization', 'Bearer b'], only('basic', 'session')), 'absent');
  });

  it('is the session where the rule reads no other kind that is there', () => {
    const headers = ['Authorization', 'Bearer b', 'Cookie', `__Host-beamgate=${sessionId}`];
    assert.equal(read(headers, only('session')), `session ${sessionId} at lab.org`);
    assert.equal(read(headers, only('basic', 'session')), `session ${sessionId} at lab.org`);
    assert.equal(read(headers, only('basic', 'header')), 'absent');
  });

  it('that stands there twice is not looked at where the rule does not read it', () => {
    assert.equal(read(['Authorization', 'a', 'Authorization', 'b'], only('header')), 'absent');
    assert.equal(read(['SciCat-API-Key', 'a', 'SciCat-API-Key', 'b'], only('bearer')), 'absent');
  });

  it('of 64 kB is read in linear time', () => {
    for (const text of ['=', 'a=', ' ', 'Bearer ', 'a ']) {
      const startedAt = performance.now();
      read(['Authorization', `Bearer ${text.repeat(65_536 / text.length)}`]);
      read(['Authorization', text.repeat(65_536 / text.length)]);
      assert.ok(performance.now() - startedAt < 250, text);
    }
  });
});
