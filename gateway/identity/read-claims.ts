// Claims of a provider -> who it is: one function for bearer tokens, ID tokens, userinfo, refreshes and SciCat. What could not
// be used is returned in words for the admin, without the values. Pure.
import type { Identity } from '../types.ts';
import { type Claims, describeShape, readListAt, textAt, valueAt } from './claims.ts';
import { type GroupNames, nameGroups } from './group-names.ts';
import { isVerified, type VouchesFor, withoutUnverified } from './verified-addresses.ts';

/** Where in the claims each part of an identity stands: paths with dots, such as `profile.accessGroups`. */
export type ClaimPaths = {
  readonly id: string;
  readonly username: string;
  /** All of them together. */
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly email: string | undefined;
  readonly name: string | undefined;
};

export type ClaimRules = ClaimPaths & {
  /** Between several groups or roles in one string; `undefined`: a string is one. */
  readonly separator: string | undefined;
  readonly vouchesFor: VouchesFor;
  /** Other names for groups; `undefined`: they keep theirs. */
  readonly groupNames: GroupNames | undefined;
};

export type ReadClaims =
  | {
      readonly kind: 'known';
      readonly person: Omit<Identity, 'provider' | 'realm' | 'expiresAt'>;
    }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason; readonly detail: string };

/** `identifier_unverified`: the user name is an address that the provider has not verified. */
export type UnknownReason = 'token_subject_missing' | 'token_username_missing' | 'identifier_unverified';

export function readClaims(claims: Claims, rules: ClaimRules): ReadClaims {
  const id = textAt(claims, rules.id);
  const username = textAt(claims, rules.username);
  if (id === undefined) return unknown('token_subject_missing', claims, rules.id);
  if (username === undefined || username.trim() === '')
    return unknown('token_username_missing', claims, rules.username);
  if (!isVerified(claims, rules.username, rules.vouchesFor))
    return { kind: 'unknown', reason: 'identifier_unverified', detail: unverified(rules.username) };
  const problems: string[] = [];
  const groups = readAll('groups', claims, rules, problems);
  const roles = readAll('roles', claims, rules, problems);
  const person = {
    id,
    username,
    groups: renameGroups(groups, rules, problems),
    roles,
    email: readOne('email', claims, rules, problems),
    name: readOne('name', claims, rules, problems),
    claims: withoutUnverified(claims, rules.vouchesFor),
    ...(problems.length === 0 ? {} : { claimProblems: problems }),
  };
  return { kind: 'known', person };
}

function unknown(reason: UnknownReason, claims: Claims, path: string): ReadClaims {
  const value = valueAt(claims, path);
  const shape = value === undefined ? '' : `: it is ${describeShape(value)}`;
  const detail = `no text at ${path}${shape}`;
  return { kind: 'unknown', reason, detail };
}

function unverified(path: string): string {
  return `${path} stands for the user only where ${path}_verified is true, and it is not; vouchesFor says that the provider verifies every address`;
}

function readAll(
  part: 'groups' | 'roles',
  claims: Claims,
  rules: ClaimRules,
  problems: string[],
): readonly string[] {
  const items = rules[part].flatMap((path) => {
    const { items: found, unusable } = readListAt(claims, path, rules.separator);
    problems.push(...unusable.map((shape) => `${part}: ${path} holds ${shape}, which is left out`));
    if (found.length === 0 || isVerified(claims, path, rules.vouchesFor)) return found;
    problems.push(`${part}: ${path} is left out, ${path}_verified is not true`);
    return [];
  });
  return [...new Set(items)];
}

function renameGroups(groups: readonly string[], { groupNames }: ClaimRules, problems: string[]) {
  if (groupNames === undefined) return groups;
  const named = nameGroups(groups, groupNames);
  if (named.isAnyDropped)
    problems.push('groups: some match no pattern of groupNames and are dropped (unmappedGroups: drop)');
  return named.groups;
}

function readOne(part: 'email' | 'name', claims: Claims, rules: ClaimRules, problems: string[]) {
  const path = rules[part];
  const value = path === undefined ? undefined : valueAt(claims, path);
  if (path === undefined || value === undefined || value === null || value === '') return undefined;
  const text = textAt(claims, path);
  if (text === undefined) problems.push(`${part}: ${path} is ${describeShape(value)}, which is left out`);
  if (text === undefined || isVerified(claims, path, rules.vouchesFor)) return text;
  problems.push(`${part}: ${path} is left out, ${path}_verified is not true`);
  return undefined;
}
