// Questions to one provider, bounded: so many at a time, so many waiting and for so long, so many for one client.
// Beyond that it is busy, which is an outage and no verdict.
import pLimit, { type LimitFunction } from 'p-limit';
import { networkOfClient } from '../../platform/networks.ts';
import { Unavailable } from '../../platform/unavailable.ts';

export type QuestionLimits = {
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
  /** Open and waiting questions that one client address may cause. */
  readonly maxPerClient: number;
};

export class Questions {
  readonly #provider: string;
  readonly #limits: QuestionLimits;
  readonly #limit: LimitFunction;
  readonly #perClient = new Map<string, number>();

  constructor(provider: string, limits: QuestionLimits) {
    this.#provider = provider;
    this.#limits = limits;
    this.#limit = pLimit(limits.maxConcurrent);
  }

  /**
   * @param clientAddress `undefined`: nobody told it. Those are not one client, so that only what all cause is bounded:
   * one of them could lock all others out.
   * @throws Unavailable `busy`, or whatever the question itself throws.
   */
  async ask<Verdict>(clientAddress: string | undefined, question: () => Promise<Verdict>): Promise<Verdict> {
    const client = clientAddress === undefined ? undefined : networkOfClient(clientAddress);
    const open = client === undefined ? 0 : (this.#perClient.get(client) ?? 0);
    if (open >= this.#limits.maxPerClient) throw this.#busy(`one client has ${open} questions open`);
    if (this.#limit.pendingCount >= this.#limits.maxWaiting)
      throw this.#busy(`${this.#limit.pendingCount} questions wait`);
    if (client === undefined) return this.#inTurn(question);
    this.#perClient.set(client, open + 1);
    try {
      return await this.#inTurn(question);
    } finally {
      this.#release(client);
    }
  }

  async #inTurn<Verdict>(question: () => Promise<Verdict>): Promise<Verdict> {
    const givenUp = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      givenUp.abort();
      reject(this.#busy(`a question waited longer than ${this.#limits.maxWaitMs} ms`));
    }, this.#limits.maxWaitMs);
    const answered = this.#limit(() => {
      clearTimeout(timer);
      // Its turn came after it was given up: nobody waits for the answer any more.
      return givenUp.signal.aborted ? late : question();
    });
    return Promise.race([answered, late]);
  }

  #release(client: string): void {
    const open = (this.#perClient.get(client) ?? 1) - 1;
    if (open === 0) this.#perClient.delete(client);
    else this.#perClient.set(client, open);
  }

  #busy(why: string): Unavailable {
    const message = `${this.#provider}: ${why}`;
    return new Unavailable({ dependency: this.#provider, reason: 'busy', message, retryAfterSeconds: 2 });
  }
}
