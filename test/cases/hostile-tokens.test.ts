import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { answer } from '../../gateway/answer.ts';
import { VerdictCache } from '../../gateway/credentials/cache.ts';
import { createOidcVerifier } from '../../gateway/credentials/oidc.ts';
import { Questions } from '../../gateway/credentials/questions.ts';
import { createScicatCheck, createScicatVerifier } from '../../gateway/credentials/scicat.ts';
import { createVerify, type Verifier } from '../../gateway/credentials/verify.ts';
import { createTestGate } from '../gateway/gate.ts';
import { sampleApp, sampleIdentity, traefikHeaders, valuesIn } from '../gateway/samples.ts';
import { startOidc } from '../simulators/oidc/start.ts';
import { type HostileScene, hostileTokens } from './hostile-tokens.ts';

const sso = await startOidc();
const attacker = await startOidc();
after(() => Promise.all([sso.stop(), attacker.stop()]));
await sso.keys.add('ES256');

const site = `publicUrl: https://lab.org/sso
providers:
  lab: { kind: oidc, issuer: '${sso.issuer}', acceptTokensFor: [ingestor] }
  scicat: { kind: scicat, url: 'http://127.0.0.1:9', jwtSecret: 'test-only:hunter2' }
apps:
  data: { url: https://lab.org/data, allow: signed-in }
`;
const { gate, assertions, config, log } = await createTestGate({}, site);
const silent = { cacheAnswered: () => {}, providerAnswered: () => {}, providerFailed: () => {} };
const verifiers = config.providers.map((provider): Verifier => {
  const { kind, name } = provider;
  return kind === 'oidc'
    ? { provider: name, kind, issuer: provider.issuer, verify: createOidcVerifier(provider) }
    : {
        provider: name,
        kind,
        check: createScicatCheck(provider),
        verify: createScicatVerifier(provider),
        questions: new Questions(name, provider.questions),
      };
});
const verify = createVerify(verifiers, new VerdictCache(config.cache), silent, () => undefined);
const keys = sso.keys.published().keys;
const rsa = keys.find(({ kty }) => kty === 'RSA');
const scene: HostileScene = {
  sso,
  attacker,
  keyId: rsa?.kid ?? '',
  publicPem: createPublicKey({ key: { ...rsa }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString(),
  assertion: assertions.sign(sampleIdentity(), sampleApp({ name: 'data' })).token,
};

function ask(token: string) {
  const headers = traefikHeaders({ 'X-Forwarded-Uri': '/data' }, ['Authorization', `Bearer ${token}`]);
  const asked = { method: 'GET', url: '/auth/traefik', headers, peerAddress: '127.0.0.1' };
  return answer(asked, { ...gate, verify }, config.trustedProxies);
}

describe('a token of the issuer', () => {
  it('gets in, else this table proves nothing', async () => {
    for (const alg of ['RS256', 'ES256']) {
      const { status, headers } = await ask(await sso.accessToken({}, { alg }));
      assert.equal(status, 200);
      assert.deepEqual(valuesIn(headers, 'X-Auth-Username'), ['alice']);
      assert.deepEqual(valuesIn(headers, 'X-Auth-Realm'), ['lab']);
      assert.deepEqual(valuesIn(headers, 'Authorization'), [], 'the app does not get it');
    }
  });
});

describe('a hostile token', () => {
  for (const { what, token: make, status, reason, message } of hostileTokens)
    it(`${what}: ${reason}`, async () => {
      const token = await make(scene);
      const { status: answered, headers, body } = await ask(token);
      const { requestId: _, loginUrl: __, code: ___, ...said } = JSON.parse(body);
      assert.deepEqual({ status: answered, ...said }, { status, reason, message });
      assert.deepEqual(valuesIn(headers, 'X-Auth-Username'), []);
      for (const secret of [sso.issuer, 'ingestor', scene.keyId, token.slice(0, 60)])
        assert.ok(!body.includes(secret) && !headers.join('\n').includes(secret), 'it helps nobody');
      assert.ok(!log.join('').includes(token.slice(0, 60)), 'it is not logged');
    });

  it('is explained to the admin by the log alone, as briefly as it may be', async () => {
    const details = async (token: string) => {
      const { body } = await ask(token);
      const { requestId } = JSON.parse(body);
      const line = log.find((text) => text.includes(requestId)) ?? '{}';
      return JSON.parse(line).detail;
    };
    assert.equal(
      await details(await sso.accessToken({ aud: 'account' })),
      'aud is "account", accepted are ["ingestor"]',
    );
    assert.equal(
      await details(await sso.accessToken({ preferred_username: undefined })),
      'no text at preferred_username',
    );
    assert.equal(await details(await sso.accessToken({ iss: 'https://x/' })), 'its iss is "https://x/"');
    assert.equal(
      (await details(await sso.accessToken({ iss: 'x'.repeat(5000) }))).length,
      'its iss is '.length + 201,
    );
  });

  it('makes nobody ask the forger, nor the issuer again and again', () => {
    assert.deepEqual(attacker.requests, []);
    assert.equal(sso.requests.length, 2, 'discovery and keys, once');
  });
});
