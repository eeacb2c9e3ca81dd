// Exchanges a session's tokens for new ones and reads who it is now, so that groups follow. Claims that the provider leaves out
// this time stay as they were. Source: OpenID Connect Core 1.0 section 12.
import * as oidc from 'openid-client';
import type { Logger } from '../../platform/log.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import type { Claims } from '../identity/claims.ts';
import { laterClaims } from '../identity/later-claims.ts';
import type { RefreshTokens } from '../sessions/refresh.ts';
import type { Identity } from '../types.ts';
import { failed, hasGroupOverage, identityOf } from './oidc-identity.ts';
import { judge, tokensOf } from './oidc-sign-in.ts';
import type { SignInClient } from './sign-in-client.ts';

type Granted = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

export function createRefresh(
  clientOf: (provider: string) => SignInClient | undefined,
  now: () => number,
  log: Pick<Logger, 'info'>,
): RefreshTokens {
  return async ({ provider, identity }, { refreshToken }) => {
    const client = clientOf(provider);
    if (client === undefined || refreshToken === undefined) return 'refused';
    const configuration = await client.configuration();
    try {
      const granted = await oidc.refreshTokenGrant(configuration, refreshToken);
      const told = await claimsToldBy(client, configuration, granted, identity);
      const read = identityAfter(told, identity, client, log);
      if (read.kind === 'known') return { identity: read.identity, tokens: tokensOf(granted, now()) };
      const { reason, detail } = read;
      log.info({ provider, username: identity.username, reason, detail }, 'refresh rejected');
      return 'refused';
    } catch (error) {
      const failure = judge(error, client);
      // The token counts no more, or the person has to come themselves.
      if (failure.reason === 'sign_in_used' || failure.reason === 'sign_in_denied') return 'refused';
      const message = `${provider} answered a refresh with what cannot be believed: ${failure.detail}`;
      throw new Unavailable({ dependency: provider, reason: 'bad_answer', message });
    }
  };
}

/** What the new ID token and userinfo say; nothing where the provider sends neither. */
async function claimsToldBy(
  { provider }: SignInClient,
  configuration: oidc.Configuration,
  granted: Granted,
  { claims: before }: Identity,
): Promise<Claims> {
  const told: Claims = { ...granted.claims() };
  if (!provider.signIn.asksUserinfo) return told;
  const subject = typeof before.sub === 'string' ? before.sub : oidc.skipSubjectCheck;
  const informed = await oidc.fetchUserInfo(configuration, granted.access_token, subject);
  return laterClaims({ ...informed }, told, provider.claims).claims;
}

function identityAfter(
  told: Claims,
  { claims: before, username }: Identity,
  { provider }: SignInClient,
  log: Pick<Logger, 'info'>,
): ReturnType<typeof identityOf> {
  // The ID token of a refresh need not hold a nonce; one that it holds is that of the sign-in.
  if (told.nonce !== undefined && told.nonce !== before.nonce)
    return failed('sign_in_answer_invalid', 'the nonce is of another sign-in');
  if (hasGroupOverage(told, provider.claims))
    return failed('group_overage', 'the provider does not name the groups any more: there are too many');
  const { claims, kept } = laterClaims(before, told, provider.claims);
  if (kept.length > 0 && Object.keys(told).length > 0)
    log.info({ provider: provider.name, username, kept }, 'refresh leaves out claims, keeping them');
  return identityOf(claims, provider);
}
