// READ FIRST. A forwarded request -> the decision. Each step is one call; I/O is an argument.
import { andThen, type NowOrLater, orElse } from '../platform/now-or-later.ts';
import { Unavailable } from '../platform/unavailable.ts';
import { type ProviderHeaders, readCredential } from './credentials/read.ts';
import type { Verify } from './credentials/verify.ts';
import type { AppIndex } from './policy/app-index.ts';
import { allowAnyone, evaluate, needsIdentity } from './policy/evaluate.ts';
import { type Matched, match, type Note } from './policy/match.ts';
import { findSetHeaderFromOutside } from './proxies/set-headers.ts';
import type { Authentication, Credential, Decision, ForwardedRequest } from './types.ts';

export type Policy = { readonly apps: AppIndex; readonly providerHeaders: ProviderHeaders };

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
  if (matched.isPreflight && rule.allow.kind !== 'nobody') return allowAnyone(app, rule, 'preflight');
  if (rule.identifies) return identify(request, matched, policy, verify);
  if (!needsIdentity(rule)) return evaluate({ app, rule, credential: absent }, absent);
  const credential = readCredential(request.headers, rule.credentials, policy.providerHeaders);
  if ('outcome' in credential) return credential;
  return andThen(verify(credential, { app, clientAddress: request.clientAddress }), (authentication) =>
    evaluate({ app, rule, credential }, authentication),
  );
}

/** On a public rule: whoever cannot be named passes as nobody, also where the provider is down. */
function identify(
  request: ForwardedRequest,
  { app, rule }: Matched,
  policy: Policy,
  verify: Verify,
): NowOrLater<Decision> {
  const read = readCredential(request.headers, rule.credentials, policy.providerHeaders);
  const credential = 'outcome' in read ? absent : read;
  const known = orElse<Authentication>(
    () => verify(credential, { app, clientAddress: request.clientAddress }),
    (error) => {
      if (error instanceof Unavailable) return absent;
      throw error;
    },
  );
  return andThen(known, (authentication) => evaluate({ app, rule, credential }, authentication));
}

const absent = { kind: 'absent' } as const satisfies Credential & Authentication;
