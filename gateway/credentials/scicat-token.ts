// What can be said of a SciCat token before SciCat is asked: its shape, its algorithm, its expiry and, where the
// gateway knows the secret, its signature. Source: contracts/scicat.md, RFC 7519.
import { errors, jwtVerify } from 'jose';
import type { RejectedReason } from '../types.ts';
import { decodeToken, isTime, type Jwt } from './jwt.ts';

export type CheckedToken =
  | {
      readonly kind: 'plausible';
      readonly userId: string | undefined;
      readonly expiresAt: number | undefined;
    }
  | { readonly kind: 'rejected'; readonly reason: RejectedReason };

/** SciCat signs with HS256 and takes HS512 too; anything else was never its own. */
const algorithms = ['HS256', 'HS512'];

/** Whether a bearer token may be SciCat's at all: it carries no issuer, and a shared secret signs it. */
export function looksLikeScicat({ header, payload }: Jwt): boolean {
  return hasScicatAlgorithm(header) && payload.iss === undefined;
}

function hasScicatAlgorithm({ alg }: Jwt['header']): boolean {
  return typeof alg === 'string' && algorithms.includes(alg);
}

/** @param nowMs epoch milliseconds. */
export async function checkScicatToken(
  token: string,
  secret: Uint8Array | undefined,
  nowMs: number,
): Promise<CheckedToken> {
  const decoded = decodeToken(token);
  if (decoded === undefined || decoded.header.crit !== undefined || !hasScicatAlgorithm(decoded.header))
    return { kind: 'rejected', reason: 'token_malformed' };
  if (secret !== undefined) {
    const rejected = await verifySignature(token, secret, nowMs);
    if (rejected !== undefined) return { kind: 'rejected', reason: rejected };
  }
  const { exp, nbf, _id: userId } = decoded.payload;
  if (!isTimeOrAbsent(exp) || !isTimeOrAbsent(nbf)) return { kind: 'rejected', reason: 'token_malformed' };
  if (exp !== undefined && exp * 1000 <= nowMs) return { kind: 'rejected', reason: 'token_expired' };
  if (nbf !== undefined && nbf * 1000 > nowMs) return { kind: 'rejected', reason: 'token_not_yet_valid' };
  return { kind: 'plausible', userId: typeof userId === 'string' ? userId : undefined, expiresAt: exp };
}

function isTimeOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || isTime(value);
}

async function verifySignature(
  token: string,
  secret: Uint8Array,
  nowMs: number,
): Promise<RejectedReason | undefined> {
  try {
    await jwtVerify(token, secret, { algorithms, currentDate: new Date(nowMs) });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'token_expired';
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'token_signature_invalid';
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf')
      return error.reason === 'check_failed' ? 'token_not_yet_valid' : 'token_malformed';
    if (error instanceof errors.JOSEError) return 'token_malformed';
    throw error;
  }
}
