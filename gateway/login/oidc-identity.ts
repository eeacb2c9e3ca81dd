// What a provider says of who has just signed in -> their identity, or why there is none. No I/O and no clock.
import { readIdentity } from '../credentials/oidc-claims.ts';
import { type Claims, readListAt, valueAt } from '../identity/claims.ts';
import type { ClaimRules } from '../identity/read-claims.ts';
import type { Identity } from '../types.ts';

export type SignInFailure = {
  readonly kind: 'failed';
  readonly reason: SignInFailureReason;
  /** For the log. */
  readonly detail: string;
};

export type SignInFailureReason =
  | 'sign_in_denied'
  | 'sign_in_answer_invalid'
  | 'sign_in_used'
  | 'token_username_missing'
  | 'identifier_unverified'
  | 'group_overage'
  | 'session_too_old'
  | 'stronger_sign_in_needed';

/** @param claims of the ID token, and of userinfo where that was asked for. */
export function identityOf(
  claims: Claims,
  provider: Parameters<typeof readIdentity>[1],
): { readonly kind: 'known'; readonly identity: Identity } | SignInFailure {
  if (hasGroupOverage(claims, provider.claims))
    return failed(
      'group_overage',
      `the provider names no groups at ${provider.claims.groups.join(' or ')}: there are too many`,
    );
  const read = readIdentity(claims, provider);
  if (read.kind === 'verified')
    // The session's end is not that of the ID token.
    return { kind: 'known', identity: { ...read.identity, expiresAt: undefined } };
  const reason =
    read.kind === 'rejected' &&
    (read.reason === 'token_username_missing' || read.reason === 'identifier_unverified')
      ? read.reason
      : 'sign_in_answer_invalid';
  return failed(reason, read.kind === 'rejected' ? (read.detail ?? read.reason) : 'nobody is named');
}

export function failed(reason: SignInFailureReason, detail: string): SignInFailure {
  return { kind: 'failed', reason, detail };
}

/**
 * Entra ID names 200 groups at most; of somebody with more it says only that there are some: `_claim_names` in the
 * code flow (OpenID Connect Core 1.0 section 5.6.2, distributed claims), `hasgroups` in others.
 */
export function hasGroupOverage(
  claims: Claims,
  { groups, separator }: Pick<ClaimRules, 'groups' | 'separator'>,
): boolean {
  if (groups.length === 0 || groups.some((path) => readListAt(claims, path, separator).items.length > 0))
    return false;
  const elsewhere = valueAt(claims, '_claim_names');
  const isElsewhere =
    typeof elsewhere === 'object' &&
    elsewhere !== null &&
    groups.some((path) => Object.hasOwn(elsewhere, path));
  return isElsewhere || claims.hasgroups === true || claims.hasgroups === 'true';
}
