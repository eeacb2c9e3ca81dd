// Verdicts that need not be asked for again yet, and one question for however many requests wait for the same one.
// An outage is never kept, and nothing is served past its time because of one.
import { LRUCache } from 'lru-cache';
import { machineClock, type TimeSource } from '../../platform/clock.ts';
import type { Authentication } from '../types.ts';

export type CacheTimes = {
  /** Of a verified identity, and never beyond the token's own end. */
  readonly identityMs: number;
  readonly rejectionMs: number;
  readonly maxEntries: number;
};

export type Verdict = {
  readonly authentication: Authentication;
  /** By the clock that nobody sets: set back, the other would keep it for as long as that. */
  readonly keptUntilMs: number;
  /** The token's own end, epoch milliseconds. */
  readonly endsAtMs: number;
};

export class VerdictCache {
  readonly #times: CacheTimes;
  readonly #clock: TimeSource;
  readonly #verdicts: LRUCache<string, Verdict>;
  readonly #open = new Map<string, Promise<Authentication>>();

  constructor(times: CacheTimes, clock: TimeSource = machineClock) {
    this.#times = times;
    this.#clock = clock;
    this.#verdicts = new LRUCache({ max: times.maxEntries });
  }

  /** What is known of the credential, if it still counts. */
  find(key: string): Verdict | undefined {
    const verdict = this.#verdicts.get(key);
    return verdict !== undefined && this.counts(verdict) ? verdict : undefined;
  }

  /** The user whom the credential belonged to when it was last verified, as far as that is still remembered. */
  lastUserOf(key: string): string | undefined {
    const last = this.#verdicts.peek(key)?.authentication;
    return last?.kind === 'verified' ? last.identity.id : undefined;
  }

  counts({ keptUntilMs, endsAtMs }: Verdict): boolean {
    return keptUntilMs > this.#clock.elapsed() && endsAtMs > this.#clock.now();
  }

  /** Asks once for all who wait, and keeps the verdict. @throws what `ask` throws, to all of them. */
  fetch(key: string, ask: () => Promise<Authentication>): Promise<Authentication> {
    const open = this.#open.get(key);
    if (open !== undefined) return open;
    const asked = this.#askAndKeep(key, ask).finally(() => this.#open.delete(key));
    this.#open.set(key, asked);
    return asked;
  }

  async #askAndKeep(key: string, ask: () => Promise<Authentication>): Promise<Authentication> {
    const authentication = await ask();
    const verdict = {
      authentication,
      keptUntilMs: this.#clock.elapsed() + this.#keptMs(authentication),
      endsAtMs: endOf(authentication),
    };
    if (this.counts(verdict)) this.#verdicts.set(key, verdict);
    return authentication;
  }

  #keptMs({ kind }: Authentication): number {
    switch (kind) {
      case 'absent':
        return 0;
      case 'rejected':
        return this.#times.rejectionMs;
      case 'verified':
        return this.#times.identityMs;
    }
  }
}

function endOf(authentication: Authentication): number {
  const { expiresAt = Number.POSITIVE_INFINITY } =
    authentication.kind === 'verified' ? authentication.identity : {};
  return expiresAt * 1000;
}

/** @param digest the credential's. */
export function cacheKey(provider: string, digest: string): string {
  return `${provider} ${digest}`;
}
