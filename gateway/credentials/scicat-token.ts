// What can be said of a SciCat token before SciCat is asked: its shape, its algorithm, its expiry and, where the
// gateway knows the secret, its signature. Source: contracts/scicat.md, RFC 7519.
import { createHmac, timingSafeEqual } from 'node:crypto';
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
const hashes: ReadonlyMap<unknown, string> = new Map([
  ['HS256', 'sha256'],
  ['HS512', 'sha512'],
]);

/** Whether a bearer token may be SciCat's at all: it carries no issuer, and a shared secret signs it. */
export function looksLikeScicat({ header, payload }: Jwt): boolean {
  return hashes.has(header.alg) && payload.iss === undefined;
}

/** @param nowMs epoch milliseconds. */
export function checkScicatToken(token: string, secret: Uint8Array | undefined, nowMs: number): CheckedToken {
  const decoded = decodeToken(token);
  const hash = hashes.get(decoded?.header.alg);
  if (decoded === undefined || decoded.header.crit !== undefined || hash === undefined)
    return { kind: 'rejected', reason: 'token_malformed' };
  if (secret !== undefined && !isSigned(token, hash, secret))
    return { kind: 'rejected', reason: 'token_signature_invalid' };
  const { exp, nbf, iat, _id: userId } = decoded.payload;
  if (!isTimeOrAbsent(exp) || !isTimeOrAbsent(nbf) || !isTimeOrAbsent(iat))
    return { kind: 'rejected', reason: 'token_malformed' };
  if (exp !== undefined && exp * 1000 <= nowMs) return { kind: 'rejected', reason: 'token_expired' };
  if (nbf !== undefined && nbf * 1000 > nowMs) return { kind: 'rejected', reason: 'token_not_yet_valid' };
  return { kind: 'plausible', userId: typeof userId === 'string' ? userId : undefined, expiresAt: exp };
}

function isTimeOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || isTime(value);
}

/**
 * RFC 7515 section 5.2, RFC 7518 section 3.2. In this turn: a library's check waits for another thread, which takes
 * ten times as long, and whoever floods the gateway with forged tokens chooses how often.
 */
function isSigned(token: string, hash: string, secret: Uint8Array): boolean {
  const at = token.lastIndexOf('.');
  const expected = Buffer.from(createHmac(hash, secret).update(token.slice(0, at)).digest('base64url'));
  const found = Buffer.from(token.slice(at + 1));
  return expected.length === found.length && timingSafeEqual(expected, found);
}
