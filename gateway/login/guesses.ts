// Guessing passwords is slowed down: for one account from one address by waiting, which nobody else feels; for one
// account or one address as a whole by slower answers only, so that nobody can lock somebody else out.
import { LRUCache } from 'lru-cache';
import { machineClock } from '../../platform/clock.ts';
import { networkOfClient } from '../../platform/networks.ts';
import { hashOf } from '../sessions/random.ts';

export type Guess = { readonly account: string; readonly clientAddress: string | undefined };

export type Verdict =
  | { readonly kind: 'go'; readonly delayMs: number }
  | { readonly kind: 'wait'; readonly seconds: number };

type Count = { failures: number; lastAtMs: number };

const free = { pair: 5, account: 30, address: 60 } as const;
const maxWaitMs = 5 * 60_000;
const slowMs = 3000;
/** A time without a failure after which nothing is left of it. */
const forgottenMs = 60 * 60_000;

export class Guesses {
  readonly #elapsed: () => number;
  readonly #counts = new LRUCache<string, Count>({ max: 50_000 });
  /** Accounts with the addresses from which their owner has signed in. */
  readonly #known = new LRUCache<string, true>({ max: 50_000 });

  /** @param elapsed by a clock that nobody sets: set back, the other would let nobody in for as long as that. */
  constructor(elapsed: () => number = machineClock.elapsed) {
    this.#elapsed = elapsed;
  }

  /** Whether a password may be tried. It counts as a failure until `succeeded` says otherwise: many may come at once. */
  begin(guess: Guess): Verdict {
    const keys = keysOf(guess);
    const nowMs = this.#elapsed();
    const waitMs = this.#waitMs(keys.pair, nowMs);
    if (waitMs > 0) return { kind: 'wait', seconds: Math.ceil(waitMs / 1000) };
    const isSlow =
      !this.#known.has(keys.pair) &&
      (this.#failures(keys.account, nowMs) >= free.account ||
        this.#failures(keys.address, nowMs) >= free.address);
    for (const key of Object.values(keys))
      this.#counts.set(key, { failures: this.#failures(key, nowMs) + 1, lastAtMs: nowMs });
    return { kind: 'go', delayMs: isSlow ? slowMs : 0 };
  }

  succeeded(guess: Guess): void {
    const keys = keysOf(guess);
    this.#counts.delete(keys.pair);
    this.#known.set(keys.pair, true);
    this.#takeBack([keys.account, keys.address]);
  }

  /** It was no guess after all: nobody could say whether it was right. */
  undecided(guess: Guess): void {
    this.#takeBack(Object.values(keysOf(guess)));
  }

  #takeBack(keys: readonly string[]): void {
    for (const key of keys) {
      const count = this.#counts.get(key);
      if (count !== undefined) count.failures -= 1;
    }
  }

  #failures(key: string, nowMs: number): number {
    const count = this.#counts.get(key);
    return count === undefined || nowMs - count.lastAtMs > forgottenMs ? 0 : count.failures;
  }

  /** Twice as long with each failure; trying in between makes it no longer. */
  #waitMs(key: string, nowMs: number): number {
    const failures = this.#failures(key, nowMs);
    if (failures < free.pair) return 0;
    const waitMs = Math.min(1000 * 2 ** (failures - free.pair), maxWaitMs);
    return (this.#counts.get(key)?.lastAtMs ?? 0) + waitMs - nowMs;
  }
}

/** Hashed: people type passwords where the user name belongs. */
function keysOf({ account, clientAddress }: Guess) {
  const address = clientAddress === undefined ? 'unknown' : networkOfClient(clientAddress);
  const name = account.trim().toLowerCase();
  return {
    pair: hashOf(`pair ${address} ${name}`),
    account: hashOf(`account ${name}`),
    address: hashOf(`address ${address}`),
  };
}
