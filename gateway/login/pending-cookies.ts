// The cookies of pending logins: one each, so that several tabs do not take each other's away, and a bounded number.
// Pure.
import { cookiesOf } from '../sessions/cookies.ts';
import type { RawHeaders } from '../types.ts';

/** Each may hold 4 KiB: more would be more than some proxies take as headers. */
export const maxPendingLogins = 5;

type PendingCookie = { readonly name: string; readonly createdAtMs: number };

/**
 * @param prefix of the cookies' names, `__Host-beamgate-login-`.
 * @returns names of those that have to go so that one more may come: what is too old or no pending login, and the
 * oldest of too many.
 */
export function pendingCookiesToClear(
  headers: RawHeaders,
  prefix: string,
  { nowMs, livesMs }: { readonly nowMs: number; readonly livesMs: number },
): readonly string[] {
  const all = cookiesOf(headers)
    .map((cookie) => cookie.split('=', 1)[0] ?? '')
    .filter((name) => name.startsWith(prefix))
    .map((name): PendingCookie => ({ name, createdAtMs: createdAt(name.slice(prefix.length)) }))
    .sort((a, b) => b.createdAtMs - a.createdAtMs);
  return all
    .filter(
      ({ createdAtMs }, index) =>
        createdAtMs > nowMs || createdAtMs <= nowMs - livesMs || index >= maxPendingLogins - 1,
    )
    .map(({ name }) => name);
}

function createdAt(id: string): number {
  const [, time] = /^([0-9a-z]{6,12})-[A-Za-z0-9_-]{12}$/.exec(id) ?? [];
  return time === undefined ? 0 : Number.parseInt(time, 36);
}
