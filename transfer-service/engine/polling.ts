// Asks Globus about its tasks again and again, more often while transfers wait for their turn.
import { Unavailable } from '../../platform/unavailable.ts';
import type { TaskNews } from '../store/tasks.ts';
import type { EngineContext } from './context.ts';
import { Lookups } from './lookups.ts';
import { poll } from './poll.ts';

export type PollingParts = {
  /** As it is now: a reload replaces it. */
  readonly context: () => EngineContext;
  readonly hasLine: () => boolean;
  readonly tell: (news: readonly TaskNews[]) => void;
};

export class Polling {
  readonly #parts: PollingParts;
  readonly #lookups = new Lookups();
  #alarm = new AbortController();

  constructor(parts: PollingParts) {
    this.#parts = parts;
  }

  /** Now, whatever it waits for. */
  wake(): void {
    this.#alarm.abort();
  }

  /** Rejects when the context's signal is aborted. */
  async run(): Promise<never> {
    for (;;) {
      this.#alarm = new AbortController();
      await this.#rest(await this.#pollOnce());
    }
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

  async #rest(askedMs: number): Promise<void> {
    const { clock, settings, signal } = this.#parts.context();
    const { pollIntervalMs, busyPollIntervalMs = pollIntervalMs } = settings;
    // Whoever waits goes on as soon as another's task has ended.
    const waitMs = this.#parts.hasLine() ? Math.min(busyPollIntervalMs, pollIntervalMs) : pollIntervalMs;
    const alarm = this.#alarm.signal;
    try {
      await clock.sleep(Math.max(waitMs, askedMs), AbortSignal.any([signal, alarm]));
    } catch (error) {
      signal.throwIfAborted();
      if (!alarm.aborted) throw error;
    }
  }
}

export function askedDelayMs(error: unknown): number {
  return error instanceof Unavailable ? (error.askedSeconds ?? 0) * 1000 : 0;
}
