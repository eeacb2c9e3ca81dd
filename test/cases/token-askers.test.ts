// Requests to SciCat are bounded by user or by client address: one address stands for many people, and anybody can forge a token.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { VerdictCache } from '../../gateway/credentials/cache.ts';
import { Questions } from '../../gateway/credentials/questions.ts';
import { createScicatCheck } from '../../gateway/credentials/scicat.ts';
import { createVerify } from '../../gateway/credentials/verify.ts';
import type { Authentication } from '../../gateway/types.ts';
import { Secret } from '../../platform/config/secrets.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { sampleIdentity } from '../gateway/samples.ts';
import { type TestClock, timesOf } from '../platform/times.ts';

const secret = new Secret('a test', 'hunter2');
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

function tokenOf(userId: string, nonce = 0, key = secret.reveal()): string {
  const signed = `${encode({ alg: 'HS256' })}.${encode({ _id: userId, nonce })}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

function scene({ jwtSecret, maxPerClient = 1 }: { jwtSecret?: Secret; maxPerClient?: number } = {}) {
  const clock: TestClock = { nowMs: 1_000_000 };
  const release = Promise.withResolvers<void>();
  const asked: string[] = [];
  const answered: string[] = [];
  const state = { hangs: true };
  const verify = createVerify(
    [
      {
        provider: 'scicat',
        kind: 'scicat',
        check: createScicatCheck({ jwtSecret }),
        verify: async (token): Promise<Authentication> => {
          asked.push(token);
          if (state.hangs) await release.promise;
          const { _id: id } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
          return { kind: 'verified', identity: sampleIdentity({ id }) };
        },
        questions: new Questions('scicat', {
          maxConcurrent: 8,
          maxWaiting: 8,
          maxWaitMs: 1000,
          maxPerClient,
        }),
      },
    ],
    new VerdictCache({ identityMs: 60_000, rejectionMs: 5000, maxEntries: 100 }, timesOf(clock)),
    {
      cacheAnswered: () => {},
      providerAnswered: (_, outcome) => void answered.push(outcome),
      providerFailed: () => {},
    },
    () => undefined,
  );
  const ask = async (token: string) =>
    verify(
      { kind: 'bearer', header: 'authorization', token },
      { app: { providers: ['scicat'], acceptTokensFor: new Map() }, clientAddress: '192.0.2.1' },
    );
  return { ask, asked, answered, clock, state, release };
}

const isBusy = (error: unknown) => error instanceof Unavailable && error.reason === 'busy';

describe('requests to SciCat for tokens from one client address', () => {
  it('are bounded by user where the signature proves whose a token is', async () => {
    const { ask, release } = scene({ jwtSecret: secret });
    const verdicts = ['ann', 'bob', 'eve'].map((user) => ask(tokenOf(user)));
    await assert.rejects(ask(tokenOf('ann', 1)), isBusy);
    release.resolve();
    for (const verdict of await Promise.all(verdicts)) assert.equal(verdict.kind, 'verified');
  });

  it('are bounded by address while only the token itself says whose it is', async () => {
    const { ask, release } = scene();
    const first = ask(tokenOf('ann', 0, 'forged'));
    await assert.rejects(ask(tokenOf('bob', 0, 'forged')), isBusy);
    release.resolve();
    await first;
  });

  it('are bounded by user for a token that was verified before', async () => {
    const { ask, asked, clock, state, release } = scene();
    state.hangs = false;
    await ask(tokenOf('ann'));
    clock.nowMs += 61_000;
    state.hangs = true;
    const flood = ask(tokenOf('mallory', 1, 'forged'));
    await assert.rejects(ask(tokenOf('mallory', 2, 'forged')), isBusy);
    const known = ask(tokenOf('ann'));
    release.resolve();
    assert.equal((await known).kind, 'verified');
    await flood;
    assert.equal(asked.length, 3);
  });

  it('are not made for a forged token where the secret is known, and say nothing of SciCat', async () => {
    const { ask, asked, answered } = scene({ jwtSecret: secret, maxPerClient: 1 });
    for (let nonce = 0; nonce < 50; nonce += 1)
      assert.deepEqual(await ask(tokenOf('ann', nonce, 'forged')), {
        kind: 'rejected',
        reason: 'token_signature_invalid',
      });
    assert.deepEqual([asked, answered], [[], []]);
  });
});
