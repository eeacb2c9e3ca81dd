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

  it('are none for what is narrow', () => {
    const narrow = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  a: { url: https://lab.org/a, public: [/open], allow: { groups: [it] } }
`;
    assert.deepEqual(warnings(narrow), []);
  });
});
