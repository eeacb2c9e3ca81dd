// The assertion keys of a running gateway: read from the database again and again, so that it agrees with every other
// gateway on that database and with `beamgate keys`. Which of them signs is a matter of the clock alone.
import type { JWK } from 'jose';
import type { Logger } from '../platform/log.ts';
import { Unavailable } from '../platform/unavailable.ts';
import type { SigningKeys } from './assertion.ts';
import { type KeyStore, keepSchedule, type StoredKey } from './store/assertion-keys.ts';
import { keysAt } from './store/key-schedule.ts';
import { type AssertionKey, openSealedKey } from './store/sealed-key.ts';

/** How long a withdrawn key may still sign. */
export const refreshEveryMs = 5_000;

export type KeyRingOptions = KeyStore & { readonly now: () => number; readonly log: Logger };

type OpenKey = StoredKey & { readonly open: AssertionKey };

export class KeyRing implements SigningKeys {
  readonly #options: KeyRingOptions;
  /** What is published now or will be: few, however old the database is. */
  #keys: readonly OpenKey[] = [];
  /** Whose turn it is: looked up when a turn ends, not for each request. */
  #turn: { readonly key: OpenKey; readonly fromMs: number; readonly untilMs: number } | undefined;

  private constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** @throws Error when the keys cannot be read or opened. */
  static async open(options: KeyRingOptions): Promise<KeyRing> {
    const ring = new KeyRing(options);
    await ring.#read();
    return ring;
  }

  /** Never throws: with the database away, the keys that are known go on. */
  async refresh(): Promise<void> {
    const before = this.#keys;
    try {
      await this.#read();
    } catch (error) {
      this.#options.log.error({ error }, 'the assertion keys could not be read again');
    }
    const kids = this.#keys.map(({ kid }) => kid);
    if (kids.join() !== before.map(({ kid }) => kid).join())
      this.#options.log.info({ kids }, 'the assertion keys have changed');
  }

  signing(nowMs: number): AssertionKey {
    const turn = this.#turn;
    if (turn !== undefined && turn.fromMs <= nowMs && nowMs < turn.untilMs) return turn.key.open;
    const { signing: key } = keysAt(this.#keys, nowMs);
    if (key !== undefined) {
      const later = this.#keys.map(({ signsFromMs }) => signsFromMs).filter((fromMs) => fromMs > nowMs);
      this.#turn = { key, fromMs: nowMs, untilMs: Math.min(...later) };
      return key.open;
    }
    const message = 'there is no assertion key that may be used';
    throw new Unavailable({ dependency: 'assertion keys', reason: 'misconfigured', message });
  }

  published(): readonly JWK[] {
    return keysAt(this.#keys, this.#options.now()).published.map(({ open }) => open.publicJwk);
  }

  async #read(): Promise<void> {
    const nowMs = this.#options.now();
    const stored = await keepSchedule(this.#options, nowMs);
    const { published } = keysAt(stored, nowMs);
    const opened = await Promise.allSettled(published.map((key) => this.#open(key)));
    // What cannot be opened is left out, and keeps no withdrawn key in use.
    this.#keys = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    this.#turn = undefined;
    for (const one of opened) if (one.status === 'rejected') throw one.reason;
  }

  async #open(key: StoredKey): Promise<OpenKey> {
    const known = this.#keys.find(({ kid }) => kid === key.kid)?.open;
    return { ...key, open: known ?? (await openSealedKey(key.sealed, this.#options.encryptionKeys)) };
  }
}
