import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maxPendingLogins, pendingCookiesToClear } from '../../../gateway/login/pending-cookies.ts';
import { makePendingId, pendingLivesMs } from '../../../gateway/login/pending-login.ts';

const nowMs = Date.UTC(2026, 10, 21);
const prefix = '__Host-beamgate-login-';
const made = (agoMs: number) => `${prefix}${makePendingId(nowMs - agoMs)}`;

function cleared(...names: readonly string[]): readonly string[] {
  const headers = ['Cookie', ['a=1', ...names.map((name) => `${name}=x`), '__Host-beamgate=y'].join('; ')];
  return pendingCookiesToClear(headers, prefix, { nowMs, livesMs: pendingLivesMs });
}

describe('cookies of pending logins', () => {
  it('stay while there are few', () => {
    assert.deepEqual(cleared(), []);
    assert.deepEqual(cleared(made(1), made(2), made(pendingLivesMs - 1)), []);
  });

  it('make room for one more, the oldest first', () => {
    const names = [5, 1, 4, 2, 3, 6].map((seconds) => made(seconds * 1000));
    const [five, , , , , six] = names;
    assert.deepEqual(cleared(...names), [five, six]);
    assert.equal(names.length - cleared(...names).length, maxPendingLogins - 1);
  });

  it('go when they are ten minutes old, of the future, or none of ours', () => {
    const wrong = [made(pendingLivesMs), made(-1000), `${prefix}x`, prefix];
    assert.deepEqual([...cleared(...wrong)].sort(), [...wrong].sort());
  });
});
