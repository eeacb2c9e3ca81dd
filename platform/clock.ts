// The time of day, the time that has gone by, and waiting. Whatever goes by time takes one of these, so that a test can
// let a day pass.
import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export type Clock = {
  /** Epoch milliseconds; may jump when somebody sets the machine's clock. */
  now(): number;
  /** Milliseconds since the machine started; never jumps, and goes on from one process to the next. */
  elapsed(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** For what does not wait: the time of day for what is written down or signed, the other for ages in this process. */
export type TimeSource = Pick<Clock, 'now' | 'elapsed'>;

const processStartedMs = uptime() * 1000 - performance.now();

export const machineClock: Clock = {
  now: Date.now,
  elapsed: () => processStartedMs + performance.now(),
  sleep: async (ms, signal) => {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
