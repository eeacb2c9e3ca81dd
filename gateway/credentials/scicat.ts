// The verifier of SciCat tokens: cheap checks first, then SciCat's word for who it is. It answers a verdict or throws
// an outage; it remembers nothing. Source of every hazard named here: contracts/scicat.md.
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { machineClock, type TimeSource } from '../../platform/clock.ts';
import type { CaFile } from '../../platform/config/ca-file.ts';
import type { Secret } from '../../platform/config/secrets.ts';
import { parseAnswer, send } from '../../platform/outgoing.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { type ClaimRules, readClaims } from '../identity/read-claims.ts';
import type { Authentication, Rejection } from '../types.ts';
import { type CheckedToken, checkScicatToken } from './scicat-token.ts';

export type ScicatProvider = {
  readonly kind: 'scicat';
  readonly name: string;
  readonly realm: string;
  /** Without `/api/vN` and without a final slash. */
  readonly url: string;
  readonly caFile: CaFile | undefined;
  readonly jwtSecret: Secret | undefined;
  /** The header, lower case, in which its tokens come besides `Authorization: Bearer`. */
  readonly header: string;
  readonly claims: ClaimRules;
  readonly timeoutMs: number;
  /** A 401 that took longer is no verdict: SciCat answers valid tokens so when its database is gone. */
  readonly slowRefusalMs: number;
};

export type ScicatParts = {
  readonly dispatcher?: Dispatcher;
  readonly clock?: TimeSource;
};

const maxAnswerBytes = 1_048_576;
const claimsSchema = z.record(z.string(), z.unknown());

/** What a token says before SciCat is asked; `userId`: only where the signature proves that SciCat said it. */
export type Precheck = { readonly kind: 'plausible'; readonly userId: string | undefined } | Rejection;

/** @returns a function that checks a token as far as that needs no request. */
export function createScicatCheck(
  { jwtSecret }: Pick<ScicatProvider, 'jwtSecret'>,
  { clock = machineClock }: Pick<ScicatParts, 'clock'> = {},
): (token: string) => Precheck {
  const secret = secretBytes(jwtSecret);
  return (token) => {
    const checked = checkScicatToken(token, secret, clock.now());
    if (checked.kind === 'rejected') return checked;
    return { kind: 'plausible', userId: secret === undefined ? undefined : checked.userId };
  };
}

/** @returns a function that gives a token's verdict. @throws Unavailable when SciCat does not answer, or not sensibly. */
export function createScicatVerifier(
  provider: ScicatProvider,
  { dispatcher, clock = machineClock }: ScicatParts = {},
): (token: string) => Promise<Authentication> {
  const secret = secretBytes(provider.jwtSecret);
  return async (token) => {
    const checked = checkScicatToken(token, secret, clock.now());
    return checked.kind === 'rejected' ? checked : askScicat(provider, token, checked, { dispatcher, clock });
  };
}

function secretBytes(jwtSecret: Secret | undefined): Uint8Array | undefined {
  return jwtSecret === undefined ? undefined : new TextEncoder().encode(jwtSecret.reveal());
}

async function askScicat(
  provider: ScicatProvider,
  token: string,
  checked: Extract<CheckedToken, { kind: 'plausible' }>,
  {
    dispatcher,
    clock,
  }: { readonly dispatcher: Dispatcher | undefined; readonly clock: Pick<TimeSource, 'elapsed'> },
): Promise<Authentication> {
  const askedAtMs = clock.elapsed();
  const answer = await send({
    dependency: provider.name,
    method: 'GET',
    url: `${provider.url}/api/v3/users/my/identity`,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    timeoutMs: provider.timeoutMs,
    maxBytes: maxAnswerBytes,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  if (answer.status === 401) return judgeRefusal(provider, clock.elapsed() - askedAtMs);
  if (answer.status !== 200)
    throw outage(provider, 'server_error', `answered ${answer.status} for an identity`);
  // A valid signature over an unknown user, the anonymous token among them: 200 with nothing in it.
  if (answer.body.trim() === '') return { kind: 'rejected', reason: 'token_anonymous' };
  return readIdentity(provider, checked, parseAnswer(provider.name, claimsSchema.nullable(), answer));
}

function judgeRefusal(provider: ScicatProvider, tookMs: number): Authentication {
  if (tookMs <= provider.slowRefusalMs) return { kind: 'rejected', reason: 'token_refused' };
  throw outage(
    provider,
    'timeout',
    `answered 401 only after ${Math.round(tookMs)} ms, as it does when its database is down`,
  );
}

function readIdentity(
  provider: ScicatProvider,
  checked: Extract<CheckedToken, { kind: 'plausible' }>,
  claims: z.output<typeof claimsSchema> | null,
): Authentication {
  if (claims === null) return { kind: 'rejected', reason: 'token_anonymous' };
  const read = readClaims(claims, provider.claims);
  if (read.kind === 'unknown') return { kind: 'rejected', reason: 'token_anonymous', detail: read.detail };
  if (checked.userId !== undefined && checked.userId !== read.person.id) {
    throw outage(
      provider,
      'bad_answer',
      'answered with the identity of another user than the token names; is there a cache in between?',
    );
  }
  const { name, realm } = provider;
  const identity = { provider: name, realm, ...read.person, expiresAt: checked.expiresAt };
  return { kind: 'verified', identity };
}

function outage(
  provider: ScicatProvider,
  reason: 'server_error' | 'timeout' | 'bad_answer',
  what: string,
): Unavailable {
  return new Unavailable({
    dependency: provider.name,
    reason,
    message: `${provider.name} (${provider.url}) ${what}`,
  });
}
