// docs/assertions.md: its examples, as they stand there, against a gateway.
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import {
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWTHeaderParameters,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { prepareGateways, publicUrl } from '../end-to-end/two-gateways.ts';
import { describeWith, golangJwt, pyjwt, type RealPart } from '../real-parts/find.ts';
import { startOidc } from '../simulators/oidc/start.ts';
import { exampleOf, type Language, startCheck } from './assertion-checks.ts';

const lab = await startOidc();
const token = await lab.accessToken();
const site = prepareGateways(lab.issuer, async () => token);
const gateway = await site.start();
after(async () => {
  await site.stop();
  await lab.stop();
});

const key = await site.signingKey();
const nowSeconds = Math.floor(Date.now() / 1000);
const goodHeader = { alg: 'ES256', typ: 'beamgate-assertion+jwt', kid: key.kid };
const goodClaims = {
  iss: publicUrl,
  aud: 'logbook',
  sub: 'lab:1',
  username: 'mallory',
  iat: nowSeconds,
  exp: nowSeconds + 60,
};

type Changes = { readonly claims?: object; readonly header?: Partial<JWTHeaderParameters> };

/** Signed with the gateway's own key: only what is changed is wrong. */
function forge({ claims = {}, header = {} }: Changes, by: Parameters<SignJWT['sign']>[0] = key.privateKey) {
  const payload = JSON.parse(JSON.stringify({ ...goodClaims, ...claims }));
  return new SignJWT(payload).setProtectedHeader({ ...goodHeader, ...header }).sign(by);
}

async function wrongOnes(): Promise<Readonly<Record<string, string>>> {
  const other = await generateKeyPair('ES256');
  const publicKey = await importJWK(key.publicJwk, 'ES256', { extractable: true });
  if (publicKey instanceof Uint8Array) throw new TypeError('a symmetric key');
  const pem = new TextEncoder().encode(await exportSPKI(publicKey));
  const good = await gateway.assertion('/logbook');
  const [header = '', payload = '', signature = ''] = good.split('.');
  const [unsecured = '', claims = ''] = new UnsecuredJWT(goodClaims).encode().split('.');
  return {
    'alg: HS256 with the public key as the secret': await forge({ header: { alg: 'HS256' } }, pem),
    'alg: none': `${unsecured}.${claims}.`,
    'alg: none, typ and kid as they should be': `${Buffer.from(JSON.stringify({ ...goodHeader, alg: 'none' })).toString('base64url')}.${claims}.`,
    'typ: that of any JWT': await forge({ header: { typ: 'JWT' } }),
    'typ: that of an access token': await forge({ header: { typ: 'at+jwt' } }),
    'iss: of another gateway': await forge({ claims: { iss: 'https://lab.org' } }),
    'aud: of another app': await gateway.assertion('/globus'),
    'aud: none': await forge({ claims: { aud: undefined } }),
    'exp: past': await forge({ claims: { iat: nowSeconds - 120, exp: nowSeconds - 60 } }),
    'exp: none': await forge({ claims: { exp: undefined } }),
    'signature: by another key under the same kid': await forge({}, other.privateKey),
    'signature: of other claims': `${header}.${claims}.${signature}`,
    'kid: of no key': await forge({ header: { kid: 'nobody' } }),
    'no assertion but the token that the browser sent': token,
    'two parts': `${header}.${payload}`,
    'no JSON': 'a.b.c',
    'an empty line': '',
  };
}

const wrong = await wrongOnes();
const languages: readonly (readonly [Language, readonly RealPart[]])[] = [
  ['python', [pyjwt]],
  ['go', [golangJwt]],
  ['js', []],
];

for (const [language, parts] of languages)
  describeWith(parts, `the ${language} example of docs/assertions.md`, () => {
    it('is ten lines at most', () => {
      const body = exampleOf(language).replace(/^import \([^)]*\)|^import .*$/gm, '');
      const lines = body
        .split('\n')
        .filter((line) => line.trim() !== '' && !/^\s*(?:\/\/|\/\*|""")/.test(line));
      assert.ok(lines.length <= 10, `${lines.length} lines`);
    });

    it('takes an assertion for its app, and refuses each wrong one', async (t) => {
      const check = startCheck(language, gateway.jwksUrl);
      t.after(() => check.stop());
      assert.equal(await check.ask(await gateway.assertion('/logbook')), 'ok alice');
      assert.equal(await check.ask(await forge({})), 'ok mallory', 'else the wrong ones prove nothing');
      for (const [name, assertion] of Object.entries(wrong))
        assert.match(await check.ask(assertion), /^refused /, name);
      assert.equal(await check.ask(await gateway.assertion('/logbook')), 'ok alice');
    });
  });

it('the page names each thing that is to be held', () => {
  for (const language of ['python', 'go', 'js'] as const)
    for (const pinned of ['ES256', 'beamgate-assertion+jwt', 'https://lab.org/sso[\'"]', 'logbook', 'exp'])
      assert.match(exampleOf(language), new RegExp(pinned.replace('+', '\\+'), 'i'), `${language} ${pinned}`);
});
