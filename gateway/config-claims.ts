// `claims` and `vouchesFor` of a provider -> how its claims are read, or what is wrong with them. Pure.
import type { Complaint } from '../platform/config/mistakes.ts';
import type { ClaimsEntry } from './config-schema-claims.ts';
import { type GroupNames, readGroupName } from './identity/group-names.ts';
import type { ClaimRules } from './identity/read-claims.ts';
import { type AddressKind, addressKindOf, type VouchesFor } from './identity/verified-addresses.ts';

/** @param id where the provider's immutable id of the user stands. */
export function compileClaims(id: string, entry: ClaimsEntry, vouchesFor: VouchesFor): ClaimRules {
  const { username, groups, roles, email, name, separator } = entry;
  const groupNames = compileGroupNames(entry);
  return {
    ...{ id, username, groups: listOf(groups), roles: listOf(roles), email, name },
    ...{ separator, vouchesFor, groupNames },
  };
}

function compileGroupNames({ groupNames, unmappedGroups }: ClaimsEntry): GroupNames | undefined {
  if (groupNames === undefined) return undefined;
  const patterns = groupNames
    .map(({ pattern, name }) => readGroupName(pattern, name))
    .filter((read) => typeof read !== 'string');
  return { patterns, unmapped: unmappedGroups ?? 'keep' };
}

export function complaintsAboutClaims(provider: string, entry: ClaimsEntry): readonly Complaint[] {
  const path = ['providers', provider, 'claims'];
  const { groupNames, unmappedGroups } = entry;
  if (groupNames === undefined)
    return unmappedGroups === undefined
      ? []
      : [{ path: [...path, 'unmappedGroups'], message: 'only with groupNames, which it is about' }];
  return groupNames.flatMap(({ pattern, name }, index) => {
    const read = readGroupName(pattern, name);
    return typeof read === 'string' ? [{ path: [...path, 'groupNames', index], message: read }] : [];
  });
}

/** Claims that stand for users, groups or roles and are only as good as the provider's check of the address. */
export function addressClaims({ username, groups, roles }: ClaimsEntry): readonly AddressClaim[] {
  return [username, ...listOf(groups), ...listOf(roles)].flatMap((path) => {
    const kind = addressKindOf(path);
    return kind === undefined ? [] : [{ path, kind }];
  });
}

export type AddressClaim = { readonly path: string; readonly kind: AddressKind };

function listOf(paths: string | readonly string[] | undefined): readonly string[] {
  return paths === undefined ? [] : [paths].flat();
}
