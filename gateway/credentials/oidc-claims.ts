// What an OIDC issuer's token says -> why it is no access token for us, or whose it is. Sources: RFC 7519 section 4,
// RFC 9068 section 4, RFC 8725 section 3. No I/O and no clock.
import { readClaims } from '../identity/read-claims.ts';
import type { Authentication, RejectedReason, Rejection } from '../types.ts';
import { isTime, type Jwt, quote } from './jwt.ts';
import type { OidcProvider } from './oidc.ts';

export type TokenHeader = { readonly algorithm: string; readonly keyId: string | undefined };

/** Asymmetric ones alone: what verifies a signature with a shared secret can make one. */
const algorithms: ReadonlySet<unknown> = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
]);

/** The JOSE header's `typ` of an access token (RFC 9068 section 2.1), or of a JWT that does not say what it is for. */
const accessTypes: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'at+jwt']);

/** `jku`, `x5u`, `jwk` and `x5c` are not looked at: the keys are those that the issuer publishes. */
export function readHeader(
  { alg, crit, kid, typ }: Jwt['header'],
  types: ReadonlySet<unknown> = accessTypes,
): TokenHeader | RejectedReason {
  if (typeof alg !== 'string' || !algorithms.has(alg)) return 'token_algorithm';
  // Whatever has to be understood to verify it: nothing of the kind is.
  if (crit !== undefined || (kid !== undefined && typeof kid !== 'string')) return 'token_malformed';
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ;
  return types.has(type) ? { algorithm: alg, keyId: kid } : 'token_not_access';
}

/** @param nowSeconds epoch seconds. */
export function judgeTimes(
  { exp, nbf, iat }: Jwt['payload'],
  { clockSkewSeconds }: Pick<OidcProvider, 'clockSkewSeconds'>,
  nowSeconds: number,
): RejectedReason | undefined {
  if (exp === undefined) return 'token_expiry_missing';
  const begins = [nbf, iat].filter((time) => time !== undefined);
  if (!isTime(exp) || !begins.every(isTime)) return 'token_malformed';
  if (exp + clockSkewSeconds <= nowSeconds) return 'token_expired';
  if (begins.some((time) => time > nowSeconds + clockSkewSeconds)) return 'token_not_yet_valid';
  return undefined;
}

/** Of a payload whose signature is verified: what it is for, and whose it is. */
export function judgeClaims(payload: Jwt['payload'], provider: OidcProvider): Authentication {
  if (payload.iss !== provider.issuer) return rejected('token_issuer_unknown', 'iss is of another provider');
  if (!isAccessToken(payload, provider))
    return rejected('token_not_access', `typ is ${quote(payload.typ)}, or it has at_hash, c_hash or events`);
  if (!isFor(payload, provider.acceptTokensFor)) return wrongAudience(payload, provider.acceptTokensFor);
  return readIdentity(payload, provider);
}

export function wrongAudience({ aud }: Jwt['payload'], accepted: ReadonlySet<string>): Rejection {
  return rejected('token_audience', `aud is ${quote(aud)}, accepted are ${quote([...accepted])}`);
}

/** Whether `aud` names one of the audiences. */
export function isFor({ aud }: Jwt['payload'], audiences: ReadonlySet<string>): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.some((audience) => typeof audience === 'string' && audiences.has(audience));
}

/** Payload `typ` is Keycloak's. Older Keycloaks put `nonce` into access tokens too, so that alone means nothing. */
function isAccessToken(
  payload: Jwt['payload'],
  { acceptIdTokens }: Pick<OidcProvider, 'acceptIdTokens'>,
): boolean {
  const { typ, at_hash, c_hash, events } = payload;
  if (events !== undefined) return false;
  const isIdToken = typ === 'ID' || at_hash !== undefined || c_hash !== undefined;
  return (typ === undefined || typ === 'Bearer' || typ === 'ID') && (acceptIdTokens || !isIdToken);
}

/** @returns rejected where it does not say whose it is, or says it by an address that nobody has verified. */
export function readIdentity(
  payload: Jwt['payload'],
  provider: Pick<OidcProvider, 'name' | 'realm' | 'claims' | 'clockSkewSeconds'>,
): Authentication {
  const { claims: rules, clockSkewSeconds, name, realm } = provider;
  const read = readClaims(payload, rules);
  if (read.kind === 'unknown') return rejected(read.reason, read.detail);
  const expiresAt = isTime(payload.exp) ? payload.exp + clockSkewSeconds : undefined;
  return { kind: 'verified', identity: { provider: name, realm, ...read.person, expiresAt } };
}

function rejected(reason: RejectedReason, detail: string): Rejection {
  return { kind: 'rejected', reason, detail };
}
