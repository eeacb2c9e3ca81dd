// What many bring in one turn of the event loop, done step by step for all of them: the code of a step stays in the
// processor's caches while it goes round, where one after the other through all steps each pushes out the next.

export class InSteps<Item> {
  readonly #steps: readonly ((item: Item) => boolean)[];
  #waiting: Item[] = [];

  /** @param steps each says whether its item goes on to the next one. None throws: the others would wait for ever. */
  constructor(steps: readonly ((item: Item) => boolean)[]) {
    this.#steps = steps;
  }

  /** Begins once this turn has brought all that it brings. */
  add(item: Item): void {
    this.#waiting.push(item);
    if (this.#waiting.length === 1) setImmediate(this.#go);
  }

  readonly #go = (): void => {
    const items = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < items.length; at += maxAtOnce) {
      let together = items.slice(at, at + maxAtOnce);
      for (const step of this.#steps) together = together.filter((item) => step(item));
    }
  };
}

/** The first of them waits for the last. */
const maxAtOnce = 64;
