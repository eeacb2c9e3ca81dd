// A rule and who is there -> the decision. Pure; it knows nothing of proxies, redirects or status codes.

import { textAt } from '../identity/claims.ts';
import type {
  Allow,
  App,
  Authenticate,
  Authentication,
  Credential,
  Decision,
  Identity,
  Requirement,
  Rule,
  SignIn,
} from '../types.ts';

export type Case = { readonly app: App; readonly rule: Rule; readonly credential: Credential };

/** Lets anyone pass as nobody, whatever credential is there. */
export function allowAnyone(app: App, rule: Rule, reason: 'public' | 'preflight'): Allow {
  return { outcome: 'allow', reason, app, rule, identity: undefined, credentialHeader: undefined };
}

/** Whether the decision depends on who is there; if not, nobody needs to be asked. */
export function needsIdentity({ allow }: Rule): boolean {
  return allow.kind !== 'public' && allow.kind !== 'nobody';
}

/**
 * @param now epoch milliseconds, asked for where a rule goes by the age of a sign-in.
 * @returns `authenticate` where nobody is known or has to sign in again, `forbid` where somebody is and may not.
 */
export function evaluate(
  { app, rule, credential }: Case,
  authentication: Authentication,
  now: () => number,
): Decision {
  if (rule.allow.kind === 'public') return allowPublic({ app, rule, credential }, authentication);
  if (rule.allow.kind === 'nobody')
    return { outcome: 'forbid', reason: 'nobody_allowed', app, rule, identity: undefined };
  if (authentication.kind === 'absent') return authenticate({ app, rule }, 'no_credential');
  if (authentication.kind === 'rejected') {
    const { reason, detail } = authentication;
    return { ...authenticate({ app, rule }, reason), ...(detail === undefined ? {} : { detail }) };
  }
  const { identity } = authentication;
  if (!app.providers.includes(identity.provider)) return authenticate({ app, rule }, 'provider_not_accepted');
  const reason = admits(rule.allow, identity);
  if (reason === undefined) return { outcome: 'forbid', reason: 'not_permitted', app, rule, identity };
  const lacking = lacksInSignIn(rule, authentication, now);
  if (lacking !== undefined) return authenticate({ app, rule }, lacking);
  const credentialHeader = 'header' in credential ? credential.header : undefined;
  return { outcome: 'allow', reason, app, rule, identity, credentialHeader };
}

/** A public rule lets everyone pass; where it identifies, somebody who is known passes by name. */
function allowPublic({ app, rule, credential }: Case, authentication: Authentication): Allow {
  const nobody = allowAnyone(app, rule, 'public');
  if (!rule.identifies || authentication.kind !== 'verified') return nobody;
  const { identity } = authentication;
  if (!app.providers.includes(identity.provider)) return nobody;
  return { ...nobody, identity, credentialHeader: 'header' in credential ? credential.header : undefined };
}

type SignedInRequirement = Extract<Requirement, { kind: 'signed-in' | 'who' }>;

/** Why it admits this person; `undefined`: it does not. */
export function admits(allow: SignedInRequirement, identity: Identity): Allow['reason'] | undefined {
  if (allow.kind === 'signed-in') return 'signed_in';
  if (allow.realms !== 'any' && !allow.realms.has(identity.realm)) return undefined;
  if (allow.users.has(identity.username)) return 'user_listed';
  if (identity.groups.some((group) => allow.groups.has(group))) return 'in_group';
  if (identity.roles.some((role) => allow.roles.has(role))) return 'has_role';
  const namesNobody = allow.users.size + allow.groups.size + allow.roles.size === 0;
  return namesNobody && allow.realms !== 'any' ? 'in_realm' : undefined;
}

/** What a token says of the sign-in behind it (OpenID Connect Core 1.0 section 2, RFC 9470 section 6.1). */
function signInOf({ claims }: Identity): Partial<SignIn> {
  const { auth_time: authTime } = claims;
  return {
    ...(typeof authTime === 'number' ? { authTimeMs: authTime * 1000 } : {}),
    acr: textAt(claims, 'acr'),
  };
}

function lacksInSignIn(
  { maxAgeSeconds, acr }: Rule,
  { identity, signIn: known }: Extract<Authentication, { kind: 'verified' }>,
  now: () => number,
): Authenticate['reason'] | undefined {
  if (acr === 'any' && maxAgeSeconds === undefined) return undefined;
  const signIn = known ?? signInOf(identity);
  if (acr !== 'any' && (signIn.acr === undefined || !acr.has(signIn.acr))) return 'stronger_sign_in_needed';
  if (maxAgeSeconds === undefined) return undefined;
  const ageMs = now() - (signIn.authTimeMs ?? Number.NEGATIVE_INFINITY);
  return ageMs > maxAgeSeconds * 1000 ? 'session_too_old' : undefined;
}

function authenticate({ app, rule }: { app: App; rule: Rule }, reason: Authenticate['reason']): Authenticate {
  return { outcome: 'authenticate', reason, app, rule };
}
