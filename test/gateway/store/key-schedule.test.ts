import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  keysAt,
  nextOf,
  nextStep,
  publishedAfterMs,
  publishedAheadMs,
  rotateSoon,
  type ScheduledKey,
  settleMs,
  stateOf,
} from '../../../gateway/store/key-schedule.ts';

const dayMs = 24 * 60 * 60_000;
const rotateMs = 30 * dayMs;
/** When the first turn begins. */
const t0 = 1_800_000_000_000;

function key(number: number, turn: number, more: Partial<ScheduledKey> = {}): ScheduledKey {
  const signsFromMs = t0 + turn * rotateMs;
  const createdAtMs = Math.max(t0, signsFromMs - rotateMs);
  return { kid: `k${number}`, number, createdAtMs, signsFromMs, withdrawnAtMs: undefined, ...more };
}

const three = [key(1, 0), key(2, 1), key(3, 2)];
const leaked = [
  key(1, 0, { withdrawnAtMs: t0 + dayMs }),
  key(2, 1, { withdrawnAtMs: t0 + dayMs }),
  key(3, 0, { createdAtMs: t0 + dayMs, signsFromMs: t0 + dayMs }),
];

describe('which key signs, and which are published', () => {
  const secondTurn = t0 + rotateMs;
  const cases: readonly (readonly [string, readonly ScheduledKey[], number, string, string])[] = [
    ['no key at all', [], t0, '', ''],
    ['the first moment', [key(1, 0), key(2, 1)], t0, 'k1', 'k1 k2'],
    ['the last moment of the first turn', three, secondTurn - 1, 'k1', 'k1 k2 k3'],
    ['the first moment of the second turn', three, secondTurn, 'k2', 'k1 k2 k3'],
    [
      'while assertions of the first may be under way',
      three,
      secondTurn + publishedAfterMs - 1,
      'k2',
      'k1 k2 k3',
    ],
    ['when they have expired', three, secondTurn + publishedAfterMs, 'k2', 'k2 k3'],
    ['long after the last turn has begun', three, t0 + 100 * rotateMs, 'k3', 'k3'],
    ['before the first turn, by a clock that was set back', three, t0 - dayMs, 'k1', 'k1 k2 k3'],
    ['out of order in the table', three.toReversed(), secondTurn, 'k2', 'k1 k2 k3'],
    ['two whose turns begin at once', [key(1, 0), key(2, 0)], t0, 'k2', 'k1 k2'],
    ['withdrawn ones', leaked, t0 + dayMs, 'k3', 'k3'],
    ['all withdrawn', leaked.slice(0, 2), t0 + 2 * dayMs, '', ''],
  ];
  for (const [name, keys, nowMs, signing, published] of cases)
    it(name, () => {
      const found = keysAt(keys, nowMs);
      assert.equal(found.signing?.kid ?? '', signing);
      assert.equal(found.published.map(({ kid }) => kid).join(' '), published);
    });

  it('has a word for each state', () => {
    const states = (keys: readonly ScheduledKey[], nowMs: number) =>
      keys.map((one) => stateOf(one, keys, nowMs)).join(' ');
    assert.equal(states(three, t0), 'signing next next');
    assert.equal(states(three, secondTurn), 'published signing next');
    assert.equal(states(three, secondTurn + publishedAfterMs), 'retired signing next');
    assert.equal(states(leaked, t0 + dayMs), 'withdrawn withdrawn signing');
  });

  it('publishes an old key longer than any assertion lives, and a new one longer than any key set is remembered', () => {
    assert.ok(publishedAfterMs >= 2 * 600_000, 'assertion.ttlSeconds is 600 at most');
    assert.ok(publishedAheadMs > 60 * 60_000, 'keyfunc asks once an hour');
  });
});

describe('what is to be done', () => {
  const step = (keys: readonly ScheduledKey[], nowMs: number, turnMs = rotateMs) =>
    nextStep(keys, { nowMs, rotateMs: turnMs });

  it('first of all makes a key that signs at once', () => {
    assert.deepEqual(step([], t0), { kind: 'make', number: 1, signsFromMs: t0 });
  });

  it('makes the next key when a turn begins, for the end of that turn', () => {
    assert.deepEqual(step([key(1, 0)], t0), { kind: 'make', number: 2, signsFromMs: t0 + rotateMs });
    assert.deepEqual(step(three.slice(0, 2), t0 + rotateMs), {
      kind: 'make',
      number: 3,
      signsFromMs: t0 + 2 * rotateMs,
    });
  });

  it('does nothing while there are both', () => {
    for (const nowMs of [t0, t0 + rotateMs - 1])
      assert.deepEqual(step(three.slice(0, 2), nowMs), { kind: 'none' });
  });

  it('publishes the next key ahead of its use even after a long stop', () => {
    const nowMs = t0 + 5 * rotateMs;
    const signsFromMs = nowMs + publishedAheadMs;
    assert.deepEqual(step([key(1, 0)], nowMs), { kind: 'make', number: 2, signsFromMs });
  });

  it('brings the turn forward when keys are to be rotated sooner, never puts it off', () => {
    const keys = [key(1, 0), key(2, 1)];
    const soon = { kind: 'reschedule', kid: 'k2', signsFromMs: t0 + 7 * dayMs };
    assert.deepEqual(step(keys, t0 + dayMs, 7 * dayMs), soon);
    const late = { kind: 'reschedule', kid: 'k2', signsFromMs: t0 + 8 * dayMs + settleMs };
    assert.deepEqual(step(keys, t0 + 8 * dayMs, 7 * dayMs), late);
    assert.deepEqual(step(keys, t0 + dayMs, 90 * dayMs), { kind: 'none' });
  });

  it('numbers on after withdrawn keys', () => {
    assert.deepEqual(step(leaked.slice(0, 2), t0 + 2 * dayMs), {
      kind: 'make',
      number: 3,
      signsFromMs: t0 + 2 * dayMs,
    });
  });

  it('rotates on demand once every gateway has read so, and every service has the key', () => {
    const keys = [key(1, 0), key(2, 1)];
    const known = { kind: 'reschedule', kid: 'k2', signsFromMs: t0 + dayMs + settleMs };
    assert.deepEqual(rotateSoon(keys, t0 + dayMs), known);
    const unknown = { kind: 'reschedule', kid: 'k2', signsFromMs: t0 + publishedAheadMs };
    assert.deepEqual(rotateSoon(keys, t0), unknown);
    assert.deepEqual(rotateSoon(keys, t0 + rotateMs - 1), { kind: 'none' }, 'it is due anyway');
    assert.deepEqual(rotateSoon([], t0), { kind: 'none' });
  });

  it('has no next key in one that signs only because a clock was set back', () => {
    assert.equal(nextOf([key(1, 0)], t0 - dayMs), undefined);
  });
});
