// So many requests a second and no more: who comes too soon waits for its turn, in the order of coming.
import { setTimeout as sleep } from 'node:timers/promises';

/** So many may come at once after a pause. */
const burst = 5;

export class RequestRate {
  readonly #intervalMs: number;
  #nextAtMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  /** @throws the signal's reason when it is aborted before its turn. */
  async turn(signal: AbortSignal | undefined): Promise<void> {
    const nowMs = performance.now();
    const atMs = Math.max(this.#nextAtMs, nowMs - (burst - 1) * this.#intervalMs);
    this.#nextAtMs = atMs + this.#intervalMs;
    if (atMs <= nowMs) return;
    try {
      await sleep(atMs - nowMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }
}
