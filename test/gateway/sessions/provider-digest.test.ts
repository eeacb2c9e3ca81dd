import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../../gateway/config.ts';
import { digestProviders } from '../../../gateway/sessions/provider-digest.ts';
import { ConfigError } from '../../../platform/config/load.ts';

const oidc = "kind: oidc, issuer: 'https://sso.lab.org', acceptTokensFor: [x]";
const scicat = "kind: scicat, url: 'https://scicat.lab.org'";
const signIn = (more: string) => `signIn: { clientId: b, clientSecret: 'test-only:x'${more} }`;

function digestOf(keys: string): string {
  const text = `publicUrl: https://lab.org/sso
providers: { lab: { ${keys} } }
apps: { a: { url: https://lab.org/a, allow: signed-in } }`;
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  return digestProviders(loaded.value.providers).get('lab') ?? '';
}

describe('the digest of a provider', () => {
  it('is the same in every version: another one would sign everybody out', () => {
    assert.equal(digestOf(oidc), 'cI1W6CylBHkqcxk7UEww93RmRNFTvGgqYpzIf4-UKDU');
    assert.equal(digestOf(scicat), 'LWS2SPI4YQeEbsLEOhSPfIjM5xCEL3lV-zWxr6ngIYk');
  });

  const before = `${oidc}, ${signIn('')}`;
  for (const [what, after] of [
    ['issuer', before.replace('sso', 'other')],
    ['realm', `${before}, realm: other`],
    ['claims.username', `${before}, claims: { username: email }`],
    ['claims.groups', `${before}, claims: { groups: g }`],
    ['claims.roles', `${before}, claims: { roles: r }`],
    ['claims.email', `${before}, claims: { email: e }`],
    ['claims.name', `${before}, claims: { name: n }`],
    ['claims.separator', `${before}, claims: { separator: ';' }`],
    ['claims.groups', `${before}, claims: { groups: [groups, more] }`],
    ['claims.groupNames', `${before}, claims: { groupNames: [{ pattern: a, name: b }] }`],
    ['signIn.clientId', before.replace('clientId: b', 'clientId: c')],
    ['signIn.userinfo', `${oidc}, ${signIn(', userinfo: true')}`],
    ['signIn', oidc],
  ] as const)
    it(`is another one with another ${what}`, () => {
      assert.notEqual(digestOf(after), digestOf(before));
    });

  it('is another one where other addresses stand for users', () => {
    const byEmail = `${before}, claims: { username: email }`;
    assert.notEqual(digestOf(`${byEmail}, vouchesFor: [email]`), digestOf(byEmail));
    assert.equal(digestOf(`${before}, vouchesFor: [email]`), digestOf(before));
    assert.equal(digestOf(`${before}, claims: { groups: [groups] }`), digestOf(before));
  });

  it('of a SciCat is another one with another url, realm or claims', () => {
    const all = ['', ", realm: 'r'", ', claims: { groups: g }'].map((more) => digestOf(`${scicat}${more}`));
    assert.equal(new Set([...all, digestOf(scicat.replace('scicat.lab', 'other.lab'))]).size, 4);
    assert.equal(digestOf("kind: scicat, url: 'https://scicat.lab.org/'"), digestOf(scicat));
  });

  it('of a SciCat that signs nobody in any more is another one', () => {
    const signing = `${scicat}, signIn: { accounts: [local] }`;
    assert.notEqual(digestOf(scicat), digestOf(signing));
    assert.equal(digestOf(signing.replace('local', 'ldap')), digestOf(signing));
  });

  for (const after of [
    `${before}, title: SSO`,
    `${before}, timeoutMs: 9`,
    `${before}, clockSkewSeconds: 9`,
    `${before}, jwksUrl: 'https://keys.lab.org/'`,
    before.replace('[x]', '[y]'),
    before.replace('test-only:x', 'test-only:y'),
    `${oidc}, ${signIn(', scopes: [openid, groups]')}`,
  ])
    it(`is the same with ${after.slice(oidc.length)}`, () => {
      assert.equal(digestOf(after), digestOf(before));
    });
});
