// Mere progress is told to SciCat at an even pace, however many transfers are under way: thousands of them would
// otherwise be thousands of updates in each interval, for SciCat and for this service. In memory.

export class Pace {
  readonly #everyMs: number;
  readonly #turns = new Map<string, number>();
  #next = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** How long until it is the transfer's turn; 0: it is, and the turn is taken. @param now never jumps. */
  waitMs(transferId: string, now: number): number {
    const turn = this.#turns.get(transferId) ?? this.#queue(now);
    if (turn <= now) {
      this.#turns.delete(transferId);
      return 0;
    }
    this.#turns.set(transferId, turn);
    return turn - now;
  }

  /** It has nothing to tell, or something that does not wait. */
  leave(transferId: string): void {
    this.#turns.delete(transferId);
  }

  #queue(now: number): number {
    const turn = Math.max(now, this.#next);
    this.#next = turn + this.#everyMs;
    return turn;
  }
}
