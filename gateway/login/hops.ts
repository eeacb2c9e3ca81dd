// How often a browser has just been sent to one address, so that one that is sent to and fro is told so. It lies in a
// cookie: nobody but its owner is fooled by what is written there. Pure.

export type Hop = { readonly key: string; readonly count: number; readonly firstAtMs: number };

const windowMs = 60_000;
const maxHops = 4;
const maxRemembered = 6;

/** @param text the cookie's value. */
export function readHops(text: string | undefined, nowMs: number): readonly Hop[] {
  return (text ?? '')
    .split('.')
    .slice(0, maxRemembered)
    .flatMap((entry): readonly Hop[] => {
      const [, key = '', count, firstAt = ''] =
        /^([A-Za-z0-9_-]{8})~(\d)~([0-9a-z]{6,12})$/.exec(entry) ?? [];
      const firstAtMs = Number.parseInt(firstAt, 36);
      const isRecent = firstAtMs <= nowMs && firstAtMs > nowMs - windowMs;
      return isRecent ? [{ key, count: Number(count), firstAtMs }] : [];
    });
}

export function writeHops(hops: readonly Hop[]): string {
  return hops.map(({ key, count, firstAtMs }) => `${key}~${count}~${firstAtMs.toString(36)}`).join('.');
}

/**
 * One more time to the same address.
 * @param key 8 characters that stand for the address.
 * @returns what is to be remembered; `undefined`: it has been there too often within a minute.
 */
export function countHop(hops: readonly Hop[], key: string, nowMs: number): readonly Hop[] | undefined {
  const known = hops.find((hop) => hop.key === key) ?? { key, count: 0, firstAtMs: nowMs };
  if (known.count >= maxHops) return undefined;
  const others = hops.filter((hop) => hop.key !== key).slice(0, maxRemembered - 1);
  return [{ ...known, count: known.count + 1 }, ...others];
}
