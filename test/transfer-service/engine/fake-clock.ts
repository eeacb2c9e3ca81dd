// A clock that stands still until a test moves it.
import type { Clock } from '../../../platform/clock.ts';

export class FakeClock implements Clock {
  #now: number;
  #elapsed = 0;
  readonly #sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  /** Of a machine that has just been started. */
  constructor(now = Date.UTC(2026, 10, 21, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) reject(signal.reason);
    const sleeper = { atMs: this.#elapsed + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => {
      this.#sleepers.delete(sleeper);
      reject(signal.reason);
    });
    return promise;
  }

  advance(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.atMs > this.#elapsed) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  /** As an admin does, or a time server. */
  setBy(ms: number): void {
    this.#now += ms;
  }
}
