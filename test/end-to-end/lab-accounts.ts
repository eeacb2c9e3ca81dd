// The test identity provider as an entry of the gateway's `providers`.
import type { IdentityProvider } from '../simulators/oidc/identity-provider.ts';

export function labAccounts({
  issuer,
  clientId,
  clientSecret,
}: Pick<IdentityProvider, 'issuer' | 'clientId' | 'clientSecret'>): object {
  const scopes = ['openid', 'profile', 'email', 'groups'];
  const signIn = { clientId, clientSecret: `test-only:${clientSecret}`, scopes };
  return { kind: 'oidc', title: 'Lab account', issuer, signIn };
}
