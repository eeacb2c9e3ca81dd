// Who asks: the trust boundary. Either the gateway's signed assertion or, for set-ups that cannot have one, plain
// headers from named proxies. Nothing else says who the caller is, and the two never mix. Reads raw headers, since
// what joins repeated ones hides that somebody sent a second.
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { TimeSource } from '../platform/clock.ts';
import { KeySet } from '../platform/key-set.ts';
import { type Networks, readNetworks } from '../platform/networks.ts';
import type { Caller } from './types.ts';

export type CallerRequest = {
  /** Node's flat list: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  /** Of the connection, never from a header. */
  readonly peerAddress: string;
};

export type CallerRefusal = { readonly kind: 'refused' } & (
  | { readonly reason: 'no_identity' }
  | { readonly reason: 'repeated_identity_header'; readonly header: string }
  | { readonly reason: 'assertion_expired' }
  /** `problem` is for the log: a code of jose, or the claim. */
  | { readonly reason: 'assertion_invalid'; readonly problem: string }
  | { readonly reason: 'peer_not_trusted'; readonly peerAddress: string }
  | { readonly reason: 'identity_header_invalid'; readonly header: string }
);

export type CallerReading = { readonly kind: 'caller'; readonly caller: Caller } | CallerRefusal;

/** @throws Unavailable when the gateway's keys are needed and cannot be had. */
export type ReadCaller = (request: CallerRequest) => Promise<CallerReading>;

export type AssertionOptions = {
  /** The gateway's keys. */
  readonly jwksUrl: string;
  /** For one fetch of them. */
  readonly timeoutMs: number;
  readonly dispatcher?: Dispatcher;
  readonly clock: TimeSource;
  /** The gateway's `publicUrl`. */
  readonly issuer: string;
  /** This app's name in the gateway's file. */
  readonly audience: string;
};

/** Believes `X-Auth-Assertion` alone, whoever brings it. */
export function createAssertionReader(options: AssertionOptions): ReadCaller {
  const { jwksUrl } = options;
  const keys = new KeySet({ ...options, dependency: 'gateway', locate: async () => jwksUrl });
  return async ({ rawHeaders }) => {
    const assertions = valuesOf(rawHeaders, assertionHeader);
    const [assertion = ''] = assertions;
    if (assertions.length > 1) return repeated(assertionHeader);
    if (assertion === '') return { kind: 'refused', reason: 'no_identity' };
    return verifyAssertion(assertion, keys, options);
  };
}

/** Believes `X-Auth-Username` and its like from `trustedProxies` alone, who must remove what a client sends. */
export function createHeaderReader(trustedProxies: readonly string[]): ReadCaller {
  const trusted = readNetworks(trustedProxies);
  return async (request) => readHeaders(request, trusted);
}

const assertionHeader = 'X-Auth-Assertion';
const maxAssertionLength = 16 * 1024;
/** How far the gateway's clock may be ahead. */
const clockSkewSeconds = 10;
/** The gateway's assertions live for a minute; one that claims to live long was made for something else. */
const maxLifeSeconds = 600;

const claimsSchema = z.object({
  sub: z.string().min(1),
  username: z.string().min(1),
  realm: z.string().min(1),
  groups: z.array(z.string().min(1)),
  roles: z.array(z.string()).default([]),
  email: z.string().nullish(),
  attributes: z.record(z.string(), z.array(z.string())).default({}),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
});

