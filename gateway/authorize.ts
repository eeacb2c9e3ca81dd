// READ FIRST. A forwarded request -> the decision. Each step is one call; I/O is an argument.
import { andThen, type NowOrLater, orElse } from '../platform/now-or-later.ts';
import { Unavailable } from '../platform/unavailable.ts';
import { type CredentialPlaces, readCredential } from './credentials/read.ts';
import type { Verify } from './credentials/verify.ts';
import type { AppIndex } from './policy/app-index.ts';
import { guardOrigin } from './policy/cross-origin.ts';
import { allowAnyone, evaluate, needsIdentity } from './policy/evaluate.ts';
import { narrowToLabel } from './policy/labels.ts';
import { type Matched, match, type Note } from './policy/match.ts';
import { findSetHeaderFromOutside } from './proxies/set-headers.ts';
import type { App, Authentication, Credential, Decision, ForwardedRequest, Rule } from './types.ts';

export type Policy = CredentialPlaces & {
  readonly apps: AppIndex;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/**
 * @param note hears of every rule that was looked at, and why it did not decide.
 * @returns the decision, with the rule that made it and a stable reason.
 * At once where no provider has to be asked.
 * @throws Unavailable, or rejects with it, when a provider that is needed for it does not answer. Rules that need no identity ask nobody.
 */
export function authorize(
  request: ForwardedRequest,
  policy: Policy,
  verify: Verify,
  note?: Note,
): NowOrLater<Decision> {
  const matched = match(request, policy.apps, note);
  if (matched.outcome !== 'matched') return matched;
  const { app, rule } = matched;
  const foreign = findSetHeaderFromOutside(request.headers, app);
  if (foreign !== undefined) return foreign;
  if (matched.signOut === 'page') return { outcome: 'sign_out', reason: 'logout_path', app, rule };
  if (matched.isPreflight && rule.allow.kind !== 'nobody') return allowAnyone(app, rule, 'preflight');
  const decided = rule.identifies
    ? identify(request, matched, policy, verify)
    : decideByRule(request, matched, policy, verify);
  return andThen(decided, (decision) => {
    const narrowed = narrowToLabel(decision, request);
    return matched.signOut === 'form' ? markSignOut(narrowed) : narrowed;
  });
}

/** A form's sign-out goes to the app as any request does: a page of ours would be no answer to it. */
function markSignOut(decision: Decision): Decision {
  return decision.outcome === 'allow' && decision.credentialHeader === 'cookie'
    ? { ...decision, signsOut: true }
    : decision;
}

/** What this rule makes of the request, whether it decides or only observes. @throws as `authorize`. */
export function decideByRule(
  request: ForwardedRequest,
  { app, rule }: { readonly app: App; readonly rule: Rule },
  policy: Policy,
  verify: Verify,
): NowOrLater<Decision> {
  if (!needsIdentity(rule)) return evaluate({ app, rule, credential: absent }, absent, policy.now);
  const credential = readCredential(request, rule.credentials, policy);
  if ('outcome' in credential) return credential;
  return andThen(verify(credential, { app, clientAddress: request.clientAddress }), (authentication) => {
    const decision = evaluate({ app, rule, credential }, authentication, policy.now);
    return guardOrigin(decision, credential, request);
  });
}

/** On a public rule: whoever cannot be named passes as nobody, also where the provider is down. */
function identify(
  request: ForwardedRequest,
  { app, rule }: Matched,
  policy: Policy,
  verify: Verify,
): NowOrLater<Decision> {
  const read = readCredential(request, rule.credentials, policy);
  const credential = 'outcome' in read ? absent : read;
  const known = orElse<Authentication>(
    () => verify(credential, { app, clientAddress: request.clientAddress }),
    (error) => {
      if (error instanceof Unavailable) return absent;
      throw error;
    },
  );
  return andThen(known, (authentication) => {
    const decision = evaluate({ app, rule, credential }, authentication, policy.now);
    const guarded = guardOrigin(decision, credential, request);
    return guarded.outcome === 'allow' ? guarded : allowAnyone(app, rule, 'public');
  });
}

const absent = { kind: 'absent' } as const satisfies Credential & Authentication;
