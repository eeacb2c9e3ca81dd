// What a logout token says -> whose sessions end, or why it is none. No I/O and no clock. Source: OpenID Connect
// Back-Channel Logout 1.0 sections 2.4 and 2.6; RFC 8417 section 2.2 (`events`).
import { isTime, type Jwt } from '../credentials/jwt.ts';
import { isFor } from '../credentials/oidc-claims.ts';
import { textAt } from '../identity/claims.ts';

/** `sid` names one session, `subject` a person: one of them is there, and where both are, both have to fit. */
export type Logout = {
  readonly sid: string | undefined;
  readonly subject: string | undefined;
  /** It counts once. */
  readonly jti: string;
  /** Until then it has to be remembered, epoch seconds. */
  readonly knownUntil: number;
};

export type LogoutFlaw =
  | 'unreadable'
  | 'algorithm'
  | 'type'
  | 'key_unknown'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'times'
  | 'event'
  | 'nonce'
  | 'jti'
  | 'whose'
  | 'seen_before';

export type LogoutJudge = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clockSkewSeconds: number;
};

/** The JOSE header's `typ`; older providers write the same as for any JWT. */
export const logoutTypes: ReadonlySet<unknown> = new Set(['logout+jwt', 'jwt', undefined]);

const event = 'http://schemas.openid.net/event/backchannel-logout';

/** One without `exp`, as before the final version of the specification, is good for so long. */
const maxAgeSeconds = 120;

/** @param payload whose signature is verified. @param nowSeconds epoch seconds. */
export function judgeLogout(
  payload: Jwt['payload'],
  { issuer, clientId, clockSkewSeconds }: LogoutJudge,
  nowSeconds: number,
): Logout | LogoutFlaw {
  if (payload.iss !== issuer) return 'issuer';
  if (!isFor(payload, new Set([clientId]))) return 'audience';
  const until = endOf(payload, nowSeconds + clockSkewSeconds);
  if (until === undefined || until + clockSkewSeconds <= nowSeconds) return 'times';
  if (!isObject(payload.events) || !isObject(payload.events[event])) return 'event';
  if (payload.nonce !== undefined) return 'nonce';
  const jti = textAt(payload, 'jti');
  if (jti === undefined || jti === '') return 'jti';
  const [sid, subject] = [payload.sid, payload.sub];
  if (!isNameOrAbsent(sid) || !isNameOrAbsent(subject) || (sid ?? subject) === undefined) return 'whose';
  return { sid, subject, jti, knownUntil: until + clockSkewSeconds };
}

/** Epoch seconds; `undefined` where a time is none, or lies in the future. */
function endOf({ iat, exp, nbf }: Jwt['payload'], latestSeconds: number): number | undefined {
  if (!isTime(iat) || iat > latestSeconds) return undefined;
  if (nbf !== undefined && (!isTime(nbf) || nbf > latestSeconds)) return undefined;
  if (exp === undefined) return iat + maxAgeSeconds;
  return isTime(exp) ? exp : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNameOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '');
}
