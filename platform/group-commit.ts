// Transactions of many, committed together: who comes while the disk is waited for shares the next wait. Each is still
// all or nothing, and none is answered before it is on the disk.
import type { Kysely, Transaction } from 'kysely';

type Work<Schema, Result> = (transaction: Transaction<Schema>) => Promise<Result>;

type Member<Schema> = {
  readonly work: Work<Schema, void>;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
};

export class GroupCommit<Schema> {
  readonly #db: Kysely<Schema>;
  #waiting: Member<Schema>[] = [];
  #isUnderWay = false;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** @param work does nothing but to read and write there: where another of the group fails it is done once more. */
  run<Result>(work: Work<Schema, Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      let take: () => void;
      this.#waiting.push({
        work: async (transaction) => {
          const result = await work(transaction);
          take = () => resolve(result);
        },
        done: () => take(),
        failed: reject,
      });
      if (!this.#isUnderWay) void this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    this.#isUnderWay = true;
    while (this.#waiting.length > 0) {
      // Those of the same turn of the loop come together.
      await new Promise(setImmediate);
      await this.#commit(this.#waiting.splice(0, mostAtOnce));
    }
    this.#isUnderWay = false;
  }

  async #commit(group: readonly Member<Schema>[]): Promise<void> {
    try {
      await this.#db.transaction().execute(async (transaction) => {
        for (const { work } of group) await work(transaction);
      });
    } catch (error) {
      const [only, ...others] = group;
      if (others.length === 0) return only?.failed(error);
      for (const one of group) await this.#commit([one]);
      return;
    }
    for (const { done } of group) done();
  }
}

/** So that nobody waits for much more than the disk. */
const mostAtOnce = 50;
