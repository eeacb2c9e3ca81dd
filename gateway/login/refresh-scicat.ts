// Asks SciCat again who a session of its form is, by the token of the sign-in: groups follow, and a removed account ends the
// session. Sessions of other providers are refreshed as before.
import type { RefreshTokens } from '../sessions/refresh.ts';
import { identityCountsMs, type ScicatAccounts } from './scicat-accounts.ts';

/** @param accountsOf a provider of kind `scicat` that signs people in. @param others refreshes all other sessions. */
export function withScicat(
  accountsOf: (provider: string) => Pick<ScicatAccounts, 'identify'> | undefined,
  others: RefreshTokens,
  now: () => number,
): RefreshTokens {
  return async (session, tokens) => {
    const accounts = accountsOf(session.provider);
    if (accounts === undefined) return others(session, tokens);
    const identity = tokens.refreshToken && (await accounts.identify(tokens.refreshToken));
    if (!identity) return 'refused';
    return { identity, tokens: { ...tokens, accessExpiresAtMs: now() + identityCountsMs } };
  };
}
