// Somebody's public keys (a JWKS, RFC 7517): fetched when one is first needed, kept for a while, asked for again when
// a token names an unknown one, but never at the pace of whoever sends such tokens. It verifies nothing.
import { type CryptoKey, createLocalJWKSet, errors } from 'jose';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { machineClock, type TimeSource } from './clock.ts';
import { parseAnswer, send } from './outgoing.ts';
import { type OutageReason, Unavailable } from './unavailable.ts';

export type KeySetOptions = {
  /** Whose keys they are, by the name that logs and metrics use. */
  readonly dependency: string;
  /** Where they are; asked anew before each fetch. @throws Unavailable */
  readonly locate: () => Promise<string>;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly dispatcher?: Dispatcher;
  /** Ages go by it: a clock that is set back would keep withdrawn keys, and leave an issuer that is back unasked. */
  readonly clock?: Pick<TimeSource, 'elapsed'>;
  readonly events?: {
    readonly fetched: () => void;
    readonly failed: (outage: Unavailable) => void;
  };
};

export type WantedKey = {
  /** RFC 7518, of an asymmetric algorithm; the caller has checked that it accepts it. */
  readonly algorithm: string;
  /** Without one the key has to be the only one for the algorithm. */
  readonly keyId: string | undefined;
};

/** After this a key that was withdrawn is no key any more. */
const maxAgeMs = 10 * 60_000;
/** Between two fetches for the sake of an unknown key id. */
const unknownKeyCoolDownMs = 10_000;
/** After a fetch that failed. */
const failureCoolDownMs = 2_000;
const maxBytes = 256 * 1024;

const jwks = z.object({ keys: z.array(z.unknown()).min(1) });
const jwk = z.looseObject({ kty: z.string() });

type Select = ReturnType<typeof createLocalJWKSet>;

export class KeySet {
  readonly #options: KeySetOptions;
  readonly #clock: Pick<TimeSource, 'elapsed'>;
  #keys: { readonly select: Select; readonly fetchedAtMs: number } | undefined;
  #failure: { readonly outage: Unavailable; readonly untilMs: number } | undefined;
  #fetching: Promise<void> | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
    this.#clock = options.clock ?? machineClock;
  }

  /**
   * `undefined`: there is no such key, or there are several.
   * @throws Unavailable when the keys cannot be had: whether it is one of them is then not known.
   */
  async find(wanted: WantedKey): Promise<CryptoKey | undefined> {
    if (this.#ageMs() > maxAgeMs) await this.#fetch();
    const known = await this.#select(wanted);
    if (known !== undefined || this.#ageMs() < unknownKeyCoolDownMs) return known;
    await this.#fetch();
    return this.#select(wanted);
  }

  #ageMs(): number {
    return this.#clock.elapsed() - (this.#keys?.fetchedAtMs ?? Number.NEGATIVE_INFINITY);
  }

  /** One fetch for all who wait. */
  #fetch(): Promise<void> {
    this.#fetching ??= this.#fetchUnlessFailed().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchUnlessFailed(): Promise<void> {
    const { events } = this.#options;
    const atMs = this.#clock.elapsed();
    if (this.#failure !== undefined && atMs < this.#failure.untilMs) throw this.#failure.outage;
    try {
      this.#keys = { select: await this.#ask(), fetchedAtMs: atMs };
      this.#failure = undefined;
      events?.fetched();
    } catch (error) {
      if (error instanceof Unavailable) {
        this.#failure = { outage: error, untilMs: this.#clock.elapsed() + failureCoolDownMs };
        events?.failed(error);
      }
      throw error;
    }
  }

  async #ask(): Promise<Select> {
    const { dependency, locate, timeoutMs, dispatcher } = this.#options;
    const answer = await send({
      dependency,
      method: 'GET',
      url: await locate(),
      headers: { accept: 'application/json' },
      timeoutMs,
      maxBytes,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    if (answer.status !== 200)
      throw this.#outage(
        answer.status >= 500 ? 'server_error' : 'bad_answer',
        `answered ${answer.status} instead of its keys`,
      );
    const { keys } = parseAnswer(dependency, jwks, answer);
    // What is no key at all is left out; what is none for the purpose, jose leaves out.
    return createLocalJWKSet({ keys: keys.flatMap((key) => jwk.safeParse(key).data ?? []) });
  }

  async #select({ algorithm, keyId }: WantedKey): Promise<CryptoKey | undefined> {
    try {
      const key = await this.#keys?.select({
        alg: algorithm,
        ...(keyId === undefined ? {} : { kid: keyId }),
      });
      if (key !== undefined && isShortRsa(key))
        throw this.#outage('misconfigured', 'signs with an RSA key of less than 2048 bits');
      return key;
    } catch (cause) {
      if (cause instanceof Unavailable) throw cause;
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
        return undefined;
      throw this.#outage('bad_answer', `publishes a key for ${algorithm} that is none`, cause);
    }
  }

  #outage(reason: OutageReason, what: string, cause?: unknown): Unavailable {
    const { dependency } = this.#options;
    return new Unavailable({ dependency, reason, message: `${dependency} ${what}` }, { cause });
  }
}

/** RFC 7518 section 3.3 */
function isShortRsa({ algorithm }: CryptoKey): boolean {
  return 'modulusLength' in algorithm && Number(algorithm.modulusLength) < 2048;
}
