// How many requests may be on their way to one app at a time, and how many of these one client's; further ones wait
// their turn, but not for ever.
import { networkOfClient } from '../../platform/networks.ts';
import type { ForwardedRequest } from '../types.ts';

/** Whose the place is: nobody who speaks for many has a share of their own. */
export type Sharer = string | undefined;

/** A proxy of ours that does not say for whom it asks speaks for many. */
export function sharerOf(
  { clientAddress }: Pick<ForwardedRequest, 'clientAddress'>,
  isTrustedProxy: (address: string) => boolean,
): Sharer {
  return clientAddress === undefined || isTrustedProxy(clientAddress)
    ? undefined
    : networkOfClient(clientAddress);
}

export type Slots = {
  /** @returns what gives the place back (once, however often it is called), or who has had enough after `waitMs` in the queue. */
  take(sharer: Sharer, waitMs: number): Promise<(() => void) | 'app' | 'client'>;
};

export function createSlots(count: number): Slots {
  // Nobody alone takes an app from everybody else.
  const share = Math.max(1, Math.floor(count / 4));
  let free = count;
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
  /** Passes over those alone who have their share, and there are as few of these as there are shares. */
  const letNextIn = (): void => {
    for (const [sharer, queue] of waiting) {
      const [enter] = queue;
      if (enter === undefined || !hasShare(sharer)) continue;
      // One turn each: a long queue of one client's delays nobody else.
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
    take: async (sharer, waitMs) => {
      if (free > 0 && hasShare(sharer)) return occupy(sharer);
      return new Promise((resolve) => {
        const queue = waiting.get(sharer) ?? new Set();
        waiting.set(sharer, queue);
        const leave = (): void => {
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
          resolve(hasShare(sharer) ? 'app' : 'client');
        }, waitMs);
        queue.add(enter);
      });
    },
  };
}
