// Whether a request comes from a page of one's own: what `SameSite` does not say, for hosts below one domain are one
// site. Pure. Source: Fetch Metadata (`Sec-Fetch-Site`), contracts/forward-auth.md.
import { valuesOf } from '../proxies/headers.ts';
import type { RawHeaders } from '../types.ts';

/** @param origin scheme, host and port of one's own. `false` where the browser says neither. */
export function isFromOwnPage(headers: RawHeaders, origin: string): boolean {
  const site = valuesOf(headers, 'sec-fetch-site');
  if (site.length > 0) return site.length === 1 && site[0] === 'same-origin';
  const origins = valuesOf(headers, 'origin');
  return origins.length === 1 && origins[0] === origin;
}
