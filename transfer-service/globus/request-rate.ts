// So many requests a second and no more: who comes too soon waits for its turn, in the order of coming.
import type { Clock } from '../../platform/clock.ts';

/** So many may come at once after a pause. */
const burst = 5;

export class RequestRate {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  #nextAtMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, clock: Clock) {
    this.#intervalMs = 1000 / perSecond;
    this.#clock = clock;
  }

  /** @throws the signal's reason when it is aborted before its turn. */
  async turn(signal: AbortSignal | undefined): Promise<void> {
    const nowMs = this.#clock.elapsed();
    const atMs = Math.max(this.#nextAtMs, nowMs - (burst - 1) * this.#intervalMs);
    this.#nextAtMs = atMs + this.#intervalMs;
    if (atMs > nowMs) await this.#clock.sleep(atMs - nowMs, signal);
  }
}
