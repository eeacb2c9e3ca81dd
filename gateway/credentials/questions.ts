// Bounds the requests to one provider: how many run at a time, how many wait and for how long, and how many one asker has
// open. Askers take turns. Beyond the bounds the provider is busy, which is an outage and no verdict.
import { networkOfClient } from '../../platform/networks.ts';
import { createSlots, type Slots } from '../../platform/slots.ts';
import { Unavailable } from '../../platform/unavailable.ts';

export type QuestionLimits = {
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
  /** Open and waiting requests of one asker: a known user, or everybody unknown at one client address. */
  readonly maxPerClient: number;
};

/**
 * Who causes a request. Many people share an address, so that it counts only as long as nothing proves who asks:
 * anybody can forge a token, and a flood of forged ones must not take the turns of known users or other addresses.
 */
export type Asker =
  | { readonly kind: 'user'; readonly id: string }
  /** `undefined`: the proxy did not name it. These are not one client, so no bound of their own holds for them. */
  | { readonly kind: 'address'; readonly address: string | undefined };

export class Questions {
  readonly #provider: string;
  readonly #limits: QuestionLimits;
  readonly #slots: Slots;
  readonly #open = new Map<string, number>();

  constructor(provider: string, limits: QuestionLimits) {
    this.#provider = provider;
    this.#limits = limits;
    this.#slots = createSlots({ count: limits.maxConcurrent, share: limits.maxConcurrent });
  }

  /** @throws Unavailable `busy`, or whatever the question itself throws. */
  async ask<Verdict>(asker: Asker, question: () => Promise<Verdict>): Promise<Verdict> {
    const key = keyOf(asker);
    const open = key === undefined ? 0 : (this.#open.get(key) ?? 0);
    if (open >= this.#limits.maxPerClient)
      throw this.#busy(`one ${ofKind[asker.kind]} has ${open} questions open`);
    const waiting = this.#slots.waitingCount();
    if (waiting >= this.#limits.maxWaiting) throw this.#busy(`${waiting} questions wait`);
    if (key === undefined) return this.#inTurn(key, question);
    this.#open.set(key, open + 1);
    try {
      return await this.#inTurn(key, question);
    } finally {
      this.#release(key);
    }
  }

  async #inTurn<Verdict>(key: string | undefined, question: () => Promise<Verdict>): Promise<Verdict> {
    const { maxWaitMs } = this.#limits;
    const giveBack = await this.#slots.take(key, maxWaitMs);
    if (typeof giveBack === 'string') throw this.#busy(`a question waited longer than ${maxWaitMs} ms`);
    try {
      return await question();
    } finally {
      giveBack();
    }
  }

  #release(key: string): void {
    const open = (this.#open.get(key) ?? 1) - 1;
    if (open === 0) this.#open.delete(key);
    else this.#open.set(key, open);
  }

  #busy(why: string): Unavailable {
    const message = `${this.#provider}: ${why}`;
    return new Unavailable({ dependency: this.#provider, reason: 'busy', message, retryAfterSeconds: 2 });
  }
}

const ofKind: Readonly<Record<Asker['kind'], string>> = { user: 'user', address: 'client' };

function keyOf(asker: Asker): string | undefined {
  if (asker.kind === 'user') return `user ${asker.id}`;
  return asker.address === undefined ? undefined : `address ${networkOfClient(asker.address)}`;
}
