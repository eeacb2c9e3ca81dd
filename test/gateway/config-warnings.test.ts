import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';

function warnings(text: string): readonly string[] {
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.mistakes.map(renderMistake).join('\n'));
  return loaded.value.warnings.map((warning) => `${warning.reason} ${renderMistake(warning)}`);
}

const providers = `providers:
  keycloak: { kind: oidc, issuer: https://sso.lab.org, acceptTokensFor: [a], acceptIdTokens: true }
  scicat: { kind: scicat, url: https://scicat.lab.org }
`;

describe('warnings', () => {
  it('name what is legal and wide, with its line', () => {
    const text = `publicUrl: http://lab.org/sso
insecure: true
trustedProxies: [127.0.0.1, 172.18.0.0/16, 10.0.0.0/8, private, "2001:db8::/32"]
${providers}apps:
  transfer:
    url: https://lab.org/globus
    allow: signed-in
  open: { url: "https://*/open", oneNamespace: true, allow: public }
  set:
    url: https://lab.org/set
    setHeaders: { X-Site: lab }
    rules:
      - { observe: true, allow: nobody }
      - { allow: nobody }
`;
    const found = warnings(text).map((line) => line.split(' ').slice(0, 2).join(' '));
    assert.deepEqual(found, [
      'insecure g.yaml:2',
      ...['proxies_wide g.yaml:3', 'proxies_wide g.yaml:3', 'proxies_wide g.yaml:3'],
      'id_tokens g.yaml:5',
      'anyone_signed_in g.yaml:10',
      ...['any_host g.yaml:11', 'one_namespace g.yaml:11', 'public_app g.yaml:11'],
      'headers_to_list g.yaml:14',
      'observing g.yaml:16',
    ]);
    assert.ok(
      warnings(text).includes(
        'anyone_signed_in g.yaml:10 apps.transfer.allow: transfer admits anyone whom keycloak or scicat vouches for',
      ),
    );
  });

  it('name a provider whose addresses stand for users without a check', () => {
    const text = (keys: string) => `publicUrl: https://lab.org/sso
providers:
  entra: { kind: oidc, issuer: https://sso.lab.org, acceptTokensFor: [a]${keys} }
apps: { a: { url: https://lab.org/a, allow: { groups: [it] } } }
`;
    assert.deepEqual(warnings(text(', vouchesFor: [email]')), [], 'the address is only passed on');
    assert.deepEqual(warnings(text(', claims: { username: email }')), []);
    assert.deepEqual(warnings(text(', claims: { username: email }, vouchesFor: [email]')), [
      "addresses_believed g.yaml:3 providers.entra.vouchesFor: email of entra is believed without a check: whoever can write somebody's address into an account there acts as that person here",
    ]);
  });

  it('name an app of every host below a domain, where people sign in', () => {
    const text = (signIn: string) => `publicUrl: https://lab.org/sso
providers:
  keycloak: { kind: oidc, issuer: https://sso.lab.org${signIn} }
apps:
  all: { url: "https://*.lab.org", allow: { groups: [it] } }
`;
    const found = warnings(text(', signIn: { clientId: b, clientSecret: "test-only:x" }'));
    assert.deepEqual(
      found.map((line) => line.split(':', 3).slice(0, 2).join(':')),
      ['hosts_below g.yaml:5 apps.all.url'],
    );
    assert.match(found[0] ?? '', /below https:\/\/\*\.lab\.org, also one that the gateway does not guard/);
    assert.deepEqual(warnings(text(', acceptTokensFor: [a]')), []);
  });

  const ofApp = (keys: string) =>
    warnings(`publicUrl: https://lab.org/sso
providers:
  kc: { kind: oidc, issuer: https://sso.lab.org, acceptTokensFor: [a], realm: lab }
  scicat: { kind: scicat, url: https://scicat.lab.org }
apps:
  a: { url: https://lab.org/a, ${keys} }
`);
  const open = (key: string) => [
    `public_app g.yaml:6 apps.a.${key}: a is open to everybody, under every path`,
  ];
  const anyone = (key: string, providers: string) => [
    `anyone_signed_in g.yaml:6 apps.a.${key}: a admits anyone whom ${providers} vouches for`,
  ];
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['allow: public', open('allow')],
    ['public: [/**]', open('public')],
    ['public: [/v, /**]', open('public')],
    ['public: [/*]', []],
    ['rules: [{ networks: [0.0.0.0/0, "::/0"], allow: public }]', open('rules[0]')],
    ['rules: [{ networks: [0.0.0.0/0], allow: public }]', open('rules[0]')],
    ['rules: [{ networks: ["::/0"], paths: [/**], allow: public }]', open('rules[0]')],
    ['rules: [{ networks: [10.0.0.0/8], allow: public }, { allow: nobody }]', []],
    ['rules: [{ paths: [/v/**], allow: public }]', []],
    ['allow: signed-in', anyone('allow', 'kc or scicat')],
    ['allow: { realms: [lab] }', anyone('allow', 'kc')],
    ['allow: { realms: [lab, scicat] }', anyone('allow', 'kc or scicat')],
    ['rules: [{ paths: [/x], allow: { realms: [scicat] } }]', anyone('rules[0]', 'scicat')],
    ['allow: { realms: [lab], groups: [it] }', []],
    ['allow: { realms: [lab], users: [x] }', []],
    ['allow: { realms: [lab], roles: [x] }', []],
    [
      'allow: { realms: [lab], groups: [it] }, keep: [authorization, SciCat-API-Key, Cookie]',
      [
        "credential_passed_on g.yaml:6 apps.a.keep: a is given its users' own tokens (authorization, SciCat-API-Key): whoever runs it can act as them elsewhere",
      ],
    ],
    ['allow: { realms: [lab], groups: [it] }, keep: [Cookie]', []],
  ];
  for (const [keys, expected] of rows)
    it(`of { ${keys} } are ${expected.length}`, () => {
      assert.deepEqual(ofApp(keys), expected);
    });

  it('are none for what is narrow', () => {
    const narrow = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  a: { url: https://lab.org/a, public: [/open], allow: { groups: [it] } }
`;
    assert.deepEqual(warnings(narrow), []);
  });
});
