// A credential -> who it is: to the provider whose it is by its place and shape, one only, through the cache and
// within the bounds on questions.
import { andThen, type NowOrLater } from '../../platform/now-or-later.ts';
import type { Session } from '../sessions/session.ts';
import type { App, Authentication, Credential } from '../types.ts';
import { cacheKey, type VerdictCache } from './cache.ts';
import { isFor, wrongAudience } from './oidc-claims.ts';
import { createOwnerOf, type TokenOwner } from './owner.ts';
import type { Asker, Questions } from './questions.ts';
import { createRecentTokens, type RecentTokens, type SeenToken } from './recent-tokens.ts';
import type { Precheck } from './scicat.ts';

export type Verifier = {
  readonly verify: (token: string) => Promise<Authentication>;
  /** Under which its verdicts are kept, where they outlive a reload; default: the provider's name. */
  readonly cacheName?: string;
} & (
  | ScicatOwner
  // No question about a token: the issuer's keys are fetched once for all.
  | Extract<TokenOwner, { kind: 'oidc' }>
);

type ScicatOwner = Extract<TokenOwner, { kind: 'scicat' }> & {
  /** What can be said of a token without a request to SciCat. */
  readonly check: (token: string) => Precheck;
  readonly questions: Questions;
};

export type VerifyEvents = {
  readonly cacheAnswered: (provider: string, isHit: boolean) => void;
  readonly providerAnswered: (provider: string, outcome: Authentication['kind']) => void;
  readonly providerFailed: (provider: string, error: unknown) => void;
};

export type Verify = (
  credential: Credential,
  context: { readonly app: AcceptingApp; readonly clientAddress: string | undefined },
) => NowOrLater<Authentication>;

export type AcceptingApp = Pick<App, 'providers' | 'acceptTokensFor'>;

/** The session of a cookie's id on a host, if it lives. @throws Unavailable */
export type FindSession = (id: string, host: string) => NowOrLater<Session | undefined>;

/** @returns a function that rejects with Unavailable on an outage, and never turns one into a rejection. */
export function createVerify(
  verifiers: readonly Verifier[],
  cache: VerdictCache,
  events: VerifyEvents,
  findSession: FindSession,
): Verify {
  const byProvider = new Map(verifiers.map((verifier) => [verifier.provider, verifier]));
  const ownerOf = createOwnerOf(verifiers);
  const tokens = createRecentTokens();
  const memory: Memory = { cache, tokens };
  return (credential, { app, clientAddress }) => {
    switch (credential.kind) {
      case 'absent':
        return { kind: 'absent' };
      case 'malformed':
        return { kind: 'rejected', reason: 'credential_malformed' };
      case 'basic':
        return { kind: 'rejected', reason: 'credential_unsupported' };
      case 'session':
        return andThen(findSession(credential.id, credential.host), verifySession);
      case 'header':
      case 'bearer': {
        const seen = tokens.read(credential.token);
        const verifier =
          credential.kind === 'header' ? byProvider.get(credential.provider) : ownerOf(seen.claimed, app);
        if (verifier === undefined) return { kind: 'rejected', reason: 'credential_unsupported' };
        if ('reason' in verifier) return verifier;
        if (!app.providers.includes(verifier.provider))
          return { kind: 'rejected', reason: 'provider_not_accepted' };
        const cacheName = verifier.cacheName ?? verifier.provider;
        const known = findVerdict(credential.token, seen, cacheName, memory);
        events.cacheAnswered(verifier.provider, known !== undefined);
        const asked = { token: credential.token, key: cacheKey(cacheName, seen.digest), clientAddress };
        return andThen(known ?? verifyToken(verifier, asked, cache, events), (verdict) =>
          narrow(verdict, app),
        );
      }
    }
  };
}

type Memory = { readonly cache: VerdictCache; readonly tokens: RecentTokens };

/** The one that was given of the token a moment ago, or the one that is kept by its digest. */
function findVerdict(
  token: string,
  seen: SeenToken,
  cacheName: string,
  { cache, tokens }: Memory,
): Authentication | undefined {
  const last = seen.verdict;
  if (last?.of === cacheName && cache.counts(last.given)) return last.given.authentication;
  const given = cache.find(cacheKey(cacheName, seen.digest));
  if (given === undefined) return undefined;
  if (last === undefined) tokens.remember(token, seen);
  seen.verdict = { of: cacheName, given };
  return given.authentication;
}

/** A cookie that names no live session is absent: whoever holds it is a browser that has to sign in. */
function verifySession(session: Session | undefined): Authentication {
  if (session === undefined) return { kind: 'absent' };
  const { identity, authTimeMs, acr } = session;
  return { kind: 'verified', identity, signIn: { authTimeMs, acr } };
}

/** The verdict is the same for every app; whether the token was issued for this one is not. */
function narrow(verdict: Authentication, { acceptTokensFor }: AcceptingApp): Authentication {
  if (verdict.kind !== 'verified') return verdict;
  const audiences = acceptTokensFor.get(verdict.identity.provider);
  if (audiences === undefined || isFor(verdict.identity.claims, audiences)) return verdict;
  return wrongAudience(verdict.identity.claims, audiences);
}

type AskedToken = {
  readonly token: string;
  /** Of its verdict in the cache. */
  readonly key: string;
  readonly clientAddress: string | undefined;
};

function verifyToken(
  verifier: Verifier,
  asked: AskedToken,
  cache: VerdictCache,
  events: VerifyEvents,
): Promise<Authentication> {
  return cache.fetch(asked.key, () =>
    verifier.kind === 'oidc' ? verifier.verify(asked.token) : askScicat(verifier, asked, cache, events),
  );
}

async function askScicat(
  verifier: Verifier & ScicatOwner,
  asked: AskedToken,
  cache: VerdictCache,
  events: VerifyEvents,
): Promise<Authentication> {
  // Before the queue: a token that is rejected here takes nobody's turn.
  const checked = verifier.check(asked.token);
  if (checked.kind === 'rejected') return checked;
  const asker = askerOf(checked, asked, cache);
  return verifier.questions.ask(asker, () => observed(verifier, asked.token, events));
}

/** By the user where the signature, or an earlier verdict, proves whose the token is; else by the client's address. */
function askerOf(
  { userId }: Extract<Precheck, { kind: 'plausible' }>,
  { key, clientAddress }: AskedToken,
  cache: VerdictCache,
): Asker {
  const id = userId ?? cache.lastUserOf(key);
  return id === undefined ? { kind: 'address', address: clientAddress } : { kind: 'user', id };
}

async function observed(verifier: Verifier, token: string, events: VerifyEvents): Promise<Authentication> {
  try {
    const authentication = await verifier.verify(token);
    events.providerAnswered(verifier.provider, authentication.kind);
    return authentication;
  } catch (error) {
    events.providerFailed(verifier.provider, error);
    throw error;
  }
}
