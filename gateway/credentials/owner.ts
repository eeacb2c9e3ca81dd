// Whose a bearer token is, by its shape and by the issuer that it names. Nothing is verified yet; it is never shown to
// another provider to see whether that one takes it.
import type { App, Rejection } from '../types.ts';
import { decodeToken, quote } from './jwt.ts';
import { looksLikeScicat } from './scicat-token.ts';

export type TokenOwner =
  | { readonly provider: string; readonly kind: 'scicat' }
  | { readonly provider: string; readonly kind: 'oidc'; readonly issuer: string };

/** What a token says of itself; `iss`: where it is a text. */
export type Claimed =
  | { readonly kind: 'scicat' }
  | { readonly kind: 'issuer'; readonly iss: string | undefined };

export type OwnerOf<Owner extends TokenOwner> = (
  claimed: Claimed | undefined,
  app: Pick<App, 'providers'>,
) => Owner | Rejection;

/** Of several SciCats, whose tokens do not say which: the app's own. */
export function createOwnerOf<Owner extends TokenOwner>(owners: readonly Owner[]): OwnerOf<Owner> {
  const scicats = owners.filter(({ kind }) => kind === 'scicat');
  const byIssuer = new Map(
    owners.flatMap((owner) => (owner.kind === 'oidc' ? [[owner.issuer, owner] as const] : [])),
  );
  return (claimed, app) => {
    if (claimed?.kind === 'scicat')
      return scicats.find(({ provider }) => app.providers.includes(provider)) ?? scicats[0] ?? unsupported;
    if (claimed === undefined) return unsupported;
    const owner = claimed.iss === undefined ? undefined : byIssuer.get(claimed.iss);
    return owner ?? unknownIssuer(claimed.iss);
  };
}

/** @returns `undefined` for what is no JWT. */
export function readClaimed(token: string): Claimed | undefined {
  const jwt = decodeToken(token);
  if (jwt === undefined) return undefined;
  if (looksLikeScicat(jwt)) return { kind: 'scicat' };
  const { iss } = jwt.payload;
  return { kind: 'issuer', iss: typeof iss === 'string' ? iss : undefined };
}

const unsupported: Rejection = { kind: 'rejected', reason: 'credential_unsupported' };

function unknownIssuer(iss: string | undefined): Rejection {
  const found = iss === undefined ? 'missing or no text' : quote(iss);
  return { kind: 'rejected', reason: 'token_issuer_unknown', detail: `its iss is ${found}` };
}
