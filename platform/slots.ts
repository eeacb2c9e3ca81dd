// A limited number of places, handed out in turns: each sharer's next waiter in the order of the sharers, so that a long
// queue of one delays nobody else.

/** Whose the place is; `undefined`: somebody who speaks for many, and has no share of their own. */
export type Sharer = string | undefined;

export type Slots = {
  /**
   * @returns a function that gives the place back (calling it again does nothing), or, after `waitMs` in the queue, what
   * has run out: all places, or the sharer's own.
   */
  take(sharer: Sharer, waitMs: number): Promise<(() => void) | 'all' | 'share'>;
  readonly waitingCount: () => number;
};

/** @param share how many places one sharer can hold at a time. */
export function createSlots({ count, share }: { readonly count: number; readonly share: number }): Slots {
  let free = count;
  let waitingCount = 0;
  const taken = new Map<Sharer, number>();
  const waiting = new Map<Sharer, Set<() => void>>();
  const takenBy = (sharer: Sharer) => taken.get(sharer) ?? 0;
  const hasShare = (sharer: Sharer) => sharer === undefined || takenBy(sharer) < share;
  const add = (sharer: Sharer, places: 1 | -1): void => {
    free -= places;
    const now = takenBy(sharer) + places;
    if (now === 0) taken.delete(sharer);
    else taken.set(sharer, now);
  };
  /** Passes over sharers that hold their share; there are at most `count / share` of them. */
  const letNextIn = (): void => {
    for (const [sharer, queue] of waiting) {
      const [enter] = queue;
      if (enter === undefined || !hasShare(sharer)) continue;
      // Its next turn comes after everybody else's.
      waiting.delete(sharer);
      waiting.set(sharer, queue);
      enter();
      return;
    }
  };
  const occupy = (sharer: Sharer): (() => void) => {
    add(sharer, 1);
    let isMine = true;
    return () => {
      if (!isMine) return;
      isMine = false;
      add(sharer, -1);
      letNextIn();
    };
  };
  return {
    waitingCount: () => waitingCount,
    take: async (sharer, waitMs) => {
      if (free > 0 && hasShare(sharer)) return occupy(sharer);
      return new Promise((resolve) => {
        const queue = waiting.get(sharer) ?? new Set();
        waiting.set(sharer, queue);
        const leave = (): void => {
          waitingCount -= 1;
          queue.delete(enter);
          if (queue.size === 0) waiting.delete(sharer);
          clearTimeout(timer);
        };
        const enter = (): void => {
          leave();
          resolve(occupy(sharer));
        };
        const timer = setTimeout(() => {
          leave();
          resolve(hasShare(sharer) ? 'all' : 'share');
        }, waitMs);
        queue.add(enter);
        waitingCount += 1;
      });
    },
  };
}
