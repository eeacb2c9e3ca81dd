// Whose a bearer token is, by its shape and by the issuer that it names. Nothing is verified yet; it is never shown to
// another provider to see whether that one takes it.
import { LRUCache } from 'lru-cache';
import type { App, Rejection } from '../types.ts';
import { decodeToken, quote } from './jwt.ts';
import { looksLikeScicat } from './scicat-token.ts';

export type TokenOwner =
  | { readonly provider: string; readonly kind: 'scicat' }
  | { readonly provider: string; readonly kind: 'oidc'; readonly issuer: string };

export type OwnerOf<Owner extends TokenOwner> = (
  token: string,
  app: Pick<App, 'providers'>,
  digest: string,
) => Owner | Rejection;

/**
 * Of several SciCats, whose tokens do not say which: the app's own.
 * @returns a function that takes the token and its digest, by which it knows a token that it has taken apart before.
 */
export function createOwnerOf<Owner extends TokenOwner>(owners: readonly Owner[]): OwnerOf<Owner> {
  const scicats = owners.filter(({ kind }) => kind === 'scicat');
  const byIssuer = new Map(
    owners.flatMap((owner) => (owner.kind === 'oidc' ? [[owner.issuer, owner] as const] : [])),
  );
  const known = new LRUCache<string, Claimed>({ max: maxRemembered });
  return (token, app, digest) => {
    const remembered = known.get(digest);
    const claimed = remembered ?? readClaimed(token);
    const owner =
      claimed?.kind === 'scicat'
        ? (scicats.find(({ provider }) => app.providers.includes(provider)) ?? scicats[0])
        : typeof claimed?.iss === 'string'
          ? byIssuer.get(claimed.iss)
          : undefined;
    if (owner === undefined) return claimed?.kind === 'issuer' ? unknownIssuer(claimed.iss) : unsupported;
    if (claimed !== undefined && remembered === undefined) known.set(digest, claimed);
    return owner;
  };
}

type Claimed = { readonly kind: 'scicat' } | { readonly kind: 'issuer'; readonly iss: unknown };

const maxRemembered = 50_000;

function readClaimed(token: string): Claimed | undefined {
  const jwt = decodeToken(token);
  if (jwt === undefined) return undefined;
  return looksLikeScicat(jwt) ? { kind: 'scicat' } : { kind: 'issuer', iss: jwt.payload.iss };
}

const unsupported: Rejection = { kind: 'rejected', reason: 'credential_unsupported' };

function unknownIssuer(iss: unknown): Rejection {
  return { kind: 'rejected', reason: 'token_issuer_unknown', detail: `its iss is ${quote(iss)}` };
}
