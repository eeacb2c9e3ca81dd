// What was looked up a moment ago, by a text, in two generations: a list in order of use would move an entry with each
// lookup. It forgets by itself, and may forget at any time.
import { randomInt } from 'node:crypto';
import { fingerprintOf } from './fingerprint.ts';
import { ownCopy } from './own-copy.ts';

export type RecentOptions = {
  /** Of one generation. */
  readonly maxEntries: number;
  /** Of the keys of one generation together: what they are, somebody else may choose. */
  readonly maxCharacters: number;
  /** How long one lasts: what is not used is forgotten after one to two of them. */
  readonly generationMs: number;
};

type Entry<Value> = { readonly key: string; readonly value: Value };
/** By the key's fingerprint: of two keys with one, the later is known, so that nobody can make a lookup long. */
type Generation<Value> = Map<number, Entry<Value>>;

export class Recent<Value extends object | boolean> {
  readonly #options: RecentOptions;
  /** Keys are often a client's, who may know all of this but what it is. */
  readonly #seed = randomInt(2 ** 32);
  #young: Generation<Value> = new Map();
  #old: Generation<Value> = new Map();
  #youngCharacters = 0;
  #isTimed = false;

  constructor(options: RecentOptions) {
    this.#options = options;
  }

  get(key: string): Value | undefined {
    const fingerprint = fingerprintOf(key, this.#seed);
    const young = this.#young.get(fingerprint);
    // Behind another key there may be an old entry of this one, which a later one has replaced.
    if (young !== undefined) return young.key === key ? young.value : undefined;
    const old = this.#old.get(fingerprint);
    if (old?.key !== key) return undefined;
    this.#keep(fingerprint, old);
    return old.value;
  }

  set(key: string, value: Value): void {
    this.#keep(fingerprintOf(key, this.#seed), { key: ownCopy(key), value });
  }

  #keep(fingerprint: number, entry: Entry<Value>): void {
    const { maxEntries, maxCharacters } = this.#options;
    const { length } = entry.key;
    if (this.#young.size >= maxEntries || this.#youngCharacters + length > maxCharacters) this.#turn();
    this.#youngCharacters += length;
    this.#young.set(fingerprint, entry);
    this.#turnInTime();
  }

  #turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngCharacters = 0;
  }

  #turnInTime(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    const turn = (): void => {
      this.#isTimed = false;
      this.#turn();
      if (this.#old.size > 0) this.#turnInTime();
    };
    setTimeout(turn, this.#options.generationMs).unref();
  }
}
