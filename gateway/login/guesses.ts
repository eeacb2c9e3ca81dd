// Brute-force protection for password sign-in. Backs off exponentially per account and client network, slows down attempts
// on an account or from a network as a whole, and never locks an account for other networks. All replicas count together.
import type { Kysely } from 'kysely';
import { transact } from '../../platform/transact.ts';
import type { GatewayTables } from '../store/migrations.ts';
import {
  type Count,
  deleteCount,
  forgive,
  isKnownNetwork,
  lockCounts,
  storeCounts,
  storeKnownNetwork,
  takeBack,
} from './guess-counts.ts';
import { type Guess, type GuessKeys, keysOf } from './guess-keys.ts';

export type Verdict = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly seconds: number };

export type GuessesParts = {
  readonly db: Kysely<GatewayTables>;
  /** Of `deriveGuessKey`, the same on every replica. */
  readonly key: Uint8Array;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
};

/** Failures without any consequence. */
const free = { pair: 5, site: 20, account: 30, address: 60 } as const;
const maxWaitMs = 5 * 60_000;
const slowMs = 3000;
/** Attempts of one client network that are being slowed down at a time: further ones have to come again. */
const maxSlowed = 16;

type Counted = Verdict | { readonly kind: 'slow' };

export class Guesses {
  readonly #parts: GuessesParts;
  readonly #slowed = new Map<string, number>();

  constructor(parts: GuessesParts) {
    this.#parts = parts;
  }

  /**
   * Whether a password may be tried; resolves when it may. It counts as a failure until `succeeded` or `undecided` says
   * otherwise: many may come at once.
   * @throws Unavailable where the database is away: nobody guesses uncounted.
   */
  async begin(guess: Guess): Promise<Verdict> {
    const { db, key, now } = this.#parts;
    const keys = keysOf(guess, key);
    const nowMs = now();
    const counted = await transact(db, (transaction) => count(transaction, keys, nowMs), {
      // Counted twice rather than not at all.
      isIdempotent: true,
    });
    return counted.kind === 'slow' ? this.#slowDown(keys) : counted;
  }

  /** Forgets what was counted of the account from this network, and of this attempt alone elsewhere. */
  async succeeded(guess: Guess): Promise<void> {
    const { db, key, now } = this.#parts;
    const { pair, known, ...others } = keysOf(guess, key);
    await deleteCount(db, pair);
    await takeBack(db, keysIn(others));
    await storeKnownNetwork(db, known, now());
  }

  /**
   * Nobody could say whether the password was right. An outage excuses so many attempts and no more: one that only
   * wrong passwords cause (a directory that delays them beyond the timeout) would else be a way to guess for ever.
   */
  async undecided(guess: Guess): Promise<void> {
    const { db, key } = this.#parts;
    const keys = keysOf(guess, key);
    if (await forgive(db, keys.pair))
      await takeBack(db, keysIn({ ...keys, pair: undefined, known: undefined }));
  }

  async #slowDown(keys: GuessKeys): Promise<Verdict> {
    const { db, pause } = this.#parts;
    const { address } = keys;
    const slowed = this.#slowed.get(address) ?? 0;
    if (slowed >= maxSlowed) {
      // It was not tried.
      await takeBack(db, keysIn({ ...keys, known: undefined }));
      return { kind: 'wait', seconds: Math.ceil(slowMs / 1000) };
    }
    this.#slowed.set(address, slowed + 1);
    await pause(slowMs);
    const left = (this.#slowed.get(address) ?? 1) - 1;
    if (left === 0) this.#slowed.delete(address);
    else this.#slowed.set(address, left);
    return { kind: 'go' };
  }
}

async function count(
  transaction: Kysely<GatewayTables>,
  { known, ...keys }: GuessKeys,
  nowMs: number,
): Promise<Counted> {
  const counts = await lockCounts(transaction, keysIn(keys), nowMs);
  const of = (key: string | undefined) => (key === undefined ? undefined : counts.get(key));
  const isKnown = await isKnownNetwork(transaction, known, nowMs);
  const waits = [
    waitMs(of(keys.pair), free.pair, nowMs),
    isKnown ? 0 : waitMs(of(keys.site), free.site, nowMs),
  ];
  const longestMs = Math.max(...waits);
  if (longestMs > 0) return { kind: 'wait', seconds: Math.ceil(longestMs / 1000) };
  const counted = [...counts.values()].map((one) => ({
    ...one,
    failures: one.failures + 1,
    lastAtMs: nowMs,
  }));
  await storeCounts(transaction, counted);
  const isAttacked = isOver(of(keys.account), free.account) || isOver(of(keys.address), free.address);
  return { kind: isAttacked && !isKnown ? 'slow' : 'go' };
}

/** Doubles with each failure. An attempt while waiting prolongs nothing. */
function waitMs(counted: Count | undefined, freeFailures: number, nowMs: number): number {
  if (counted === undefined || counted.failures < freeFailures) return 0;
  const fullMs = Math.min(1000 * 2 ** (counted.failures - freeFailures), maxWaitMs);
  return counted.lastAtMs + fullMs - nowMs;
}

function isOver(counted: Count | undefined, freeFailures: number): boolean {
  return (counted?.failures ?? 0) >= freeFailures;
}

function keysIn(keys: Partial<Record<keyof GuessKeys, string | undefined>>): readonly string[] {
  return Object.values(keys).filter((key) => key !== undefined);
}
