// READ FIRST. A forwarded request -> the decision. Each step is one call; I/O is an argument.
import { type ProviderHeaders, readCredential } from './credentials/read.ts';
import type { Verify } from './credentials/verify.ts';
import { evaluate } from './policy/evaluate.ts';
import { type AppIndex, match } from './policy/match.ts';
import type { Authentication, Credential, Decision, ForwardedRequest } from './types.ts';

export type Policy = { readonly apps: AppIndex; readonly providerHeaders: ProviderHeaders };

/**
 * @returns the decision, with the rule that made it and a stable reason.
 * @throws Unavailable when a provider that is needed for it does not answer. Rules that need no identity ask nobody.
 */
export async function authorize(
  request: ForwardedRequest,
  policy: Policy,
  verify: Verify,
): Promise<Decision> {
  const matched = match(request, policy.apps);
  if (matched.outcome !== 'matched') return matched;
  const { app, rule } = matched;
  if (rule.allow.kind === 'public' || rule.allow.kind === 'nobody')
    return evaluate({ app, rule, credential: absent }, absent);
  const credential = readCredential(request.headers, rule.credentials, policy.providerHeaders);
  if ('outcome' in credential) return credential;
  const authentication = await verify(credential, { app, clientAddress: request.clientAddress });
  return evaluate({ app, rule, credential }, authentication);
}

const absent = { kind: 'absent' } as const satisfies Credential & Authentication;
