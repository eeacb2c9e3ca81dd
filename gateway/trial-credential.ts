// How somebody who is only said to be there proves it: the credential as it would stand in the request, and what is made
// of it. Nobody is asked, and it is good for nothing elsewhere.
import type { ProviderHeaders } from './credentials/read.ts';
import type { Verify } from './credentials/verify.ts';
import { type CookieRules, cookiePlace } from './sessions/cookies.ts';
import type { App, Authentication, CredentialKind, ForwardedRequest, Identity, RawHeaders } from './types.ts';

export type Somebody = {
  readonly user: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  /** `undefined`: that of the app's first provider. */
  readonly realm: string | undefined;
  readonly acr?: string | undefined;
  /** What a provider's claims say besides; without: nothing. */
  readonly person?: Omit<Identity, 'provider' | 'realm' | 'expiresAt'> | undefined;
};

export type TrialProvider = {
  readonly name: string;
  readonly realm: string;
  /** Where its tokens stand besides `Authorization`, lower case. */
  readonly header?: string;
};

/** @returns the headers that carry it, none where no provider has a header of its own. */
export function presentCredential(
  kind: CredentialKind,
  request: Pick<ForwardedRequest, 'scheme' | 'host'>,
  { cookies, providers }: { readonly cookies: CookieRules; readonly providers: readonly TrialProvider[] },
): RawHeaders {
  switch (kind) {
    case 'bearer':
      return ['Authorization', 'Bearer trial'];
    case 'basic':
      return ['Authorization', 'Basic dHJpYWw='];
    case 'session':
      return ['Cookie', `${cookiePlace(cookies, request).name}=${'t'.repeat(43)}`];
    case 'header': {
      const header = providers.find((provider) => provider.header !== undefined)?.header;
      return header === undefined ? [] : [header, 'trial'];
    }
  }
}

export function providerHeadersOf(providers: readonly TrialProvider[]): ProviderHeaders {
  return new Map(
    providers.flatMap(({ name, header }) => (header === undefined ? [] : [[header, name] as const])),
  );
}

/** @param isPresented whether the request carries a credential; if not, whatever kind the rule reads is as good. */
export function verifyAs(
  who: Somebody | undefined,
  providers: readonly TrialProvider[],
  isPresented: boolean,
): Verify {
  return async (credential, { app }) => {
    if (credential.kind === 'absent' && (isPresented || who === undefined)) return { kind: 'absent' };
    if (credential.kind === 'malformed') return { kind: 'rejected', reason: 'credential_malformed' };
    if (credential.kind === 'basic') return { kind: 'rejected', reason: 'credential_unsupported' };
    if (who === undefined) return { kind: 'rejected', reason: 'token_refused' };
    return identify(who, app, credential.kind === 'header' ? credential.provider : undefined, providers);
  };
}

function identify(
  who: Somebody,
  app: Pick<App, 'providers'>,
  named: string | undefined,
  providers: readonly TrialProvider[],
): Authentication {
  const provider = providers.find(
    ({ name, realm }) =>
      app.providers.includes(name) &&
      (named === undefined || named === name) &&
      (who.realm === undefined || realm === who.realm),
  );
  if (provider === undefined) return { kind: 'rejected', reason: 'provider_not_accepted' };
  const { user, groups, roles } = who;
  const plain = { id: user, username: user, groups, roles, email: undefined, name: undefined, claims: {} };
  const identity = who.person ?? plain;
  return {
    kind: 'verified',
    identity: { ...identity, provider: provider.name, realm: provider.realm, expiresAt: undefined },
    // Just now.
    signIn: { authTimeMs: 0, acr: who.acr },
  };
}
