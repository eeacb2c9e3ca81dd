// What decides who somebody is at a provider, in one short text. A session was begun with one provider: another one that
// has taken its name over vouches for nobody whom the first one named. Pure.
import type { Provider } from '../config-providers.ts';
import type { ClaimPaths, ClaimRules } from '../identity/read-claims.ts';
import { addressKindOf } from '../identity/verified-addresses.ts';
import { hashOf } from './random.ts';

/** By name. */
export type ProviderDigests = ReadonlyMap<string, string>;

export function digestProviders(providers: readonly Provider[]): ProviderDigests {
  return new Map(providers.map((provider) => [provider.name, digestProvider(provider)]));
}

/** A secret, an address for keys, a time limit or a title may change: it is the same provider all the same. */
export function digestProvider(provider: Provider): string {
  return hashOf(JSON.stringify(whatDecides(provider)));
}

/** Lists, whose order no reordered object changes. Nothing may move here: everybody would have to sign in anew. */
function whatDecides(provider: Provider): readonly unknown[] {
  const { kind, realm } = provider;
  switch (kind) {
    case 'scicat':
      return [
        ...[kind, provider.url, realm, pathsIn(provider.claims), provider.signIn !== undefined],
        ...namesIn(provider.claims),
      ];
    case 'oidc': {
      const { issuer, claims, signIn } = provider;
      // Some providers name one person differently to each client, and tell more or less of them.
      const asks = signIn === undefined ? null : [signIn.clientId, signIn.asksUserinfo];
      return [
        ...[kind, issuer, realm, pathsIn(claims), claims.separator ?? null, asks],
        ...namesIn(claims),
        ...trustIn(claims),
      ];
    }
  }
}

function pathsIn({ id, username, groups, roles, email, name }: ClaimPaths): readonly unknown[] {
  return [id, username, oneOrAll(groups), oneOrAll(roles), email, name];
}

function oneOrAll(paths: readonly string[]): unknown {
  return paths.length > 1 ? paths : (paths[0] ?? null);
}

/** Nothing where groups keep their names. */
function namesIn({ groupNames }: ClaimRules): readonly unknown[] {
  return groupNames === undefined ? [] : [groupNames];
}

/** Nothing where no address stands for anybody: sessions of a version that believed unverified ones end. */
function trustIn({ username, groups, roles, vouchesFor }: ClaimRules): readonly unknown[] {
  const isByAddress = [username, ...groups, ...roles].some((path) => addressKindOf(path) !== undefined);
  return isByAddress ? [{ vouchesFor }] : [];
}
