import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { readPrivateKey } from '../../gateway/config-sign-in.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';
import { Secret } from '../../platform/config/secrets.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pem = ec.export({ format: 'pem', type: 'pkcs8' }).toString();
const files: Readonly<Record<string, string>> = { '/key': pem, '/none': 'hello' };

function load(provider: string) {
  const text = `publicUrl: https://lab.org/sso
providers:
  lab: ${provider}
apps:
  a: { url: https://lab.org/a, allow: signed-in }
`;
  return loadGatewayConfig(
    { file: 'g.yaml', text },
    { readFile: (path) => files[path] ?? '', environment: { S: 'hunter2' } },
  );
}

function signInOf(provider: string) {
  const loaded = load(provider);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.mistakes.map(renderMistake).join('\n'));
  return loaded.value.providers[0]?.signIn;
}

const oidc = (signIn: string, more = '') =>
  `{ kind: oidc, issuer: https://sso.lab.org${more}, signIn: ${signIn} }`;

describe('signIn of a provider', () => {
  it('asks for little and shows its secret by basic, unless it says otherwise', () => {
    const signIn = signInOf(oidc('{ clientId: beamgate, clientSecret: env:S }'));
    assert.ok(signIn !== undefined && 'clientId' in signIn);
    assert.deepEqual(
      [signIn.clientId, signIn.authentication.by, signIn.scopes, signIn.parameters, signIn.asksUserinfo],
      ['beamgate', 'basic', ['openid', 'profile', 'email'], {}, false],
    );
  });

  it('signs with a key instead of a secret', () => {
    const signIn = signInOf(oidc('{ clientId: beamgate, privateKey: file:/key, keyId: k1 }'));
    assert.ok(signIn !== undefined && 'clientId' in signIn);
    assert.equal(signIn.authentication.by, 'private_key_jwt');
  });

  it('takes the place of acceptTokensFor where no bearer token is taken', () => {
    assert.ok(load(oidc('{ clientId: b, clientSecret: env:S }')).ok);
    assert.ok(load('{ kind: oidc, issuer: https://sso.lab.org, acceptTokensFor: [a] }').ok);
  });

  it('tries local accounts of SciCat, and those of LDAP where it says so', () => {
    const scicat = (signIn: string) =>
      signInOf(`{ kind: scicat, url: https://s.lab.org, signIn: ${signIn} }`);
    assert.deepEqual(scicat('{}'), { accounts: ['local'] });
    assert.deepEqual(scicat('{ accounts: [ldap, local] }'), { accounts: ['ldap', 'local'] });
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['{ kind: oidc, issuer: https://sso.lab.org }', /providers\.lab: it says neither signIn nor/],
    [oidc('{ clientId: b }'), /signIn: either clientSecret or privateKey/],
    [
      oidc('{ clientId: b, clientSecret: env:S, privateKey: file:/key }'),
      /either clientSecret or privateKey/,
    ],
    [oidc('{ clientId: b, privateKey: file:/none }'), /privateKey: no private key for RS256/],
    [oidc('{ clientId: b, clientSecret: hunter2 }'), /a secret does not stand in this file/],
    [oidc('{ clientId: b, clientSecret: env:S, scopes: [email] }'), /openid among them/],
    [
      oidc('{ clientId: b, clientSecret: env:S, parameters: { state: x } }'),
      /not one that the gateway gives/,
    ],
    [
      oidc('{ clientId: b, clientSecret: env:S, parameters: { redirect_uri: x } }'),
      /not one that the gateway/,
    ],
    ['{ kind: scicat, url: https://s.lab.org, signIn: { accounts: [] } }', /accounts/],
  ];
  for (const [provider, complaint] of wrong)
    it(`${provider} is a mistake`, () => {
      const loaded = load(provider);
      assert.ok(!loaded.ok);
      assert.match(loaded.mistakes.map(renderMistake).join('\n'), complaint);
    });
});

describe('a private key', () => {
  it('is read from PEM and from a JWK, with the algorithm that it signs by', () => {
    const jwk = JSON.stringify({ ...ec.export({ format: 'jwk' }), kid: 'k2' });
    assert.deepEqual(
      [pem, jwk].map((text) => {
        const read = readPrivateKey(new Secret('test', text));
        return [read?.algorithm, read?.keyId];
      }),
      [
        ['ES256', undefined],
        ['ES256', 'k2'],
      ],
    );
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const text = rsa.export({ format: 'pem', type: 'pkcs8' }).toString();
    assert.equal(readPrivateKey(new Secret('test', text))?.algorithm, 'RS256');
  });

  it('is none on a curve that no provider has to know', () => {
    const odd = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
    const text = odd.export({ format: 'pem', type: 'pkcs8' }).toString();
    assert.equal(readPrivateKey(new Secret('test', text)), undefined);
  });
});
