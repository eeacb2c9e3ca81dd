import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';

function load(provider: string) {
  const text = `publicUrl: https://lab.org/sso
providers:
  lab: { ${provider} }
apps: { a: { url: https://lab.org/a, allow: { groups: [it] } } }
`;
  return loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
}

function mistakes(provider: string): readonly string[] {
  const loaded = load(provider);
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
}

const oidc = 'kind: oidc, issuer: https://sso.lab.org, acceptTokensFor: [x]';
const scicat = 'kind: scicat, url: https://scicat.lab.org';

describe('claims in the gateway’s file', () => {
  it('name one claim or several for groups and roles, of either kind of provider', () => {
    for (const kind of [oidc, scicat]) {
      const loaded = load(`${kind}, claims: { groups: [a, "https://lab.org/b"], roles: c }`);
      assert.ok(loaded.ok);
      const [provider] = loaded.value.providers;
      assert.deepEqual(provider?.claims.groups, ['a', 'https://lab.org/b']);
      assert.deepEqual(provider?.claims.roles, ['c']);
    }
    assert.match(String(mistakes(`${oidc}, claims: { groups: [] }`)), /claims\.groups/);
  });

  it('give groups other names', () => {
    const loaded = load(`${oidc}, claims: { groupNames: [{ pattern: "urn:x:{g}", name: "{g}" }] }`);
    assert.ok(loaded.ok);
    const { groupNames } = loaded.value.providers[0]?.claims ?? {};
    assert.deepEqual(
      groupNames?.patterns.map(({ pattern }) => pattern),
      ['urn:x:{g}'],
    );
    assert.equal(groupNames?.unmapped, 'keep');
  });

  it('name each mistake in a pattern with its line', () => {
    assert.deepEqual(
      mistakes(
        `${oidc}, claims: { groupNames: [{ pattern: "{a}{b}", name: x }, { pattern: x, name: "{y}" }] }`,
      ),
      [
        'g.yaml:3 providers.lab.claims.groupNames[0]: two placeholders with nothing between them: nothing says where the first one ends',
        'g.yaml:3 providers.lab.claims.groupNames[1]: name: the pattern has no placeholder {y}',
      ],
    );
    assert.deepEqual(mistakes(`${oidc}, claims: { unmappedGroups: drop }`), [
      'g.yaml:3 providers.lab.claims.unmappedGroups: only with groupNames, which it is about',
    ]);
  });
});

describe('vouchesFor', () => {
  it('is needed where SciCat’s addresses stand for users or groups: it marks none as verified', () => {
    for (const claims of ['username: profile.email', 'groups: [profile.accessGroups, profile.email]'])
      assert.match(String(mistakes(`${scicat}, claims: { ${claims} }`)), /write vouchesFor: \[email\]/);
    assert.deepEqual(mistakes(`${scicat}, claims: { username: profile.email }, vouchesFor: [email]`), []);
    assert.deepEqual(mistakes(scicat), [], 'an address beside the user name needs nothing');
  });

  it('names kinds of address, and no others', () => {
    assert.deepEqual(mistakes(`${oidc}, vouchesFor: [email, phone_number]`), []);
    assert.match(String(mistakes(`${oidc}, vouchesFor: [mail]`)), /vouchesFor\[0\]/);
    assert.match(String(mistakes(`${oidc}, vouchesFor: true`)), /vouchesFor/);
  });
});
