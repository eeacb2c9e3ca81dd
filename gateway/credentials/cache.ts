// Verdicts that need not be asked for again yet, and one question for however many requests wait for the same one.
// An outage is never kept, and nothing is served past its time because of one.
import { LRUCache } from 'lru-cache';
import type { Authentication } from '../types.ts';

export type CacheTimes = {
  /** Of a verified identity, and never beyond the token's own end. */
  readonly identityMs: number;
  readonly rejectionMs: number;
  readonly maxEntries: number;
};

export type Verdict = {
  readonly authentication: Authentication;
  /** Epoch milliseconds. */
  readonly untilMs: number;
};

export class VerdictCache {
  readonly #times: CacheTimes;
  readonly #now: () => number;
  readonly #verdicts: LRUCache<string, Verdict>;
  readonly #open = new Map<string, Promise<Authentication>>();

  constructor(times: CacheTimes, now: () => number = Date.now) {
    this.#times = times;
    this.#now = now;
    this.#verdicts = new LRUCache({ max: times.maxEntries });
  }

  /** What is known of the credential, if it still counts. */
  find(key: string): Verdict | undefined {
    const verdict = this.#verdicts.get(key);
    return verdict !== undefined && this.counts(verdict) ? verdict : undefined;
  }

  counts({ untilMs }: Verdict): boolean {
    return untilMs > this.#now();
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
    const untilMs = this.#endOf(authentication);
    if (untilMs > this.#now()) this.#verdicts.set(key, { authentication, untilMs });
    return authentication;
  }

  #endOf(authentication: Authentication): number {
    switch (authentication.kind) {
      case 'absent':
        return 0;
      case 'rejected':
        return this.#now() + this.#times.rejectionMs;
      case 'verified': {
        const { expiresAt = Number.POSITIVE_INFINITY } = authentication.identity;
        return Math.min(this.#now() + this.#times.identityMs, expiresAt * 1000);
      }
    }
  }
}

/** @param digest the credential's. */
export function cacheKey(provider: string, digest: string): string {
  return `${provider} ${digest}`;
}
