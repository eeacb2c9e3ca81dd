// Of the headers in which a credential can stand, those that an app goes on to see. Pure.
import { canonicalName } from '../../platform/header-names.ts';
import { gatewayAppName } from '../policy/app-index.ts';
import { cookiesOf, isOwnCookie } from '../sessions/cookies.ts';
import type { App, RawHeaders } from '../types.ts';
import { valuesOf } from './headers.ts';
import type { Site } from './render.ts';

/**
 * Credentials that the app goes on to see. Not among them: the one that the gateway has read, unless the app keeps it;
 * cookies of the gateway's.
 */
export function remainingCredentials(
  request: { headers: RawHeaders },
  app: App,
  used: string | undefined,
  site: Pick<Site, 'credentialHeaders'>,
): readonly string[] {
  const remaining: string[] = [];
  for (const name of site.credentialHeaders) {
    const values = valuesOf(request.headers, name);
    if (values.length === 0) continue;
    // The gateway's own pages are asked about too, and are what its cookies are for.
    if (name === 'cookie' && app.name !== gatewayAppName) remaining.push(...foreignCookies(request.headers));
    else if (name !== used || app.keep.has(name))
      remaining.push(...values.flatMap((value) => [canonicalName(name), value]));
  }
  return remaining;
}

/** Of a session's cookie, which is one among the app's own, nothing else goes away with it. */
function foreignCookies(headers: RawHeaders): readonly string[] {
  const cookies = cookiesOf(headers).filter((cookie) => !isOwnCookie(cookie));
  return cookies.length === 0 ? [] : ['Cookie', cookies.join('; ')];
}
