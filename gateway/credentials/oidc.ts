// The verifier of an OIDC issuer's JWTs: shape, algorithm and times first, then the signature by the issuer's keys,
// then what it says. It answers a verdict or throws an outage; it remembers nothing but the keys.
import { compactVerify, errors } from 'jose';
import type { Dispatcher } from 'undici';
import { machineClock, type TimeSource } from '../../platform/clock.ts';
import type { CaFile } from '../../platform/config/ca-file.ts';
import { KeySet, type KeySetOptions } from '../../platform/key-set.ts';
import type { ClaimRules } from '../identity/read-claims.ts';
import type { Authentication, RejectedReason } from '../types.ts';
import { decodeToken, isUnambiguous } from './jwt.ts';
import { judgeClaims, judgeTimes, readHeader, type TokenHeader } from './oidc-claims.ts';
import { locateKeys } from './oidc-discovery.ts';

export type OidcProvider = {
  readonly kind: 'oidc';
  readonly name: string;
  readonly realm: string;
  /** What `iss` of its tokens says, to the letter. */
  readonly issuer: string;
  readonly caFile: CaFile | undefined;
  /** Its keys, where discovery is not to be asked. */
  readonly jwksUrl: string | undefined;
  /** A token's `aud` has to name one of these. */
  readonly acceptTokensFor: ReadonlySet<string>;
  readonly acceptIdTokens: boolean;
  readonly claims: ClaimRules;
  readonly clockSkewSeconds: number;
  readonly timeoutMs: number;
};

export type OidcParts = {
  readonly dispatcher?: Dispatcher;
  readonly clock?: TimeSource;
  /** Of its keys: nothing else is asked of an issuer. */
  readonly events?: NonNullable<KeySetOptions['events']>;
};

/** @returns a function that gives a token's verdict. @throws Unavailable when the issuer's keys are needed and cannot be had. */
export function createOidcVerifier(
  provider: OidcProvider,
  parts: OidcParts = {},
): (token: string) => Promise<Authentication> {
  const { clock = machineClock } = parts;
  const keys = openKeySet(provider, parts);
  return async (token) => {
    const jwt = decodeToken(token);
    if (jwt === undefined) return rejected('token_malformed');
    const header = readHeader(jwt.header);
    if (typeof header === 'string') return rejected(header);
    if (!isUnambiguous(token)) return rejected('token_malformed');
    const reason =
      judgeTimes(jwt.payload, provider, Math.floor(clock.now() / 1000)) ??
      (await judgeSignature(token, header, keys));
    return reason === undefined ? judgeClaims(jwt.payload, provider) : rejected(reason);
  };
}

/** The issuer's keys: fetched when one is first needed, and kept for a while. */
export function openKeySet(
  provider: Pick<OidcProvider, 'name' | 'issuer' | 'jwksUrl' | 'timeoutMs'>,
  parts: OidcParts,
): KeySet {
  const { name: dependency, timeoutMs } = provider;
  const locate = () => locateKeys(provider, parts.dispatcher);
  return new KeySet({ dependency, locate, timeoutMs, ...parts });
}

/** @returns why it is not signed by one of the keys. @throws Unavailable when they cannot be had. */
export async function judgeSignature(
  token: string,
  header: TokenHeader,
  keys: KeySet,
): Promise<RejectedReason | undefined> {
  const key = await keys.find(header);
  if (key === undefined) return 'token_key_unknown';
  try {
    await compactVerify(token, key, { algorithms: [header.algorithm] });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'token_signature_invalid';
    if (error instanceof errors.JOSEError) return 'token_malformed';
    throw error;
  }
}

function rejected(reason: RejectedReason): Authentication {
  return { kind: 'rejected', reason };
}
