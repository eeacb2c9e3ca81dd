// How many requests may be on their way to one app at a time; further ones wait their turn, but not for ever.

export type Slots = {
  /** @returns what gives the place back (once, however often it is called), or `undefined` after `waitMs` in the queue. */
  take(waitMs: number): Promise<(() => void) | undefined>;
};

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();
  const giveBack = (): void => {
    free += 1;
    const [next] = waiting;
    next?.();
  };
  const occupy = (): (() => void) => {
    free -= 1;
    let isMine = true;
    return () => {
      if (isMine) giveBack();
      isMine = false;
    };
  };
  return {
    take: async (waitMs) => {
      if (free > 0) return occupy();
      return new Promise((resolve) => {
        const leave = (): void => {
          waiting.delete(enter);
          clearTimeout(timer);
        };
        const enter = (): void => {
          leave();
          resolve(occupy());
        };
        const timer = setTimeout(() => {
          leave();
          resolve(undefined);
        }, waitMs);
        waiting.add(enter);
      });
    },
  };
}
