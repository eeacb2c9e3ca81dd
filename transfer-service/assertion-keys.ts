// The gateway's public keys, by key id: fetched from its JWKS, kept for a while, asked for again when an assertion
// names an unknown one, but never at the pace of whoever sends such assertions.
import { type CryptoKey, importJWK } from 'jose';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { parseAnswer, send } from '../platform/outgoing.ts';
import { Unavailable } from '../platform/unavailable.ts';
import { SharedWork } from './shared-work.ts';

export type KeyOptions = {
  readonly jwksUrl: string;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly dispatcher?: Dispatcher;
  readonly now: () => number;
};

/** After this a key that was withdrawn is no key any more. */
const maxAgeMs = 10 * 60_000;
/** Between two fetches for the sake of an unknown key id. */
const unknownKeyCoolDownMs = 10_000;
/** After a fetch that failed. */
const failureCoolDownMs = 2_000;
const maxBytes = 64 * 1024;

const jwks = z.object({ keys: z.array(z.unknown()) });

/** A key for ES256 (RFC 7518, section 6.2); others in the set are somebody else's business. */
const verificationKey = z.object({
  kid: z.string().min(1),
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  alg: z.literal('ES256').optional(),
  use: z.literal('sig').optional(),
});

type Keys = ReadonlyMap<string, CryptoKey | Uint8Array>;

export class AssertionKeys {
  readonly #options: KeyOptions;
  readonly #fetching = new SharedWork<void>();
  #keys: Keys = new Map();
  #fetchedAtMs = Number.NEGATIVE_INFINITY;
  #failure: { readonly outage: Unavailable; readonly untilMs: number } | undefined;

  constructor(options: KeyOptions) {
    this.#options = options;
  }

  /**
   * `undefined`: the gateway has no such key.
   * @throws Unavailable when the gateway does not answer: whether it has the key is then not known.
   */
  async find(keyId: string): Promise<CryptoKey | Uint8Array | undefined> {
    if (this.#ageMs() > maxAgeMs) await this.#fetch();
    const known = this.#keys.get(keyId);
    if (known !== undefined || this.#ageMs() < unknownKeyCoolDownMs) return known;
    await this.#fetch();
    return this.#keys.get(keyId);
  }

  #ageMs(): number {
    return this.#options.now() - this.#fetchedAtMs;
  }

  #fetch(): Promise<void> {
    return this.#fetching.run(async () => {
      const nowMs = this.#options.now();
      if (this.#failure !== undefined && nowMs < this.#failure.untilMs) throw this.#failure.outage;
      try {
        this.#keys = await this.#ask();
        this.#fetchedAtMs = nowMs;
      } catch (error) {
        if (error instanceof Unavailable)
          this.#failure = { outage: error, untilMs: nowMs + failureCoolDownMs };
        throw error;
      }
    }, undefined);
  }

  async #ask(): Promise<Keys> {
    const { jwksUrl: url, timeoutMs, dispatcher } = this.#options;
    const answer = await send({
      dependency: 'gateway',
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      timeoutMs,
      maxBytes,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    if (answer.status !== 200) {
      const message = `the gateway answered ${answer.status} instead of its keys`;
      throw new Unavailable({ dependency: 'gateway', reason: 'bad_answer', message });
    }
    const { keys } = parseAnswer('gateway', jwks, answer);
    return new Map(await Promise.all(keys.flatMap((key) => importKey(key))));
  }
}

function importKey(key: unknown): readonly Promise<readonly [string, CryptoKey | Uint8Array]>[] {
  const parsed = verificationKey.safeParse(key);
  if (!parsed.success) return [];
  const { kid, kty, crv, x, y } = parsed.data;
  return [importJWK({ kty, crv, x, y }, 'ES256').then((imported) => [kid, imported] as const)];
}
