// Whose a bearer token is, by its shape and by the issuer that it names. Nothing is verified yet; it is never shown to
// another provider to see whether that one takes it.
import type { App, Rejection } from '../types.ts';
import { decodeToken, quote } from './jwt.ts';
import { looksLikeScicat } from './scicat-token.ts';

export type TokenOwner =
  | { readonly provider: string; readonly kind: 'scicat' }
  | { readonly provider: string; readonly kind: 'oidc'; readonly issuer: string };

export type OwnerOf<Owner extends TokenOwner> = (
  token: string,
  app: Pick<App, 'providers'>,
) => Owner | Rejection;

/** Of several SciCats, whose tokens do not say which: the app's own. */
export function createOwnerOf<Owner extends TokenOwner>(owners: readonly Owner[]): OwnerOf<Owner> {
  const scicats = owners.filter(({ kind }) => kind === 'scicat');
  const byIssuer = new Map(
    owners.flatMap((owner) => (owner.kind === 'oidc' ? [[owner.issuer, owner] as const] : [])),
  );
  return (token, app) => {
    const jwt = decodeToken(token);
    if (jwt === undefined) return unsupported;
    if (looksLikeScicat(jwt)) {
      const owner = scicats.find(({ provider }) => app.providers.includes(provider)) ?? scicats[0];
      return owner ?? unsupported;
    }
    const { iss } = jwt.payload;
    return (typeof iss === 'string' ? byIssuer.get(iss) : undefined) ?? unknownIssuer(iss);
  };
}

const unsupported: Rejection = { kind: 'rejected', reason: 'credential_unsupported' };

function unknownIssuer(iss: unknown): Rejection {
  return { kind: 'rejected', reason: 'token_issuer_unknown', detail: `its iss is ${quote(iss)}` };
}
