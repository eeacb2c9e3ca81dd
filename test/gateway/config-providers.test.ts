import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';

const load = (providers: string, apps = '') =>
  loadGatewayConfig(
    {
      file: 'g.yaml',
      text: `publicUrl: https://lab.org/sso
apps:
  a: { url: https://lab.org/a, allow: signed-in }
${apps}providers:
${providers}`,
    },
    { readFile: () => '', environment: {} },
  );

function mistakes(providers: string): readonly string[] {
  const loaded = load(providers);
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
}

const sso = (rest = '') =>
  `  sso: { kind: oidc, issuer: https://sso.lab.org/realms/lab, acceptTokensFor: [x]${rest} }\n`;

describe('an OIDC provider', () => {
  it('needs an issuer and what its tokens are for; the rest is as Keycloak has it', () => {
    const loaded = load(sso());
    assert.ok(loaded.ok);
    assert.deepEqual(loaded.value.providers, [
      {
        kind: 'oidc',
        name: 'sso',
        title: 'sso',
        signIn: undefined,
        realm: 'sso',
        issuer: 'https://sso.lab.org/realms/lab',
        caFile: undefined,
        jwksUrl: undefined,
        acceptTokensFor: new Set(['x']),
        acceptIdTokens: false,
        claims: {
          id: 'sub',
          username: 'preferred_username',
          groups: ['groups'],
          roles: ['realm_access.roles'],
          email: 'email',
          name: 'name',
          separator: undefined,
          vouchesFor: [],
          groupNames: undefined,
        },
        clockSkewSeconds: 10,
        timeoutMs: 5000,
      },
    ]);
  });

  it('keeps its issuer to the letter, a final slash too', () => {
    const loaded = load(
      '  auth0: { kind: oidc, issuer: https://Lab.auth0.com/, acceptTokensFor: [x], realm: lab }\n',
    );
    const [provider] = loaded.ok ? loaded.value.providers : [];
    assert.ok(provider?.kind === 'oidc');
    assert.equal(provider.issuer, 'https://Lab.auth0.com/');
    assert.equal(provider.realm, 'lab');
  });

  for (const url of [
    'http://localhost:8080/realms/x',
    'http://127.0.0.1/',
    'http://[::1]:1',
    'http://sso.localhost',
  ])
    it(`may be on this machine itself: ${url}`, () => {
      assert.deepEqual(
        mistakes(`  sso: { kind: oidc, issuer: '${url}', jwksUrl: '${url}', acceptTokensFor: [x] }\n`),
        [],
      );
    });
});

describe('a mistake of a provider', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'one issuer twice',
      `${sso()}  again: { kind: oidc, issuer: https://SSO.lab.org/realms/lab/, acceptTokensFor: [y] }\n`,
      [
        'g.yaml:6 providers.again.issuer: the issuer of sso already: one provider an issuer, with all of acceptTokensFor',
      ],
    ],
    [
      'an issuer in the clear',
      '  sso: { kind: oidc, issuer: http://sso.lab.org, acceptTokensFor: [x] }\n',
      ['g.yaml:5 providers.sso.issuer: https, except on this machine itself'],
    ],
    [
      'keys in the clear',
      sso(', jwksUrl: http://10.0.0.1/certs'),
      ['g.yaml:5 providers.sso.jwksUrl: https, except on this machine itself'],
    ],
    [
      'an issuer with more than an address',
      '  sso: { kind: oidc, issuer: "https://u:p@sso.lab.org/?x#y", acceptTokensFor: [x] }\n',
      [
        'g.yaml:5 providers.sso.issuer: no user or password in it',
        'g.yaml:5 providers.sso.issuer: no query and no fragment in it',
      ],
    ],
    [
      'an issuer that is no address',
      '  sso: { kind: oidc, issuer: sso.lab.org, acceptTokensFor: [x] }\n',
      ['g.yaml:5 providers.sso.issuer: found a string of 11 characters, expected Invalid URL'],
    ],
    [
      'no audience',
      '  sso: { kind: oidc, issuer: https://sso.lab.org }\n',
      ['g.yaml:5 providers.sso: it says neither signIn nor acceptTokensFor, so nobody gets in by it'],
    ],
    [
      'an empty list of audiences',
      '  sso: { kind: oidc, issuer: https://sso.lab.org, acceptTokensFor: [] }\n',
      ['g.yaml:5 providers.sso.acceptTokensFor: found an empty list, expected at least 1 items'],
    ],
    [
      'a key of another kind',
      sso(', header: X-Token'),
      [
        'g.yaml:5 providers.sso.header: unknown key; known here: kind, issuer, caFile, realm, title, signIn, acceptTokensFor, acceptIdTokens, claims, vouchesFor, jwksUrl, clockSkewSeconds, timeoutMs',
      ],
    ],
    [
      'a claim that is nowhere',
      sso(', claims: { username: "" }'),
      ['g.yaml:5 providers.sso.claims.username: found an empty string, expected at least 1 characters'],
    ],
    [
      'a skew of an hour',
      sso(', clockSkewSeconds: 3600'),
      ['g.yaml:5 providers.sso.clockSkewSeconds: found the number 3600, expected at most 300'],
    ],
  ];
  for (const [what, providers, expected] of cases)
    it(`${what} is said with its line`, () => assert.deepEqual(mistakes(providers), expected));
});
