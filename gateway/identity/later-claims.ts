// Two documents about one user, one over the other: an ID token over userinfo, a refresh over the sign-in. Claims that the
// later one leaves out stay as they were; an empty list is not left out. Pure.
import { type Claims, valueAt } from './claims.ts';
import type { ClaimPaths } from './read-claims.ts';
import { addressKindOf, addressKinds, isTrue } from './verified-addresses.ts';

export type LaterClaims = {
  readonly claims: Claims;
  /** Paths of the file's `claims` that only the earlier document holds. */
  readonly kept: readonly string[];
};

type Paths = Omit<ClaimPaths, 'id'>;

export function laterClaims(before: Claims, later: Claims, paths: Paths): LaterClaims {
  const claims: Record<string, unknown> = { ...before, ...later };
  const kept: string[] = [];
  for (const path of configuredPaths(paths)) {
    const isKept = !isSaid(later, path, paths) && isSaid(before, path, paths);
    if (isKept) kept.push(path);
    settle(claims, path, valueAt(isKept ? before : later, path));
  }
  for (const path of addressPaths(paths)) settle(claims, `${path}_verified`, flagOf(path, before, later));
  return { claims, kept };
}

function configuredPaths({ username, groups, roles, email, name }: Paths): readonly string[] {
  return [...new Set([username, ...groups, ...roles, email, name])].filter((path) => path !== undefined);
}

function addressPaths(paths: Paths): readonly string[] {
  const configured = configuredPaths(paths).filter((path) => addressKindOf(path) !== undefined);
  return [...new Set([...addressKinds, ...configured])];
}

/** Groups and roles are said by null and by an empty list too: somebody in no group loses them. */
function isSaid(claims: Claims, path: string, { groups, roles }: Paths): boolean {
  const value = valueAt(claims, path);
  if (groups.includes(path) || roles.includes(path)) return value !== undefined;
  return value !== undefined && value !== null && value !== '';
}

/** A nested claim is written under its whole path, where `valueAt` looks first: the later document may hold its parent. */
function settle(claims: Record<string, unknown>, path: string, value: unknown): void {
  Reflect.deleteProperty(claims, path);
  if (value !== undefined && valueAt(claims, path) !== value) claims[path] = value;
}

/** A flag belongs to the address beside it: that of one address never vouches for another one. */
function flagOf(path: string, before: Claims, later: Claims): unknown {
  const [flagBefore, flag] = [before, later].map((claims) => valueAt(claims, `${path}_verified`));
  const [known, address] = [before, later].map((claims) => valueAt(claims, path));
  if (address === undefined) return flag === undefined || isTrue(flag) ? flagBefore : flag;
  return flag ?? (JSON.stringify(known) === JSON.stringify(address) ? flagBefore : undefined);
}
