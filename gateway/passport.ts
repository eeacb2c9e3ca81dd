// An allowed request -> what it takes along to the app: identity headers with the assertion, and what is left of its
// own credentials. Groups are never cut to size: who is told half of them decides wrongly.
import type { Assertions } from './assertion.ts';
import { identityHeaders } from './proxies/identity-headers.ts';
import { type Passport, remainingCredentials, type Site } from './proxies/render.ts';
import { setHeaders } from './proxies/set-headers.ts';
import type { Allow, Forbid, RawHeaders } from './types.ts';

const maxIdentityBytes = 6 * 1024;

/** @returns the passport, or the refusal `identity_too_large`. */
export async function issuePassport(
  decision: Allow,
  request: { readonly headers: RawHeaders },
  { assertions, site }: { readonly assertions: Assertions; readonly site: Site },
): Promise<Passport | Forbid> {
  const { app, rule, identity } = decision;
  const assertion = identity === undefined ? '' : await assertions.sign(identity, app);
  const headers = [...identityHeaders(app, identity, assertion), ...setHeaders(app, rule, identity)];
  const isTooLarge = sizeOf(headers) > maxIdentityBytes;
  // A public rule refuses nobody: who cannot be named passes as nobody.
  if (isTooLarge && rule.allow.kind === 'public' && identity !== undefined)
    return issuePassport({ ...decision, identity: undefined, credentialHeader: undefined }, request, {
      assertions,
      site,
    });
  if (isTooLarge) return { outcome: 'forbid', reason: 'identity_too_large', app, rule, identity };
  const credentials = remainingCredentials(request, app, decision.credentialHeader, site);
  // A dialect that speaks in `Authorization` replaces the client's.
  const isTaken = (name: string) =>
    headers.some((taken, index) => index % 2 === 0 && taken.toLowerCase() === name.toLowerCase());
  return {
    identityHeaders: headers,
    credentialHeaders: pairs(credentials)
      .filter(([name]) => !isTaken(name))
      .flat(),
  };
}

function sizeOf(headers: readonly string[]): number {
  return headers.reduce((bytes, text) => bytes + text.length + 2, 0);
}

function pairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : []));
}
