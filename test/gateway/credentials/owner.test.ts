import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createOwnerOf, readClaimed, type TokenOwner } from '../../../gateway/credentials/owner.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (header: object, payload: object) => `${part(header)}.${part(payload)}.c2ln`;

const owners: readonly TokenOwner[] = [
  { provider: 'scicat', kind: 'scicat' },
  { provider: 'other', kind: 'scicat' },
  { provider: 'lab', kind: 'oidc', issuer: 'https://sso.lab.org/realms/lab' },
  { provider: 'guests', kind: 'oidc', issuer: 'https://sso.lab.org/realms/guests' },
];

function ownerOf(text: string, providers: readonly string[] = [], known = owners): string {
  const owner = createOwnerOf(known)(readClaimed(text), { providers });
  return 'reason' in owner ? owner.reason : owner.provider;
}

describe('a bearer token', () => {
  it('belongs to the issuer that it names, to the letter', () => {
    const of = (iss: unknown) => ownerOf(token({ alg: 'RS256' }, { iss }));
    assert.equal(of('https://sso.lab.org/realms/lab'), 'lab');
    assert.equal(of('https://sso.lab.org/realms/guests'), 'guests');
    for (const iss of [
      'https://sso.lab.org/realms/lab/',
      'https://SSO.lab.org/realms/lab',
      'https://sso.lab.org',
      'constructor',
      ['https://sso.lab.org/realms/lab'],
      undefined,
      null,
      '',
    ])
      assert.equal(of(iss), 'token_issuer_unknown', String(iss));
  });

  it('belongs to SciCat where a shared secret signed it and no issuer is named', () => {
    const scicat = token({ alg: 'HS256' }, { sub: 'x' });
    assert.equal(ownerOf(scicat), 'scicat');
    assert.equal(ownerOf(scicat, ['other']), 'other', 'the app’s own');
    assert.equal(ownerOf(scicat, [], owners.slice(2)), 'credential_unsupported');
    assert.equal(ownerOf(token({ alg: 'HS256' }, { iss: 'https://sso.lab.org/realms/lab' })), 'lab');
    assert.equal(ownerOf(token({ alg: 'none' }, {})), 'token_issuer_unknown');
  });

  it('belongs to nobody where it is no JWT', () => {
    for (const text of ['opaque', 'a.b.c', 'a.b.c.d.e'])
      assert.equal(ownerOf(text), 'credential_unsupported');
  });
});
