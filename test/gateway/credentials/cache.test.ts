import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CacheTimes, cacheKey, VerdictCache } from '../../../gateway/credentials/cache.ts';
import { createRecentTokens } from '../../../gateway/credentials/recent-tokens.ts';
import type { Authentication } from '../../../gateway/types.ts';
import { type TestClock, timesOf } from '../../platform/times.ts';
import { sampleIdentity } from '../samples.ts';

const times: CacheTimes = { identityMs: 60_000, rejectionMs: 5000, maxEntries: 100 };
const startMs = 1_000_000;

function cacheAt(overrides: Partial<CacheTimes> = {}) {
  const clock: TestClock = { nowMs: startMs };
  const cache = new VerdictCache({ ...times, ...overrides }, timesOf(clock));
  let asked = 0;
  const ask = (verdict: Authentication | Error) => () => {
    asked += 1;
    return verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve(verdict);
  };
  return { cache, clock, ask, asked: () => asked };
}

const alice = (expiresAt?: number): Authentication => ({
  kind: 'verified',
  identity: sampleIdentity({ expiresAt }),
});
const refused: Authentication = { kind: 'rejected', reason: 'token_refused' };

describe('a verdict', () => {
  it('is known for a minute, and not a millisecond longer', async () => {
    const { cache, clock, ask } = cacheAt();
    await cache.fetch('k', ask(alice()));
    clock.nowMs = startMs + 59_999;
    assert.equal(cache.find('k')?.authentication.kind, 'verified');
    clock.nowMs = startMs + 60_000;
    assert.equal(cache.find('k')?.authentication, undefined);
  });

  it('is not known longer than the token lives', async () => {
    const { cache, clock, ask } = cacheAt();
    await cache.fetch('k', ask(alice(startMs / 1000 + 10)));
    clock.nowMs = startMs + 9999;
    assert.equal(cache.find('k')?.authentication.kind, 'verified');
    clock.nowMs = startMs + 10_000;
    assert.equal(cache.find('k')?.authentication, undefined);
  });

  it('is known for a minute also where the machine’s clock is set back, and not beyond the token’s end where it is set on', async () => {
    const { cache, clock, ask } = cacheAt();
    await cache.fetch('a', ask(alice(startMs / 1000 + 3600)));
    await cache.fetch('b', ask(refused));
    clock.setByMs = -3_600_000;
    clock.nowMs = startMs + 5000;
    assert.equal(cache.find('b')?.authentication, undefined);
    clock.nowMs = startMs + 60_000;
    assert.equal(cache.find('a')?.authentication, undefined);
    await cache.fetch('a', ask(alice(startMs / 1000 + 3600)));
    clock.setByMs = 3_540_000;
    assert.equal(cache.find('a')?.authentication, undefined);
  });

  it('of a token that has just expired is not kept', async () => {
    const { cache, ask } = cacheAt();
    await cache.fetch('k', ask(alice(startMs / 1000)));
    assert.equal(cache.find('k')?.authentication, undefined);
  });

  it('that refuses is known for five seconds', async () => {
    const { cache, clock, ask } = cacheAt();
    await cache.fetch('k', ask(refused));
    clock.nowMs = startMs + 4999;
    assert.deepEqual(cache.find('k')?.authentication, refused);
    clock.nowMs = startMs + 5000;
    assert.equal(cache.find('k')?.authentication, undefined);
  });

  it('is another for every credential', async () => {
    const { cache, ask } = cacheAt();
    await cache.fetch('a', ask(alice()));
    assert.equal(cache.find('b')?.authentication, undefined);
  });

  it('can be left out of the cache by the config', async () => {
    const { cache, ask } = cacheAt({ identityMs: 0, rejectionMs: 0 });
    await cache.fetch('a', ask(alice()));
    await cache.fetch('b', ask(refused));
    assert.deepEqual(
      [cache.find('a')?.authentication, cache.find('b')?.authentication],
      [undefined, undefined],
    );
  });

  it('gives way to newer ones: a flood of tokens takes no more memory than was given', async () => {
    const { cache, ask } = cacheAt({ maxEntries: 10 });
    for (let at = 0; at < 1000; at += 1) await cache.fetch(`k${at}`, ask(refused));
    const known = Array.from({ length: 1000 }, (_, at) => cache.find(`k${at}`)).filter(
      (one) => one !== undefined,
    );
    assert.equal(known.length, 10);
  });
});

describe('an outage', () => {
  const outage = new Error('down');
  it('is never kept as a verdict', async () => {
    const { cache, ask, asked } = cacheAt();
    await assert.rejects(cache.fetch('k', ask(outage)), outage);
    assert.equal(cache.find('k')?.authentication, undefined);
    await cache.fetch('k', ask(alice()));
    assert.equal(asked(), 2);
  });

  it('serves nobody past his time', async () => {
    const { cache, clock, ask } = cacheAt();
    await cache.fetch('k', ask(alice()));
    clock.nowMs = startMs + 60_000;
    await assert.rejects(cache.fetch('k', ask(outage)), outage);
    assert.equal(cache.find('k')?.authentication, undefined);
  });

  it('is told to everyone who waits', async () => {
    const { cache, ask, asked } = cacheAt();
    const waiting = [1, 2, 3].map(() => cache.fetch('k', ask(outage)));
    for (const one of waiting) await assert.rejects(one, outage);
    assert.equal(asked(), 1);
  });
});

it('one question is asked for however many wait', async () => {
  const { cache, ask, asked } = cacheAt();
  const verdicts = await Promise.all(Array.from({ length: 1000 }, () => cache.fetch('k', ask(alice()))));
  assert.equal(asked(), 1);
  assert.ok(verdicts.every((verdict) => verdict === verdicts[0]));
  await cache.fetch('other', ask(alice()));
  assert.equal(asked(), 2);
});

it('a key tells credentials and providers apart, and shows neither', () => {
  const { read: readToken } = createRecentTokens();
  const keyOf = (provider: string, credential: string) => cacheKey(provider, readToken(credential).digest);
  const key = keyOf('scicat', 'hunter2');
  assert.doesNotMatch(key, /hunter2/);
  assert.equal(key, keyOf('scicat', 'hunter2'));
  assert.equal(
    new Set([key, keyOf('other', 'hunter2'), keyOf('scicat', 'hunter3'), keyOf('scica', 't hunter2')]).size,
    4,
  );
});
