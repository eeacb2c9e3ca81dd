// A session's tokens exchanged for new ones, and who it is now according to them: groups follow. Source: OpenID Connect
// Core 1.0 section 12.
import * as oidc from 'openid-client';
import { Unavailable } from '../../platform/unavailable.ts';
import type { RefreshTokens } from '../sessions/refresh.ts';
import { identityOf } from './oidc-identity.ts';
import { judge, tokensOf } from './oidc-sign-in.ts';
import type { SignInClient } from './sign-in-client.ts';

export function createRefresh(
  clientOf: (provider: string) => SignInClient | undefined,
  now: () => number,
): RefreshTokens {
  return async ({ provider, identity }, { refreshToken }) => {
    const client = clientOf(provider);
    if (client === undefined || refreshToken === undefined) return 'refused';
    const configuration = await client.configuration();
    try {
      const granted = await oidc.refreshTokenGrant(configuration, refreshToken);
      const claims = await claimsAfter(client, configuration, granted, identity.claims);
      // One that stands there has to be that of the sign-in.
      if (claims.nonce !== identity.claims.nonce) return 'refused';
      const read = identityOf(claims, client.provider);
      if (read.kind === 'failed') return 'refused';
      return { identity: read.identity, tokens: tokensOf(granted, now()) };
    } catch (error) {
      const failure = judge(error, client);
      // The token counts no more, or the person has to come themselves.
      if (failure.reason === 'sign_in_used' || failure.reason === 'sign_in_denied') return 'refused';
      const message = `${provider} answered a refresh with what cannot be believed: ${failure.detail}`;
      throw new Unavailable({ dependency: provider, reason: 'bad_answer', message });
    }
  };
}

/** An answer without an ID token leaves what was known, but for what userinfo says. */
async function claimsAfter(
  client: SignInClient,
  configuration: oidc.Configuration,
  granted: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
  before: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> | undefined = granted.claims();
  const subject = typeof before.sub === 'string' ? before.sub : oidc.skipSubjectCheck;
  const informed = client.provider.signIn.asksUserinfo
    ? await oidc.fetchUserInfo(configuration, granted.access_token, subject)
    : {};
  if (told === undefined) return { ...before, ...informed };
  return { ...informed, nonce: before.nonce, ...told };
}
