import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Unavailable } from '../../platform/unavailable.ts';
import {
  type CallerReading,
  createAssertionReader,
  createHeaderReader,
  type ReadCaller,
} from '../../transfer-service/caller.ts';
import { timesOf } from '../platform/times.ts';
import { type MockAnswer, type MockNetwork, mockNetwork } from './mock-network.ts';

const nowMs = Date.UTC(2026, 10, 21, 12);
const nowSeconds = nowMs / 1000;
const issuer = 'https://lab.org/sso';

const gatewayKey = await generateKeyPair('ES256', { extractable: true });
const otherKey = await generateKeyPair('ES256', { extractable: true });
const jwk = { ...(await exportJWK(gatewayKey.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
const otherJwk = { ...(await exportJWK(otherKey.publicKey)), kid: 'k2', alg: 'ES256', use: 'sig' };

const claims = {
  username: 'alice',
  realm: 'scicat',
  groups: ['LAB', 'p1'],
  roles: ['staff'],
  email: 'alice@lab.org',
  attributes: { 'profile.x': ['y'] },
};

type Overrides = {
  readonly claims?: object;
  readonly header?: object;
  readonly issuer?: string;
  readonly audience?: string | string[];
  readonly subject?: string;
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  readonly key?: CryptoKey;
};

function sign(overrides: Overrides = {}): Promise<string> {
  const header = { alg: 'ES256', typ: 'beamgate-assertion+jwt', kid: 'k1', ...overrides.header };
  return new SignJWT({ ...claims, ...overrides.claims })
    .setProtectedHeader(header)
    .setIssuer(overrides.issuer ?? issuer)
    .setAudience(overrides.audience ?? 'transfer')
    .setSubject(overrides.subject ?? 'scicat:6b01')
    .setIssuedAt(overrides.issuedAt ?? nowSeconds - 1)
    .setExpirationTime(overrides.expiresAt ?? nowSeconds + 59)
    .sign(overrides.key ?? gatewayKey.privateKey);
}

function keysAnswer(...keys: readonly unknown[]): MockAnswer {
  return { status: 200, body: { keys } };
}

type Fixture = {
  readonly read: ReadCaller;
  readonly network: MockNetwork;
  readonly clock: { nowMs: number };
};

function start(t: TestContext, ...answers: readonly MockAnswer[]): Fixture {
  const network = mockNetwork(t, 'http://gateway.test');
  const [first = keysAnswer(jwk), ...others] = answers;
  network.answer('GET', '/jwks.json', first, ...others);
  const clock = { nowMs };
  const read = createAssertionReader({
    issuer,
    audience: 'transfer',
    jwksUrl: 'http://gateway.test/jwks.json',
    timeoutMs: 1000,
    dispatcher: network.agent,
    clock: timesOf(clock),
  });
  return { read, network, clock };
}

function withAssertion(assertion: string, name = 'X-Auth-Assertion') {
  return { rawHeaders: ['Host', 'x', name, assertion], peerAddress: '192.0.2.1' };
}

function reasonOf(reading: CallerReading): string {
  return reading.kind === 'caller' ? 'caller' : reading.reason;
}

test('an assertion of the gateway is the caller', async (t) => {
  const { read } = start(t);
  assert.deepEqual(await read(withAssertion(await sign(), 'x-AUTH-assertion')), {
    kind: 'caller',
    caller: {
      subject: 'scicat:6b01',
      username: 'alice',
      realm: 'scicat',
      groups: ['LAB', 'p1'],
      email: 'alice@lab.org',
      attributes: { 'profile.x': ['y'] },
    },
  });
});

test('an assertion needs neither e-mail nor attributes', async (t) => {
  const { read } = start(t);
  const reading = await read(
    withAssertion(await sign({ claims: { email: undefined, attributes: undefined } })),
  );
  assert.equal(reading.kind, 'caller');
  assert.equal(reading.caller.email, undefined);
  assert.deepEqual(reading.caller.attributes, {});
});

test('no assertion is no identity, whatever else says who it is', async (t) => {
  const { read, network } = start(t);
  const others = [
    'X-Auth-Username',
    'alice',
    'X-Auth-Realm',
    'scicat',
    'Authorization',
    `Bearer ${await sign()}`,
  ];
  assert.equal(reasonOf(await read({ rawHeaders: others, peerAddress: '127.0.0.1' })), 'no_identity');
  assert.equal(reasonOf(await read(withAssertion(''))), 'no_identity');
  assert.equal(reasonOf(await read(withAssertion(await sign(), 'X_Auth_Assertion'))), 'no_identity');
  assert.equal(network.asked.length, 0);
});

test('two assertions are none, equal ones too', async (t) => {
  const { read } = start(t);
  const assertion = await sign();
  const rawHeaders = ['X-Auth-Assertion', assertion, 'x-auth-assertion', assertion];
  assert.deepEqual(await read({ rawHeaders, peerAddress: '192.0.2.1' }), {
    kind: 'refused',
    reason: 'repeated_identity_header',
    header: 'X-Auth-Assertion',
  });
});

test('refuses an assertion that expired this second, accepts it one second before', async (t) => {
  const { read } = start(t);
  const expiring = (expiresAt: number) => sign({ issuedAt: nowSeconds - 60, expiresAt });
  assert.deepEqual(await read(withAssertion(await expiring(nowSeconds))), {
    kind: 'refused',
    reason: 'assertion_expired',
  });
  assert.equal(reasonOf(await read(withAssertion(await expiring(nowSeconds + 1)))), 'caller');
});

test('refuses whatever is not this gateway’s word for this service', async (t) => {
  const { read } = start(t);
  const cases: Readonly<Record<string, Overrides>> = {
    'another issuer': { issuer: 'https://evil.org' },
    'another app': { audience: 'grafana' },
    'several apps': { audience: ['transfer', 'grafana'] },
    'another kind of token': { header: { typ: 'JWT' } },
    'no kind': { header: { typ: undefined } },
    'another key under the name of a known one': { key: otherKey.privateKey },
    'an unknown key': { header: { kid: 'k9' } },
    'no key': { header: { kid: undefined } },
    'an empty subject': { subject: '' },
    'no username': { claims: { username: undefined } },
    'an empty username': { claims: { username: '' } },
    'no realm': { claims: { realm: undefined } },
    'no groups': { claims: { groups: undefined } },
    'groups in one string': { claims: { groups: 'LAB,p1' } },
    'an empty group': { claims: { groups: [''] } },
    'attributes of another shape': { claims: { attributes: { x: 'y' } } },
    'the future': { issuedAt: nowSeconds + 60, expiresAt: nowSeconds + 120 },
    'a long life': { expiresAt: nowSeconds + 3600 },
  };
  for (const [name, overrides] of Object.entries(cases)) {
    await t.test(name, async () => {
      assert.equal(reasonOf(await read(withAssertion(await sign(overrides)))), 'assertion_invalid');
    });
  }
});

test('a claim that is required is required', async (t) => {
  const { read } = start(t);
  const unsigned = (payload: object) =>
    new SignJWT({ ...claims, iss: issuer, aud: 'transfer', ...payload })
      .setProtectedHeader({ alg: 'ES256', typ: 'beamgate-assertion+jwt', kid: 'k1' })
      .sign(gatewayKey.privateKey);
  const full = { sub: 'scicat:6b01', iat: nowSeconds, exp: nowSeconds + 60 };
  assert.equal(reasonOf(await read(withAssertion(await unsigned(full)))), 'caller');
  for (const claim of ['sub', 'iat', 'exp', 'iss', 'aud']) {
    const without = { ...full, [claim]: undefined };
    assert.equal(reasonOf(await read(withAssertion(await unsigned(without)))), 'assertion_invalid', claim);
  }
});

test('a clock of the gateway that is a few seconds ahead is forgiven', async (t) => {
  const { read } = start(t);
  const ahead = await sign({ issuedAt: nowSeconds + 5, expiresAt: nowSeconds + 65 });
  assert.equal(reasonOf(await read(withAssertion(ahead))), 'caller');
});

test('refuses other algorithms before it asks for a key', async (t) => {
  const { read, network } = start(t);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = encode({
    ...claims,
    iss: issuer,
    aud: 'transfer',
    sub: 'x',
    iat: nowSeconds,
    exp: nowSeconds + 60,
  });
  const header = { typ: 'beamgate-assertion+jwt', kid: 'k1' };
  const hs256 = await new SignJWT({})
    .setProtectedHeader({ ...header, alg: 'HS256' })
    .sign(new TextEncoder().encode(JSON.stringify(jwk)));
  const hopeless = [
    hs256,
    `${encode({ ...header, alg: 'none' })}.${payload}.`,
    `${encode({ ...header, alg: 'ES256', crit: ['b64'], b64: true })}.${payload}.xx`,
    `${encode({ ...header, alg: 'ES256', kid: 7 })}.${payload}.xx`,
    'a.b.c',
    'no token',
    `${await sign()}, ${await sign()}`.replace(/^[^.]*/, '!'),
    'x'.repeat(20_000),
  ];
  for (const assertion of hopeless) {
    assert.equal(reasonOf(await read(withAssertion(assertion))), 'assertion_invalid', assertion.slice(0, 40));
  }
  assert.equal(network.asked.length, 0);
});

test('a changed payload is refused', async (t) => {
  const { read } = start(t);
  const [header, , signature] = (await sign()).split('.');
  const payload = Buffer.from(
    JSON.stringify({
      ...claims,
      groups: ['admin'],
      iss: issuer,
      aud: 'transfer',
      sub: 'x',
      iat: nowSeconds,
      exp: nowSeconds + 60,
    }),
  ).toString('base64url');
  assert.deepEqual(await read(withAssertion(`${header}.${payload}.${signature}`)), {
    kind: 'refused',
    reason: 'assertion_invalid',
    problem: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  });
});

test('keys that are not for ES256 signatures are no keys', async (t) => {
  const encryption = { ...jwk, use: 'enc' };
  const secret = { kty: 'oct', k: 'AAAA', kid: 'k1', alg: 'HS256' };
  const { read } = start(t, keysAnswer(encryption, secret, 'nonsense'));
  assert.equal(reasonOf(await read(withAssertion(await sign()))), 'assertion_invalid');
});

test('the keys are fetched once for many requests, and again when they are old', async (t) => {
  const { read, network, clock } = start(t, keysAnswer(jwk), keysAnswer(otherJwk));
  const assertion = await sign();
  await Promise.all([1, 2, 3].map(() => read(withAssertion(assertion))));
  assert.equal(network.asked.length, 1);
  clock.nowMs += 11 * 60_000;
  // The key was withdrawn in the meantime.
  assert.equal(reasonOf(await read(withAssertion(assertion))), 'assertion_invalid');
  assert.equal(network.asked.length, 2);
});

test('an unknown key is looked for once in a cool-down, and found when the gateway has it', async (t) => {
  const { read, network, clock } = start(t, keysAnswer(jwk), keysAnswer(jwk, otherJwk));
  const fresh = () => sign({ header: { kid: 'k2' }, key: otherKey.privateKey });
  assert.equal(reasonOf(await read(withAssertion(await fresh()))), 'assertion_invalid');
  for (let round = 0; round < 20; round += 1) {
    await read(withAssertion(await sign({ header: { kid: `unknown-${round}` } })));
  }
  assert.equal(network.asked.length, 1);
  clock.nowMs += 10_000;
  assert.equal(reasonOf(await read(withAssertion(await fresh()))), 'caller');
  assert.equal(network.asked.length, 2);
});

test('keys that cannot be had are an outage, never a refusal, and are not asked for at every request', async (t) => {
  const { read, network, clock } = start(
    t,
    { status: 500 },
    { status: 200, body: '<html>' },
    keysAnswer(jwk),
  );
  const assertion = await sign();
  await assert.rejects(read(withAssertion(assertion)), Unavailable);
  await assert.rejects(read(withAssertion(assertion)), Unavailable);
  assert.equal(network.asked.length, 1);
  clock.nowMs += 2_000;
  await assert.rejects(read(withAssertion(assertion)), Unavailable);
  clock.nowMs += 2_000;
  assert.equal(reasonOf(await read(withAssertion(assertion))), 'caller');
});

test('an outage while a new key is looked for leaves the known ones in use', async (t) => {
  const { read, clock } = start(t, keysAnswer(jwk), { status: 503 });
  assert.equal(reasonOf(await read(withAssertion(await sign()))), 'caller');
  clock.nowMs += 10_000;
  await assert.rejects(read(withAssertion(await sign({ header: { kid: 'k2' } }))), Unavailable);
  assert.equal(reasonOf(await read(withAssertion(await sign()))), 'caller');
});

// --- plain headers ---

const plain = [
  'X-Auth-Username',
  'alice',
  'X-Auth-Realm',
  'scicat',
  'X-Auth-Groups',
  'LAB,p1',
  'X-Auth-Email',
  'a@x',
];
const readPlain = createHeaderReader(['127.0.0.1', '172.18.0.0/28', '::1', 'fd00::/124']);

function fromProxy(...rawHeaders: readonly string[]) {
  return readPlain({ rawHeaders, peerAddress: '127.0.0.1' });
}

test('plain headers from a trusted proxy are the caller', async () => {
  assert.deepEqual(await fromProxy(...plain), {
    kind: 'caller',
    caller: {
      subject: 'plain:scicat:alice',
      username: 'alice',
      realm: 'scicat',
      groups: ['LAB', 'p1'],
      email: 'a@x',
      attributes: {},
    },
  });
});

test('plain headers from anyone else are refused', async () => {
  const read = (peerAddress: string) => readPlain({ rawHeaders: plain, peerAddress });
  for (const peer of ['172.18.0.3', '::1', '::ffff:127.0.0.1', '::FFFF:172.18.0.3', '::1%lo', 'fd00::f']) {
    assert.equal(reasonOf(await read(peer)), 'caller', peer);
  }
  for (const peer of ['172.18.0.16', '127.0.0.2', '::2', '::ffff:10.0.0.1', 'fd00::10', '', 'localhost']) {
    assert.deepEqual(
      await read(peer),
      { kind: 'refused', reason: 'peer_not_trusted', peerAddress: peer },
      peer,
    );
  }
});

test('an assertion counts for nothing among plain headers', async () => {
  assert.equal(reasonOf(await fromProxy('X-Auth-Assertion', await sign())), 'no_identity');
});

test('a repeated identity header is refused, whichever it is', async () => {
  for (const header of ['X-Auth-Username', 'X-Auth-Realm', 'X-Auth-Groups', 'X-Auth-Email']) {
    assert.deepEqual(await fromProxy(...plain, header.toLowerCase(), 'admin'), {
      kind: 'refused',
      reason: 'repeated_identity_header',
      header,
    });
  }
});

test('values are percent-decoded, one by one', async () => {
  const reading = await fromProxy(
    ...['X-Auth-Username', 'J%C3%BCrg%20M'],
    ...['X-Auth-Realm', 'sci%3Acat'],
    ...['X-Auth-Groups', 'a%2Cb, c,,%25'],
  );
  assert.equal(reading.kind, 'caller');
  assert.equal(reading.caller.username, 'Jürg M');
  assert.deepEqual(reading.caller.groups, ['a,b', 'c', '%']);
  assert.equal(reading.caller.subject, 'plain:sci%3Acat:Jürg M');
  assert.equal(reading.caller.email, undefined);
});

test('no two pairs of realm and username are one subject', async () => {
  const subject = async (realm: string, username: string) => {
    const reading = await fromProxy('X-Auth-Username', username, 'X-Auth-Realm', realm);
    return reading.kind === 'caller' ? reading.caller.subject : undefined;
  };
  assert.notEqual(await subject('a:b', 'c'), await subject('a', 'b:c'));
});

test('what no gateway writes is refused', async () => {
  const cases: readonly (readonly [header: string, value: string])[] = [
    ['X-Auth-Username', '50%'],
    ['X-Auth-Username', '%FF'],
    ['X-Auth-Username', 'J\u00fcrg'],
    ['X-Auth-Username', 'a%00'],
    ['X-Auth-Username', 'a%0Ab'],
    ['X-Auth-Realm', '%zz'],
    ['X-Auth-Realm', ''],
    ['X-Auth-Groups', 'a,%'],
    ['X-Auth-Email', 'a%0D'],
  ];
  for (const [header, value] of cases) {
    const headers = plain.map((text, index) => (plain[index - 1] === header ? value : text));
    assert.deepEqual(await fromProxy(...headers), {
      kind: 'refused',
      reason: 'identity_header_invalid',
      header,
    });
  }
});

test('no username is no identity', async () => {
  assert.equal(reasonOf(await fromProxy('X-Auth-Groups', 'admin', 'X-Auth-Realm', 'scicat')), 'no_identity');
  assert.equal(reasonOf(await fromProxy('X-Auth-Username', '', 'X-Auth-Realm', 'scicat')), 'no_identity');
});

test('no realm is no name', async () => {
  assert.equal(reasonOf(await fromProxy('X-Auth-Username', 'alice')), 'identity_header_invalid');
});
