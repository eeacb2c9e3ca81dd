// An allowed request -> what it takes along to the app: identity headers with the assertion, and what is left of its
// own credentials. Groups are never cut to size: who is told half of them decides wrongly.
import { writeOnce } from '../platform/plain-answer.ts';
import type { Assertions } from './assertion.ts';
import { pairsOf } from './proxies/headers.ts';
import { identityHeaders } from './proxies/identity-headers.ts';
import { remainingCredentials } from './proxies/credential-headers.ts';
import type { Passport, Site } from './proxies/render.ts';
import { setHeaders } from './proxies/set-headers.ts';
import type { Allow, App, Forbid, Identity, RawHeaders, Rule } from './types.ts';

const maxIdentityBytes = 6 * 1024;

type Holder = { readonly headers: RawHeaders };
type Issuer = { readonly assertions: Assertions; readonly site: Pick<Site, 'credentialHeaders'> };

/** @returns the passport, or the refusal `identity_too_large`. @throws Unavailable when no assertion can be signed. */
export function issuePassport(
  decision: Allow,
  request: Holder,
  { assertions, site }: Issuer,
): Passport | Forbid {
  const { app, identity } = decision;
  const assertion = identity === undefined ? '' : assertions.sign(identity, app);
  return fillIn(decision, assertion, request, site);
}

function fillIn(
  decision: Allow,
  assertion: string,
  request: Holder,
  site: Issuer['site'],
): Passport | Forbid {
  const { app, rule, identity } = decision;
  const { headers, bytes } = written({ app, rule, assertion }, identity);
  const isTooLarge = bytes > maxIdentityBytes;
  // A public rule refuses nobody: who cannot be named passes as nobody.
  if (isTooLarge && rule.allow.kind === 'public' && identity !== undefined)
    return fillIn({ ...decision, identity: undefined, credentialHeader: undefined }, '', request, site);
  if (isTooLarge) return { outcome: 'forbid', reason: 'identity_too_large', app, rule, identity };
  const credentials = remainingCredentials(request, app, decision.credentialHeader, site);
  if (credentials.length === 0) return { identityHeaders: headers, credentialHeaders: credentials };
  // A dialect that speaks in `Authorization` replaces the client's.
  const isTaken = (name: string) =>
    headers.some((taken, index) => index % 2 === 0 && taken.toLowerCase() === name.toLowerCase());
  return {
    identityHeaders: headers,
    credentialHeaders: pairsOf(credentials)
      .filter(([name]) => !isTaken(name))
      .flat(),
  };
}

type Source = { readonly app: App; readonly rule: Rule; readonly assertion: string };
type Written = Source & { readonly headers: readonly string[]; readonly bytes: number };

/** The same for as long as the assertion is: most requests are of somebody who was here a moment ago. */
const lastWritten = new WeakMap<Rule, WeakMap<Identity, Written>>();

function written(source: Source, identity: Identity | undefined): Written {
  if (identity === undefined) return write(source, identity);
  const ofRule = lastWritten.get(source.rule) ?? new WeakMap<Identity, Written>();
  const known = ofRule.get(identity);
  if (known?.assertion === source.assertion && known.app === source.app) return known;
  const fresh = write(source, identity);
  writeOnce(fresh.headers);
  lastWritten.set(source.rule, ofRule.set(identity, fresh));
  return fresh;
}

function write(source: Source, identity: Identity | undefined): Written {
  const { app, rule, assertion } = source;
  const headers = [...identityHeaders(app, identity, assertion), ...setHeaders(app, rule, identity)];
  return { ...source, headers, bytes: sizeOf(headers) };
}

function sizeOf(headers: readonly string[]): number {
  return headers.reduce((bytes, text) => bytes + text.length + 2, 0);
}
