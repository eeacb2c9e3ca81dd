// A fingerprint of a list of paths that does not depend on their order, and needs no list to make. Pure.
import { hash } from 'node:crypto';

export class ListDigest {
  #high = 0n;
  #low = 0n;

  add(path: string): void {
    const digest = hash('sha256', path, 'buffer');
    this.#high = BigInt.asUintN(64, this.#high + digest.readBigUInt64LE(0));
    this.#low = BigInt.asUintN(64, this.#low + digest.readBigUInt64LE(8));
  }

  get text(): string {
    return `${this.#high.toString(16)}-${this.#low.toString(16)}`;
  }
}
