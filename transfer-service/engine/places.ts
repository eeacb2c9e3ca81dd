// How many tasks are at Globus at the same time, and who is next, in the order of asking. In memory: after a start it
// is filled again from what is stored.

export class Places {
  readonly #max: number;
  readonly #held = new Map<string, number>();
  readonly #waiting = new Set<string>();
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  heldBy(transferId: string): number {
    return this.#held.get(transferId) ?? 0;
  }

  /** From now on the transfer holds this many, be it more or fewer. */
  hold(transferId: string, count: number): void {
    this.#total += count - this.heldBy(transferId);
    if (count === 0) this.#held.delete(transferId);
    else this.#held.set(transferId, count);
  }

  /** Whether the transfer may hand over one more task now; where not, it waits in line. */
  isOffered(transferId: string): boolean {
    this.#waiting.add(transferId);
    const isOffered = this.next().includes(transferId);
    if (isOffered) this.#waiting.delete(transferId);
    return isOffered;
  }

  /** It wants no place, or not now. */
  leave(transferId: string): void {
    this.#waiting.delete(transferId);
  }

  /** The transfers whose turn it is. */
  next(): readonly string[] {
    const free = this.#max - this.#total;
    return free <= 0 ? [] : this.#waiting.values().take(free).toArray();
  }
}
