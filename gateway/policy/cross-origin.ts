// Whether a request that a cookie authorises was made by a page of somebody else's: hosts below one domain are one site
// to browsers, so SameSite does not keep them apart. Pure. Sources: contracts/forward-auth.md, "Requests from
// elsewhere"; Fetch Metadata (`Sec-Fetch-Site`); RFC 6454 section 7 (`Origin`).
import { valuesOf } from '../proxies/headers.ts';
import type { Credential, Decision, ForwardedRequest, RawHeaders } from '../types.ts';

/** What may not come from elsewhere: whatever changes something, and connections that pages can read. */
type Guarded = Pick<ForwardedRequest, 'method' | 'isUpgrade' | 'headers'>;

/** @returns the decision, or the refusal `cross_origin`. */
export function guardOrigin(decision: Decision, credential: Credential, request: ForwardedRequest): Decision {
  if (decision.outcome !== 'allow' || decision.identity === undefined || credential.kind !== 'session')
    return decision;
  const { app, rule, identity } = decision;
  const own = originOf(app.url, request.host);
  if (!isFromElsewhere(request, { own, allowed: app.allowedOrigins })) return decision;
  return { outcome: 'forbid', reason: 'cross_origin', app, rule, identity };
}

/**
 * @param origins the request's own, and those whose pages may send it besides.
 * @returns false for a request that is harmless from anywhere: reading is not guarded, since no page reads the answer.
 */
export function isFromElsewhere(
  { method, isUpgrade, headers }: Guarded,
  { own, allowed }: { readonly own: string; readonly allowed: ReadonlySet<string> },
): boolean {
  if (!isUpgrade && method !== undefined && safeMethods.has(method)) return false;
  const origin = onlyOrigin(headers);
  if (origin !== undefined && allowed.has(origin)) return false;
  const sites = valuesOf(headers, 'sec-fetch-site');
  return sites.length > 0 ? sites.some((site) => site !== 'same-origin') : origin !== own;
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

function onlyOrigin(headers: RawHeaders): string | undefined {
  const [origin, ...others] = valuesOf(headers, 'origin');
  return origin === undefined || others.length > 0 || origin === 'null' ? undefined : origin;
}

/** The scheme is the URL's: TLS may end before the proxy that asks. A port that belongs to it is left out. */
export function originOf(url: string, { name, port }: ForwardedRequest['host']): string {
  const scheme = url.startsWith('http:') ? 'http' : 'https';
  const isUsual = port === undefined || port === (scheme === 'https' ? 443 : 80);
  return `${scheme}://${name}${isUsual ? '' : `:${port}`}`;
}
