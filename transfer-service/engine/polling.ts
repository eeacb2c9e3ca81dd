// Asks Globus about its tasks again and again, more often while transfers wait for their turn.
import { Unavailable } from '../../platform/unavailable.ts';
import type { TaskNews } from '../store/tasks.ts';
import type { EngineContext } from './context.ts';
import { Lookups } from './lookups.ts';
import { poll } from './poll.ts';

export type PollingParts = {
  /** As it is now: a reload replaces it. */
  readonly context: () => EngineContext;
  /** Whether transfers wait for their turn. */
  readonly hasLine: () => boolean;
  readonly tell: (news: readonly TaskNews[]) => void;
};

export class Polling {
  readonly #parts: PollingParts;
  readonly #lookups = new Lookups();
  /** When the next round begins, by `clock.elapsed()`. */
  #nextAtMs = Number.NEGATIVE_INFINITY;
  /** Globus has asked to be left alone until then. */
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #alarm = new AbortController();

  constructor(parts: PollingParts) {
    this.#parts = parts;
  }

  /** Now, whatever Globus has asked for: it may be another client that is used now. */
  wake(): void {
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
    this.#beginNextBy(Number.NEGATIVE_INFINITY);
  }

  /** Somebody waits for a turn, and is to have it soon after another's task has ended. */
  hurry(): void {
    const { clock, settings } = this.#parts.context();
    const { busyPollIntervalMs = settings.pollIntervalMs } = settings;
    if (this.#parts.hasLine())
      this.#beginNextBy(Math.max(clock.elapsed() + busyPollIntervalMs, this.#notBeforeMs));
  }

  /** Rejects when the context's signal is aborted. */
  async run(): Promise<never> {
    for (;;) {
      this.#nextAtMs = Number.POSITIVE_INFINITY;
      const askedMs = await this.#pollOnce();
      const { clock, settings } = this.#parts.context();
      this.#notBeforeMs = clock.elapsed() + askedMs;
      this.#beginNextBy(clock.elapsed() + Math.max(settings.pollIntervalMs, askedMs));
      this.hurry();
      while (this.#nextAtMs > clock.elapsed()) await this.#rest();
    }
  }

  #beginNextBy(atMs: number): void {
    if (atMs >= this.#nextAtMs) return;
    this.#nextAtMs = atMs;
    this.#alarm.abort();
  }

  /** @returns for how long Globus is to be left alone. */
  async #pollOnce(): Promise<number> {
    const { context, tell } = this.#parts;
    const current = context();
    try {
      await poll(current, { lookups: this.#lookups, tell });
      return 0;
    } catch (error) {
      current.signal.throwIfAborted();
      const level = error instanceof Unavailable ? 'warn' : 'error';
      current.log[level]({ error }, 'globus could not be asked about its tasks');
      return askedDelayMs(error);
    }
  }

  /** Until the next round, or until it is to begin earlier. */
  async #rest(): Promise<void> {
    const { clock, signal } = this.#parts.context();
    this.#alarm = new AbortController();
    const alarm = this.#alarm.signal;
    try {
      await clock.sleep(this.#nextAtMs - clock.elapsed(), AbortSignal.any([signal, alarm]));
    } catch (error) {
      signal.throwIfAborted();
      if (!alarm.aborted) throw error;
    }
  }
}

export function askedDelayMs(error: unknown): number {
  return error instanceof Unavailable ? (error.askedSeconds ?? 0) * 1000 : 0;
}
