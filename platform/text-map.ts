// A Map by texts for those that were just received, which it finds faster than a Map does. Its keys are an admin's: what
// somebody else chooses could all have one fingerprint. Pure.
import { fingerprintOf } from './fingerprint.ts';

type Entry<Value> = {
  readonly key: string;
  readonly value: Value;
  /** Another one with the fingerprint. */
  readonly next: Entry<Value> | undefined;
};

export class TextMap<Value> {
  readonly #entries = new Map<number, Entry<Value>>();

  /** @param entries each key once. */
  constructor(entries: Iterable<readonly [key: string, value: Value]>) {
    for (const [key, value] of entries) {
      const fingerprint = fingerprintOf(key);
      this.#entries.set(fingerprint, { key, value, next: this.#entries.get(fingerprint) });
    }
  }

  get(key: string): Value | undefined {
    let entry = this.#entries.get(fingerprintOf(key));
    while (entry !== undefined && entry.key !== key) entry = entry.next;
    return entry?.value;
  }
}
