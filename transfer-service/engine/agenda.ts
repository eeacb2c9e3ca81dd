// Which transfers have something to do, and when: at once, or at a time. In memory; a start puts all of them on it.
import type { Clock } from '../../platform/clock.ts';

export class Agenda {
  readonly #clock: Clock;
  readonly #ready = new Set<string>();
  readonly #later = new Map<string, number>();
  /** When the earliest of the later ones may be due: thousands of them are not looked through before. */
  #nextAt = Number.POSITIVE_INFINITY;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #alarm = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(id: string): void {
    this.#later.delete(id);
    this.#ready.add(id);
    this.#alarm.abort();
  }

  /** No later than that; what is due earlier already stays so. */
  wakeIn(id: string, delayMs: number): void {
    if (this.#ready.has(id)) return;
    const atMs = this.#clock.elapsed() + delayMs;
    this.#later.set(id, Math.min(atMs, this.#later.get(id) ?? atMs));
    this.#nextAt = Math.min(this.#nextAt, atMs);
    if (atMs < this.#restsUntil) this.#alarm.abort();
  }

  /** Takes off the agenda what is due. */
  takeDue(): readonly string[] {
    const now = this.#clock.elapsed();
    if (this.#nextAt <= now) this.#wakeDue(now);
    const due = [...this.#ready];
    this.#ready.clear();
    return due;
  }

  #wakeDue(now: number): void {
    this.#nextAt = Number.POSITIVE_INFINITY;
    for (const [id, atMs] of this.#later) {
      if (atMs <= now) this.wake(id);
      else this.#nextAt = Math.min(this.#nextAt, atMs);
    }
  }

  /** Until something is due. Rejects when the signal is aborted. */
  async rest(signal: AbortSignal): Promise<void> {
    this.#alarm = new AbortController();
    if (this.#ready.size > 0) return;
    const now = this.#clock.elapsed();
    this.#restsUntil = Math.min(this.#nextAt, now + longestRestMs);
    const alarm = this.#alarm.signal;
    try {
      await this.#clock.sleep(Math.max(this.#restsUntil - now, 0), AbortSignal.any([signal, alarm]));
    } catch (error) {
      signal.throwIfAborted();
      if (!alarm.aborted) throw error;
    }
  }
}

const longestRestMs = 60_000;
