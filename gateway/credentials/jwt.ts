// A JWT taken apart. Nothing here is verified: what it says of itself decides who is to verify it, and no more.
import { decodeJwt, decodeProtectedHeader, errors } from 'jose';
import { repeatsAKey } from '../../platform/json-keys.ts';
import { ownCopy } from '../../platform/own-copy.ts';
import type { Claims } from '../identity/claims.ts';

export type Jwt = { readonly header: Claims; readonly payload: Claims };

/** @returns `undefined` for what is no JWS in compact form (RFC 7515 section 7.1) with a JSON object in UTF-8 in it. */
export function decodeToken(token: string): Jwt | undefined {
  try {
    return { header: { ...decodeProtectedHeader(token) }, payload: decodeJwt(token) };
  } catch (error) {
    // jose throws TypeError for what is no JWS, JWTInvalid for a payload that is no object.
    if (error instanceof TypeError || error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/**
 * Whether everybody reads the same in it: base64url without foreign characters, and no key twice in one object (RFC
 * 7519 section 4 leaves open which of two counts).
 * @param token which could be decoded.
 */
export function isUnambiguous(token: string): boolean {
  const parts = token.split('.');
  return parts.every((part) => /^[\w-]+$/.test(part)) && !parts.slice(0, 2).map(decodeText).some(repeatsAKey);
}

/** A NumericDate (RFC 7519 section 2), epoch seconds. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A value of a token for a log line: bounded, since anybody can write a token, and kept apart from the rest of it. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length <= 200 ? text : `${ownCopy(text.slice(0, 200))}…`;
}

function decodeText(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}
