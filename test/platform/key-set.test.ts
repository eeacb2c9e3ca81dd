import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { KeySet, type WantedKey } from '../../platform/key-set.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { type MockAnswer, mockNetwork } from '../transfer-service/mock-network.ts';
import { type TestClock, timesOf } from './times.ts';

const [first, second] = await Promise.all([newKey('k1', 'ES256'), newKey('k2', 'ES256')]);
const rsa = await newKey(undefined, 'RS256');

async function newKey(kid: string | undefined, alg: string): Promise<JWK> {
  const { publicKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(publicKey)), ...(kid === undefined ? {} : { kid }), use: 'sig' };
}

function keysAnswer(...keys: readonly unknown[]): MockAnswer {
  return { status: 200, body: { keys } };
}

function start(t: TestContext, ...answers: readonly [MockAnswer, ...MockAnswer[]]) {
  const network = mockNetwork(t, 'https://sso.lab.org');
  network.answer('GET', '/keys', ...answers);
  const clock: TestClock = { nowMs: 1_000_000 };
  const told: string[] = [];
  const keys = new KeySet({
    dependency: 'sso',
    locate: async () => 'https://sso.lab.org/keys',
    timeoutMs: 1000,
    dispatcher: network.agent,
    clock: timesOf(clock),
    events: { fetched: () => told.push('fetched'), failed: ({ reason }) => told.push(reason) },
  });
  const has = async (wanted: Partial<WantedKey>) =>
    (await keys.find({ algorithm: 'ES256', keyId: 'k1', ...wanted })) !== undefined;
  return { has, clock, told, asked: network.asked };
}

function isOutage(reason: string) {
  return (error: unknown) => error instanceof Unavailable && error.reason === reason;
}

describe('a key', () => {
  it('is found by its id and algorithm', async (t) => {
    const { has } = start(t, keysAnswer(first, second, rsa));
    assert.equal(await has({ keyId: 'k2' }), true);
    assert.equal(await has({ keyId: 'k1', algorithm: 'ES384' }), false);
    assert.equal(await has({ keyId: 'k1', algorithm: 'RS256' }), false);
  });

  it('needs no id where it is the only one for the algorithm', async (t) => {
    const { has } = start(t, keysAnswer(first, second, rsa));
    for (const algorithm of ['RS256', 'RS512', 'PS384'])
      assert.equal(await has({ keyId: undefined, algorithm }), true, algorithm);
    assert.equal(await has({ keyId: undefined }), false);
  });

  it('is not one that says it is for something else', async (t) => {
    const { has } = start(t, keysAnswer({ ...first, use: 'enc' }, { ...second, alg: 'ES384' }, 'nonsense'));
    assert.equal(await has({ keyId: 'k1' }), false);
    assert.equal(await has({ keyId: 'k2' }), false);
  });

  it('that nobody should use is an outage, not a refusal: the token may be good', async (t) => {
    const short = { kty: 'RSA', kid: 'k1', n: Buffer.alloc(128, 0xb5).toString('base64url'), e: 'AQAB' };
    await assert.rejects(start(t, keysAnswer(short)).has({ algorithm: 'RS256' }), isOutage('misconfigured'));
    await assert.rejects(start(t, keysAnswer({ ...first, x: 'AAAA' })).has({}), isOutage('bad_answer'));
  });
});

describe('the set', () => {
  it('is fetched once for all who wait, and again when it is old', async (t) => {
    const { has, clock, asked } = start(t, keysAnswer(first), keysAnswer(second));
    await Promise.all([has({}), has({}), has({})]);
    assert.equal(asked.length, 1);
    clock.nowMs += 10 * 60_000;
    assert.equal(await has({}), true);
    clock.nowMs += 1;
    assert.equal(await has({}), false);
    assert.equal(asked.length, 2);
  });

  it('is fetched for an unknown key id once in a cool-down', async (t) => {
    const { has, clock, asked } = start(t, keysAnswer(first), keysAnswer(first, second));
    assert.equal(await has({}), true);
    for (let round = 0; round < 20; round += 1) assert.equal(await has({ keyId: `../${round}` }), false);
    clock.nowMs += 9_999;
    assert.equal(await has({ keyId: 'k2' }), false);
    assert.equal(asked.length, 1);
    clock.nowMs += 1;
    assert.equal(await has({ keyId: 'k2' }), true);
    assert.equal(asked.length, 2);
  });

  it('is not asked for again at once when it could not be had', async (t) => {
    const { has, clock, asked, told } = start(t, { status: 503 }, { status: 302 }, keysAnswer(first));
    await assert.rejects(has({}), isOutage('server_error'));
    await assert.rejects(has({}), isOutage('server_error'));
    assert.equal(asked.length, 1);
    clock.nowMs += 2_000;
    await assert.rejects(has({}), isOutage('bad_answer'));
    clock.nowMs += 2_000;
    assert.equal(await has({}), true);
    assert.deepEqual(told, ['server_error', 'bad_answer', 'fetched']);
  });

  it('goes on with the keys it has while a new one cannot be looked for', async (t) => {
    const { has, clock } = start(t, keysAnswer(first), { status: 500 });
    assert.equal(await has({}), true);
    clock.nowMs += 10_000;
    await assert.rejects(has({ keyId: 'k2' }), isOutage('server_error'));
    assert.equal(await has({}), true);
  });

  it('goes by what has gone by, whatever the machine’s clock is set to', async (t) => {
    for (const setByMs of [-3_600_000, 3_600_000]) {
      const { has, clock, asked } = start(t, { status: 503 }, keysAnswer(first), keysAnswer(second));
      await assert.rejects(has({}), isOutage('server_error'));
      clock.setByMs = setByMs;
      await assert.rejects(has({}), isOutage('server_error'));
      assert.equal(asked.length, 1, 'it is left alone for two seconds');
      clock.nowMs += 2_000;
      assert.equal(await has({}), true);
      clock.setByMs -= setByMs;
      assert.equal(await has({ keyId: 'k2' }), false);
      clock.nowMs += 10_000;
      assert.equal(await has({ keyId: 'k2' }), true, 'an unknown one is looked for');
      assert.equal(await has({}), false, 'a withdrawn one is none any more');
    }
  });

  it('is none without a key, or larger than is accepted', async (t) => {
    await assert.rejects(start(t, keysAnswer()).has({}), isOutage('bad_answer'));
    await assert.rejects(start(t, { status: 200, body: { keys: {} } }).has({}), isOutage('bad_answer'));
    const large = { status: 200, body: ' '.repeat(256 * 1024 + 1) };
    await assert.rejects(start(t, large).has({}), isOutage('too_large'));
  });
});
