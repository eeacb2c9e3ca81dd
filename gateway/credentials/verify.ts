// A credential -> who it is: to the provider whose it is by its place and shape, one only, through the cache and
// within the bounds on questions.
import type { App, Authentication, Credential } from '../types.ts';
import { cacheKey, type VerdictCache } from './cache.ts';
import type { Questions } from './questions.ts';
import { looksLikeScicat } from './scicat-token.ts';

export type Verifier = {
  readonly provider: string;
  readonly kind: 'scicat';
  readonly verify: (token: string) => Promise<Authentication>;
  readonly questions: Questions;
};

export type VerifyEvents = {
  readonly cacheAnswered: (provider: string, isHit: boolean) => void;
  readonly providerAnswered: (provider: string, outcome: Authentication['kind']) => void;
  readonly providerFailed: (provider: string, error: unknown) => void;
};

export type Verify = (
  credential: Credential,
  context: { readonly app: Pick<App, 'providers'>; readonly clientAddress: string | undefined },
) => Promise<Authentication>;

/** @returns a function that throws Unavailable on an outage, and never turns one into a rejection. */
export function createVerify(
  verifiers: readonly Verifier[],
  cache: VerdictCache,
  events: VerifyEvents,
): Verify {
  const byProvider = new Map(verifiers.map((verifier) => [verifier.provider, verifier]));
  return async (credential, { app, clientAddress }) => {
    switch (credential.kind) {
      case 'absent':
        return { kind: 'absent' };
      case 'malformed':
        return { kind: 'rejected', reason: 'credential_malformed' };
      case 'basic':
        return { kind: 'rejected', reason: 'credential_unsupported' };
      case 'header':
      case 'bearer': {
        const verifier =
          credential.kind === 'header'
            ? byProvider.get(credential.provider)
            : ownerOf(credential.token, app, verifiers);
        if (verifier === undefined) return { kind: 'rejected', reason: 'credential_unsupported' };
        if (!app.providers.includes(verifier.provider))
          return { kind: 'rejected', reason: 'provider_not_accepted' };
        return verifyToken(verifier, credential.token, clientAddress, cache, events);
      }
    }
  };
}

/** A bearer token is one provider's by its shape; it is never shown to another to see whether that one takes it. */
function ownerOf(
  token: string,
  app: Pick<App, 'providers'>,
  verifiers: readonly Verifier[],
): Verifier | undefined {
  const kind = looksLikeScicat(token) ? 'scicat' : undefined;
  const fitting = verifiers.filter((verifier) => verifier.kind === kind);
  return fitting.find(({ provider }) => app.providers.includes(provider)) ?? fitting[0];
}

async function verifyToken(
  verifier: Verifier,
  token: string,
  clientAddress: string | undefined,
  cache: VerdictCache,
  events: VerifyEvents,
): Promise<Authentication> {
  const key = cacheKey(verifier.provider, token);
  const known = cache.find(key);
  events.cacheAnswered(verifier.provider, known !== undefined);
  if (known !== undefined) return known;
  return cache.fetch(key, () =>
    verifier.questions.ask(clientAddress, () => observed(verifier, token, events)),
  );
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
