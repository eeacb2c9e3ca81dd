// Tells whether an e-mail address or telephone number is known to be its user's own. Anybody can write somebody else's
// address into an account; `email_verified` and `phone_number_verified` beside it say that the provider has checked it. Pure.
// Source: OpenID Connect Core 1.0 section 5.1.
import { type Claims, valueAt } from './claims.ts';

export const addressKinds = ['email', 'phone_number'] as const;

export type AddressKind = (typeof addressKinds)[number];

/** For which addresses the configuration says that the provider checks them all, whatever its claims say. */
export type VouchesFor = readonly AddressKind[];

/** Which kind of address a claim holds, by the last part of its path: `email`, `profile.email`, `https://lab.org/email`. */
export function addressKindOf(path: string): AddressKind | undefined {
  const name = path.split(/[./:]/).at(-1);
  return addressKinds.find((kind) => kind === name);
}

/** Whether a claim can stand for its user. Missing flags, and flags that are neither `true` nor `"true"`, are not enough. */
export function isVerified(claims: Claims, path: string, vouchesFor: VouchesFor): boolean {
  const kind = addressKindOf(path);
  return kind === undefined || vouchesFor.includes(kind) || isTrue(valueAt(claims, `${path}_verified`));
}

/** Whether the flag beside an address says that the provider has checked it. */
export function isTrue(flag: unknown): boolean {
  return flag === true || flag === 'true';
}

/**
 * The claims without addresses that nobody has verified, at any depth: apps get claims by `attributes` and `setHeaders`.
 * @returns the same object where nothing has to go.
 */
export function withoutUnverified(claims: Claims, vouchesFor: VouchesFor): Claims {
  return holdsUnverified(claims, vouchesFor) ? pruneObject(claims, vouchesFor) : claims;
}

function holdsUnverified(value: unknown, vouchesFor: VouchesFor): boolean {
  if (Array.isArray(value)) return value.some((item) => holdsUnverified(item, vouchesFor));
  if (!isObject(value)) return false;
  return Object.keys(value).some(
    (key) => isUnverifiedKey(value, key, vouchesFor) || holdsUnverified(value[key], vouchesFor),
  );
}

function prune(value: unknown, vouchesFor: VouchesFor): unknown {
  if (Array.isArray(value)) return value.map((item) => prune(item, vouchesFor));
  return isObject(value) ? pruneObject(value, vouchesFor) : value;
}

function pruneObject(claims: Claims, vouchesFor: VouchesFor): Claims {
  return Object.fromEntries(
    Object.entries(claims)
      .filter(([key]) => !isUnverifiedKey(claims, key, vouchesFor))
      .map(([key, value]) => [key, prune(value, vouchesFor)]),
  );
}

function isUnverifiedKey(claims: Claims, key: string, vouchesFor: VouchesFor): boolean {
  const kind = addressKindOf(key);
  return kind !== undefined && !vouchesFor.includes(kind) && !isTrue(claims[`${key}_verified`]);
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null;
}
