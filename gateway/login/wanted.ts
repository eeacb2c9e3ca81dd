// The query of `/login` -> what is wanted of a sign-in: for which app, back to where, how fresh and how strong. Anybody
// can write such a link, so that nothing in it grants anything. Pure.
import { isRandomText } from '../sessions/cookies.ts';
import type { App } from '../types.ts';
import { maxReturnAddressLength, type ReturnAddress, readReturnAddress } from './return-address.ts';

export type Parameters = Readonly<Record<string, string>>;

export type Wanted = {
  /** `undefined`: the portal. */
  readonly returnTo: ReturnAddress | undefined;
  /** Hash of the nonce that the app's host has given the browser, for the handover. */
  readonly nonceHash: string | undefined;
  /** The person has to prove who they are, no longer ago than this. */
  readonly maxAgeSeconds: number | undefined;
  /** One of these, where there are any (OpenID Connect Core 1.0 section 2, `acr`). */
  readonly acrValues: readonly string[];
  /** As somebody else than before. */
  readonly isChange: boolean;
  readonly provider: string | undefined;
  readonly isShared: boolean;
  /** As they came, those that are known: for the next page, and for the way back. */
  readonly parameters: Parameters;
};

const names = ['app', 'return_to', 'handover', 'max_age', 'acr', 'change', 'provider', 'shared'] as const;

/** @param apps the gateway itself among them. */
export function readWanted(query: URLSearchParams, apps: readonly App[]): Wanted {
  const parameters = Object.fromEntries(
    names.flatMap((name) => {
      const value = query.get(name);
      return value === null || value.length > maxLengthOf(name) ? [] : [[name, value]];
    }),
  );
  const {
    return_to: returnTo,
    handover,
    max_age: maxAge = '',
    acr = '',
    change,
    provider,
    shared,
  } = parameters;
  return {
    returnTo: returnTo === undefined ? undefined : readReturnAddress(returnTo, apps),
    nonceHash: handover !== undefined && isRandomText(handover) ? handover : undefined,
    maxAgeSeconds: /^\d{1,8}$/.test(maxAge) ? Number(maxAge) : undefined,
    acrValues: acr.split(' ').filter((value) => value !== ''),
    isChange: change !== undefined,
    provider,
    isShared: shared === 'on',
    parameters,
  };
}

/** The address of `/login` with these parameters. @param changes replace some; `undefined` leaves one out. */
export function loginHref(
  publicUrl: string,
  parameters: Parameters,
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...parameters, ...changes }))
    if (value !== undefined) query.set(name, value);
  return `${publicUrl}/login${query.size === 0 ? '' : `?${query}`}`;
}

function maxLengthOf(name: (typeof names)[number]): number {
  return name === 'return_to' ? maxReturnAddressLength : 200;
}