async function verifyAssertion(
  assertion: string,
  keys: KeySet,
  { issuer, audience, clock }: AssertionOptions,
): Promise<CallerReading> {
  if (assertion.length > maxAssertionLength) return invalid('too long');
  // Before a key is asked for: nothing but our own kind of token is worth a question.
  const keyId = readKeyId(assertion);
  if (keyId === undefined) return invalid('header');
  const key = await keys.find({ algorithm: 'ES256', keyId });
  if (key === undefined) return invalid('unknown key');
  const nowMs = clock.now();
  try {
    const { payload } = await jwtVerify(assertion, key, {
      algorithms: ['ES256'],
      typ: 'beamgate-assertion+jwt',
      issuer,
      audience,
      requiredClaims: ['sub', 'iat', 'exp'],
      currentDate: new Date(nowMs),
    });
    return readClaims(payload, nowMs / 1000);
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { kind: 'refused', reason: 'assertion_expired' };
    if (error instanceof errors.JWTClaimValidationFailed) return invalid(`claim ${error.claim}`);
    if (error instanceof errors.JOSEError) return invalid(error.code);
    throw error;
  }
}

function readKeyId(assertion: string): string | undefined {
  try {
    const { alg, kid, crit } = decodeProtectedHeader(assertion);
    return alg === 'ES256' && crit === undefined && typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined; // What jose cannot decode is no token.
  }
}

function readClaims(payload: JWTPayload, nowSeconds: number): CallerReading {
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) return invalid(`claim ${claims.error.issues[0]?.path.join('.') ?? ''}`);
  const { sub, username, realm, groups, email, attributes, iat, exp } = claims.data;
  if (iat > nowSeconds + clockSkewSeconds || exp - iat > maxLifeSeconds) return invalid('claim iat');
  return {
    kind: 'caller',
    caller: { subject: sub, username, realm, groups, email: email ?? undefined, attributes },
  };
}

const plainHeaders = {
  username: 'X-Auth-Username',
  realm: 'X-Auth-Realm',
  groups: 'X-Auth-Groups',
  email: 'X-Auth-Email',
} as const;

function readHeaders({ rawHeaders, peerAddress }: CallerRequest, trusted: Networks): CallerReading {
  if (!trusted.has(withoutZone(peerAddress))) {
    return { kind: 'refused', reason: 'peer_not_trusted', peerAddress };
  }
  for (const header of Object.values(plainHeaders)) {
    if (valuesOf(rawHeaders, header).length > 1) return repeated(header);
  }
  const [username, realm, email] = [plainHeaders.username, plainHeaders.realm, plainHeaders.email].map(
    (header) => decode(valuesOf(rawHeaders, header)[0] ?? ''),
  );
  const groups = (valuesOf(rawHeaders, plainHeaders.groups)[0] ?? '')
    .split(',')
    .map((item) => decode(item.trim()));
  if (username === '') return { kind: 'refused', reason: 'no_identity' };
  if (username === undefined) return invalidHeader(plainHeaders.username);
  // Without its realm a name may be anybody's.
  if (realm === undefined || realm === '') return invalidHeader(plainHeaders.realm);
  if (email === undefined) return invalidHeader(plainHeaders.email);
  if (groups.includes(undefined)) return invalidHeader(plainHeaders.groups);
  return {
    kind: 'caller',
    caller: {
      // No `sub` comes this way; the realm is encoded, so that no two pairs make one subject.
      subject: `plain:${encodeURIComponent(realm)}:${username}`,
      username,
      realm,
      groups: groups.filter((group): group is string => group !== undefined && group !== ''),
      email: email === '' ? undefined : email,
      attributes: {},
    },
  };
}

/** Percent-decoded UTF-8 (contracts/forward-auth.md); `undefined` for what no gateway writes. */
function decode(value: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(value)) return undefined;
  try {
    const decoded = decodeURIComponent(value);
    return /\p{Cc}/u.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

function valuesOf(rawHeaders: readonly string[], header: string): readonly string[] {
  const wanted = header.toLowerCase();
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted);
}

/** `fe80::1%eth0` -> `fe80::1` */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

function repeated(header: string): CallerRefusal {
  return { kind: 'refused', reason: 'repeated_identity_header', header };
}

function invalid(problem: string): CallerRefusal {
  return { kind: 'refused', reason: 'assertion_invalid', problem };
}

function invalidHeader(header: string): CallerRefusal {
  return { kind: 'refused', reason: 'identity_header_invalid', header };
}
