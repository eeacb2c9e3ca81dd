import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionCache } from '../../../gateway/sessions/session-cache.ts';
import type { StoredSession } from '../../../gateway/sessions/store.ts';
import { sampleIdentity } from '../samples.ts';
import { startMs } from './samples.ts';

function sampleRow(key: string, version = 1) {
  const stored: StoredSession = {
    session: {
      key,
      identity: sampleIdentity(),
      provider: 'keycloak',
      sid: undefined,
      authTimeMs: 0,
      acr: undefined,
      createdAtMs: 0,
      lastSeenAtMs: 0,
      expiresAtMs: 0,
      device: '',
      address: undefined,
      isShared: false,
    },
    providerDigest: '',
    idleMs: 0,
    sealedTokens: undefined,
    refreshDueAtMs: undefined,
    accessExpiresAtMs: undefined,
    version,
  };
  return { ...stored, idHash: `id of ${key}`, host: 'lab.org' };
}

describe('the cache of sessions', () => {
  it('keeps what was read for as long as it is told', () => {
    const cache = new SessionCache(
      () => 3000,
      () => startMs,
    );
    cache.keep(sampleRow('a'), cache.begin());
    assert.equal(cache.get('id of a', 'lab.org')?.freshUntilMs, startMs + 3000);
    assert.equal(cache.get('id of a', 'other.org'), undefined);
  });

  it('does not count what was read before a change was heard, and come after it', () => {
    const cache = new SessionCache(
      () => 3000,
      () => startMs,
    );
    const begun = cache.begin();
    cache.markStale(['a']);
    cache.keep(sampleRow('a'), begun);
    assert.equal(cache.get('id of a', 'lab.org')?.freshUntilMs, 0);
  });

  it('gives a new session where its version is another', () => {
    const cache = new SessionCache(
      () => 3000,
      () => startMs,
    );
    const begun = cache.begin();
    const { session } = cache.keep(sampleRow('a'), begun);
    assert.equal(cache.keep(sampleRow('a'), begun).session, session);
    assert.notEqual(cache.keep(sampleRow('a', 2), begun).session, session);
  });

  it('forgets one, or all where notices may have been lost', () => {
    const cache = new SessionCache(
      () => 3000,
      () => startMs,
    );
    const begun = cache.begin();
    for (const key of ['a', 'b', 'c']) cache.keep(sampleRow(key), begun);
    const fresh = () =>
      ['a', 'b', 'c'].filter((key) => (cache.get(`id of ${key}`, 'lab.org')?.freshUntilMs ?? 0) > 0);
    cache.markStale(['b', 'unknown']);
    assert.deepEqual(fresh(), ['a', 'c']);
    cache.markStale();
    assert.deepEqual(fresh(), []);
  });
});
