// How long ago something was, for what must not be taken for settled too soon: a clock that was set since makes it no
// older. What is known of the clock is stored, so that a service that is started anew every few seconds gets on too.
import type { Clock } from '../../platform/clock.ts';
import { type ClockSeen, findClockSeen, writeClockSeen } from '../store/clock.ts';
import type { Store } from '../store/schema.ts';

export type WatchedClock = Clock & {
  /**
   * Milliseconds, and no more than have gone by since the clock was set.
   * @param epochMs when it was, by `now()` as it was then.
   */
  readonly ageMs: (epochMs: number) => number;
  /**
   * Milliseconds, for what is waited for no longer than some time: nothing becomes late by a clock that is set ahead,
   * as far as this process saw it.
   * @param epochMs as `ageMs` has it.
   */
  readonly sinceMs: (epochMs: number) => number;
};

/** What drifts by less than this between two looks was not set. */
const driftMs = 1_000;

/**
 * @param onUnstored hears why it could not be stored that the clock was set: the next start finds that by itself, and
 * takes nothing that was before for older than itself.
 */
export async function watchClock(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  onUnstored: (error: unknown) => void,
): Promise<WatchedClock> {
  let { seen } = look(clock, await findClockSeen(store));
  // Also where it was not set: small drifts add up from one start to the next.
  await writeClockSeen(store, seen);
  let leaps: readonly Leap[] = [];
  const ended: Stretch[] = [];
  /** At every time that is noted too: of one that is set and set back in between nothing would show later. */
  const now = (): number => {
    const latest = look(clock, seen);
    const now = clock.now();
    if (latest.wasSet) {
      const byMs = latest.seen.machineStartedAt - seen.machineStartedAt;
      leaps = byMs > 0 ? [...leaps, { from: now - byMs, byMs }] : takenBack(leaps, -byMs);
      ended.push({ to: now - byMs, byMs, next: now });
      void writeClockSeen(store, latest.seen).catch(onUnstored);
    }
    seen = latest.seen;
    return now;
  };
  return {
    now,
    elapsed: () => clock.elapsed(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    ageMs: (epochMs) => {
      const sinceMs = Math.abs(now() - epochMs);
      return Math.min(sinceMs, clock.elapsed() - seen.steadySinceMs);
    },
    sinceMs: (epochMs) => {
      const sinceMs = now() - epochMs;
      if (sinceMs < 0) return sinceMs - setSince(epochMs, ended);
      return leaps.reduce((sum, { from, byMs }) => (epochMs <= from ? sum - byMs : sum), sinceMs);
    },
  };
}

/** Of a clock that was set ahead: what it showed before. */
type Leap = { readonly from: number; readonly byMs: number };

/** Of a clock until it was set: what it showed at last, by how much it was set, and what it showed then. */
type Stretch = { readonly to: number; readonly byMs: number; readonly next: number };

/** By how much the clock was set since it showed this, which is in the future now, so that it was set back since. */
function setSince(epochMs: number, ended: readonly Stretch[]): number {
  let sumMs = 0;
  for (const [index, { to, byMs }] of [...ended.entries()].toReversed()) {
    sumMs += byMs;
    const from = ended[index - 1]?.next ?? Number.NEGATIVE_INFINITY;
    if (from <= epochMs && epochMs <= to) return sumMs;
  }
  // Nothing is known of it: a process before this one may have noted it.
  return 0;
}

/** Set back, it is as though the latest of them had been shorter: what it had shown by mistake delays nothing either. */
function takenBack(leaps: readonly Leap[], byMs: number): readonly Leap[] {
  const latest = leaps.at(-1);
  if (latest === undefined) return leaps;
  const others = leaps.slice(0, -1);
  if (latest.byMs > byMs) return [...others, { from: latest.from, byMs: latest.byMs - byMs }];
  return takenBack(others, byMs - latest.byMs);
}

/**
 * Both a clock that is set and a machine that is started anew move the machine's start. Where the two cancel out,
 * nothing is taken for older than the second start.
 */
function look(clock: Clock, known: ClockSeen | undefined): { seen: ClockSeen; wasSet: boolean } {
  const elapsedMs = clock.elapsed();
  const machineStartedAt = clock.now() - elapsedMs;
  const isSteady =
    known !== undefined &&
    Math.abs(machineStartedAt - known.machineStartedAt) <= driftMs &&
    known.steadySinceMs <= elapsedMs;
  const steadySinceMs = isSteady ? known.steadySinceMs : elapsedMs;
  return { seen: { machineStartedAt, steadySinceMs }, wasSet: !isSteady };
}
