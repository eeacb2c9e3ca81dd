// The two clocks of a test that says what time it is, and may set the machine's clock.
import type { TimeSource } from '../../platform/clock.ts';

export type TestClock = {
  /** What has gone by; the time of day too, as long as nobody sets it. */
  nowMs: number;
  /** By how much the time of day was set: negative where it was set back. */
  setByMs?: number;
};

export function timesOf(clock: TestClock): TimeSource & { at(): number } {
  // One that knows itself by `this`, as a clock may.
  return {
    now() {
      return this.at() + (clock.setByMs ?? 0);
    },
    elapsed() {
      return this.at();
    },
    at: () => clock.nowMs,
  };
}
