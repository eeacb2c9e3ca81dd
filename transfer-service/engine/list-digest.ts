// A fingerprint of a list of paths that does not depend on their order, and needs no list to make. Pure.
import { hash } from 'node:crypto';

export class ListDigest {
  #count = 0;
  #high = 0n;
  #low = 0n;

  get count(): number {
    return this.#count;
  }

  add(path: string): void {
    this.#count += 1;
    const digest = hash('sha256', path, 'buffer');
    this.#high = BigInt.asUintN(64, this.#high + digest.readBigUInt64LE(0));
    this.#low = BigInt.asUintN(64, this.#low + digest.readBigUInt64LE(8));
  }

  get text(): string {
    return `${this.#high.toString(16)}-${this.#low.toString(16)}`;
  }
}
