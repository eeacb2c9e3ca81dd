// Which assertion key signs, which are published, and what is to be done about them. Pure: times are arguments, so that
// every gateway on one database comes to the same answer by itself.

/** Times are epoch milliseconds. */
export type ScheduledKey = {
  readonly kid: string;
  /** 1, 2, 3: no two keys of a database have the same. */
  readonly number: number;
  readonly createdAtMs: number;
  /** Its turn ends when that of the one after it begins. */
  readonly signsFromMs: number;
  /** As leaked: nothing that it has signed is good any more. */
  readonly withdrawnAtMs: number | undefined;
};

export type KeyState = 'next' | 'signing' | 'published' | 'retired' | 'withdrawn';

export type KeysAt<Key> = {
  /** `undefined`: there is none, or all are withdrawn. */
  readonly signing: Key | undefined;
  /** In the order of their turns: those whose assertions may still be under way, the one that signs, the next. */
  readonly published: readonly Key[];
};

/**
 * How long a key is published before it signs: longer than any service remembers a key set (the transfer-service for
 * ten minutes, jose for ten, PyJWT for five, keyfunc for an hour).
 */
export const publishedAheadMs = 2 * 60 * 60_000;

/** After its turn: the longest life of an assertion (10 minutes), and clocks that differ. */
export const publishedAfterMs = 20 * 60_000;

/** Between a change of the schedule and its effect: every gateway has read it by then. */
export const settleMs = 60_000;

export function keysAt<Key extends ScheduledKey>(keys: readonly Key[], nowMs: number): KeysAt<Key> {
  const turns = turnsOf(keys);
  return {
    // Before the first turn (a clock that was set back) the first key is as good as any.
    signing: turns.findLast(({ signsFromMs }) => signsFromMs <= nowMs) ?? turns[0],
    published: turns.filter((_, index) => {
      const after = turns[index + 1];
      return after === undefined || nowMs < after.signsFromMs + publishedAfterMs;
    }),
  };
}

export function stateOf(key: ScheduledKey, keys: readonly ScheduledKey[], nowMs: number): KeyState {
  const { signing, published } = keysAt(keys, nowMs);
  if (key.withdrawnAtMs !== undefined) return 'withdrawn';
  if (key.kid === signing?.kid) return 'signing';
  if (key.signsFromMs > nowMs) return 'next';
  return published.some(({ kid }) => kid === key.kid) ? 'published' : 'retired';
}

export type Step =
  | { readonly kind: 'none' }
  | { readonly kind: 'make'; readonly number: number; readonly signsFromMs: number }
  | { readonly kind: 'reschedule'; readonly kid: string; readonly signsFromMs: number };

/** There is always a key that signs, and always the next one, published from the day on which this one's turn began. */
export function nextStep(
  keys: readonly ScheduledKey[],
  { nowMs, rotateMs }: { readonly nowMs: number; readonly rotateMs: number },
): Step {
  const { signing } = keysAt(keys, nowMs);
  const number = Math.max(0, ...keys.map((key) => key.number)) + 1;
  if (signing === undefined) return { kind: 'make', number, signsFromMs: nowMs };
  const turnEndsMs = signing.signsFromMs + rotateMs;
  const next = nextOf(keys, nowMs);
  // After a long stop the turn may have ended long ago; the new key is published ahead of its use all the same.
  if (next === undefined)
    return { kind: 'make', number, signsFromMs: Math.max(turnEndsMs, nowMs + publishedAheadMs) };
  // `rotateDays` was lowered. It is never put off: another gateway may still have the lower number.
  const dueMs = Math.max(turnEndsMs, earliestUse(next, nowMs));
  return dueMs < next.signsFromMs
    ? { kind: 'reschedule', kid: next.kid, signsFromMs: dueMs }
    : { kind: 'none' };
}

/** The next key's turn as soon as no request is refused because of it. */
export function rotateSoon(keys: readonly ScheduledKey[], nowMs: number): Step {
  const next = nextOf(keys, nowMs);
  if (next === undefined) return { kind: 'none' };
  const dueMs = earliestUse(next, nowMs);
  return dueMs < next.signsFromMs
    ? { kind: 'reschedule', kid: next.kid, signsFromMs: dueMs }
    : { kind: 'none' };
}

/** What waits for its turn, apart from what signs ahead of it because there is nothing else. */
export function nextOf(keys: readonly ScheduledKey[], nowMs: number): ScheduledKey | undefined {
  const { signing } = keysAt(keys, nowMs);
  return turnsOf(keys).find(({ kid, signsFromMs }) => signsFromMs > nowMs && kid !== signing?.kid);
}

function earliestUse(key: ScheduledKey, nowMs: number): number {
  return Math.max(nowMs + settleMs, key.createdAtMs + publishedAheadMs);
}

function turnsOf<Key extends ScheduledKey>(keys: readonly Key[]): readonly Key[] {
  return keys
    .filter(({ withdrawnAtMs }) => withdrawnAtMs === undefined)
    .toSorted((one, other) => one.signsFromMs - other.signsFromMs || one.number - other.number);
}
