import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { assertionType, createAssertions } from '../../gateway/assertion.ts';
import { decodeToken } from '../../gateway/credentials/jwt.ts';
import { checkScicatToken, looksLikeScicat } from '../../gateway/credentials/scicat-token.ts';
import type { App, Identity } from '../../gateway/types.ts';
import { fixedKeys, testKey } from './gate.ts';
import { sampleApp, sampleIdentity } from './samples.ts';

const startMs = 1_800_000_000_000;

async function signing(ttlSeconds = 60) {
  const clock = { nowMs: startMs };
  const assertions = createAssertions({
    issuer: 'https://lab.org/sso',
    ttlSeconds,
    keys: fixedKeys(await testKey()),
    now: () => clock.nowMs,
  });
  const sign = (identity: Identity, to: App) => assertions.sign(identity, to).token;
  return { ...assertions, sign, clock };
}

describe('an assertion', () => {
  const app = sampleApp({ name: 'transfer' });

  it('holds for its app, by the published keys', async () => {
    const { sign, jwks } = await signing();
    const { payload, protectedHeader } = await jwtVerify(
      sign(sampleIdentity(), app),
      createLocalJWKSet({ keys: [...jwks.keys] }),
      {
        issuer: 'https://lab.org/sso',
        audience: 'transfer',
        typ: assertionType,
        algorithms: ['ES256'],
        currentDate: new Date(startMs),
        requiredClaims: ['exp', 'iat', 'jti', 'sub'],
      },
    );
    assert.deepEqual(protectedHeader, { alg: 'ES256', typ: 'beamgate-assertion+jwt', kid: 'test' });
    const { jti, ...claims } = payload;
    assert.ok(typeof jti === 'string' && jti.length > 20);
    assert.deepEqual(claims, {
      username: 'alice',
      realm: 'scicat',
      groups: ['p1', 'it'],
      roles: ['admin'],
      email: 'alice@lab.org',
      name: 'Alice',
      iss: 'https://lab.org/sso',
      aud: 'transfer',
      sub: 'scicat:6b00',
      iat: startMs / 1000,
      exp: startMs / 1000 + 60,
    });
  });

  it('that could not be signed is tried again', async () => {
    const key = await testKey();
    let signs = key;
    const assertions = createAssertions({
      issuer: 'https://lab.org/sso',
      ttlSeconds: 60,
      keys: { signing: () => signs, published: () => [] },
      now: () => startMs,
    });
    const identity = sampleIdentity();
    signs = { ...key, privateKey: createPublicKey(key.privateKey) };
    assert.throws(() => assertions.sign(identity, app));
    signs = key;
    assert.equal(decodeJwt(assertions.sign(identity, app).token).aud, 'transfer');
  });

  it('does not hold for another app', async () => {
    const { sign, jwks } = await signing();
    const token = sign(sampleIdentity(), app);
    await assert.rejects(
      jwtVerify(token, createLocalJWKSet({ keys: [...jwks.keys] }), {
        audience: 'grafana',
        currentDate: new Date(startMs),
      }),
      { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' },
    );
  });

  it('is another for every app, though the identity is the same', async () => {
    const { sign } = await signing();
    const identity = sampleIdentity({ groups: ['p1', 'it'] });
    const one = sign(identity, app);
    const two = sign(identity, sampleApp({ name: 'grafana', groupPatterns: ['it'] }));
    assert.deepEqual([decodeJwt(one).aud, decodeJwt(one).groups], ['transfer', ['p1', 'it']]);
    assert.deepEqual([decodeJwt(two).aud, decodeJwt(two).groups], ['grafana', ['it']]);
  });

  it('is reused within half of its life, and then made anew', async () => {
    const { sign, clock } = await signing();
    const identity = sampleIdentity();
    const first = sign(identity, app);
    clock.nowMs = startMs + 29_999;
    assert.equal(sign(identity, app), first);
    clock.nowMs = startMs + 30_000;
    const second = sign(identity, app);
    assert.notEqual(second, first);
    assert.notEqual(decodeJwt(second).jti, decodeJwt(first).jti);
  });

  it('is not the current one once another key signs, or half of its life is over', async () => {
    const key = await testKey();
    let [signs, nowMs] = [key, startMs];
    const { sign, isCurrent } = createAssertions({
      issuer: 'https://lab.org/sso',
      ttlSeconds: 60,
      keys: { signing: () => signs, published: () => [] },
      now: () => nowMs,
    });
    const first = sign(sampleIdentity(), app);
    assert.ok(isCurrent(first));
    nowMs += 30_000;
    assert.ok(!isCurrent(first));
    nowMs = startMs;
    signs = { ...key, kid: 'the next' };
    assert.ok(!isCurrent(first));
  });

  it('is never reused for another identity, be it equal', async () => {
    const { sign } = await signing();
    const first = sign(sampleIdentity(), app);
    assert.notEqual(sign(sampleIdentity(), app), first);
  });

  it('does not outlive the credential', async () => {
    const { sign } = await signing();
    const token = sign(sampleIdentity({ expiresAt: startMs / 1000 + 5.9 }), app);
    assert.equal(decodeJwt(token).exp, startMs / 1000 + 5);
  });

  it('carries the attributes that the app asks for, as lists of texts', async () => {
    const { sign } = await signing();
    const identity = sampleIdentity({ claims: { profile: { id: 'x', list: ['a', 5], secret: 's' } } });
    const attributes = ['profile.id', 'profile.list', 'profile.none', '__proto__', 'constructor'];
    const claims = decodeJwt(sign(identity, sampleApp({ attributes })));
    assert.deepEqual(
      JSON.parse(JSON.stringify(claims.attributes)),
      JSON.parse(
        '{"profile.id":["x"],"profile.list":["a","5"],"profile.none":[],"__proto__":[],"constructor":[]}',
      ),
    );
  });

  it('says nothing of the provider’s claims that nobody asked for', async () => {
    const { sign } = await signing();
    const identity = sampleIdentity({ claims: { secret: 'hunter2' }, email: undefined, name: undefined });
    const claims = decodeJwt(sign(identity, app));
    assert.ok(!('attributes' in claims) && !('email' in claims) && !('name' in claims));
    assert.doesNotMatch(JSON.stringify(claims), /hunter2/);
  });

  it('is no credential: no provider takes it for its own', async () => {
    const { sign } = await signing();
    const token = sign(sampleIdentity(), app);
    const jwt = decodeToken(token);
    assert.ok(jwt !== undefined && !looksLikeScicat(jwt));
    assert.deepEqual(checkScicatToken(token, undefined, startMs), {
      kind: 'rejected',
      reason: 'token_malformed',
    });
  });
});
