// A secret that is sent to another service, and read again when that service refuses it: its file may have been replaced.
import type { Secret } from '../platform/config/secrets.ts';

export class OutgoingSecret {
  readonly #readAgain: (() => Secret | undefined) | undefined;
  #secret: Secret;

  constructor(secret: Secret, readAgain: (() => Secret | undefined) | undefined) {
    this.#secret = secret;
    this.#readAgain = readAgain;
  }

  reveal(): string {
    return this.#secret.reveal();
  }

  /** @returns whether there is another one now, so that it is worth another attempt. */
  takeReplacement(): boolean {
    const replacement = this.#readAgain?.();
    if (replacement === undefined || replacement.reveal() === this.#secret.reveal()) return false;
    this.#secret = replacement;
    return true;
  }
}
