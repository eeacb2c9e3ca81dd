// What was looked up a moment ago, by a text, in two generations: a lookup costs that of a Map, where a list in order of
// use moves an entry each time. It forgets by itself.
import { ownCopy } from './own-copy.ts';

export type RecentOptions = {
  /** Of one generation. */
  readonly maxEntries: number;
  /** Of the keys of one generation together: what they are, somebody else may choose. */
  readonly maxCharacters: number;
  /** How long one lasts: what is not used is forgotten after one to two of them. */
  readonly generationMs: number;
};

export class Recent<Value extends object | boolean> {
  readonly #options: RecentOptions;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #youngCharacters = 0;
  #isTimed = false;

  constructor(options: RecentOptions) {
    this.#options = options;
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    const { maxEntries, maxCharacters } = this.#options;
    if (this.#young.size >= maxEntries || this.#youngCharacters + key.length > maxCharacters) this.#turn();
    this.#youngCharacters += key.length;
    this.#young.set(ownCopy(key), value);
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
