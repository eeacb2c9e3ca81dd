// An app's own sign-out button (`logoutPaths`) signs out here too: the session ends, and a browser that navigates goes on
// to the provider's sign-out instead of to the app, which would find somebody signed in at once again.

import { originOf } from '../policy/cross-origin.ts';
import { readPath } from '../policy/path.ts';
import { fitsPattern } from '../policy/pattern.ts';
import { isFromOwnPage } from '../portal/own-page.ts';
import { valuesOf } from '../proxies/headers.ts';
import { clearSessionCookie, cookiePlace, readSessionId } from '../sessions/cookies.ts';
import type { Allow, Answer, ForwardedRequest } from '../types.ts';
import { withCookies } from './move-on.ts';
import { signOutAtProvider } from './sign-out.ts';
import type { Login } from './visit.ts';

/** Only from a page of the app's own: a link elsewhere signs nobody out. */
export function isAppSignOut(request: ForwardedRequest, { app, credentialHeader }: Allow): boolean {
  if (app.logoutPaths.length === 0 || credentialHeader !== 'cookie') return false;
  const path = readPath(request.target);
  if ('outcome' in path) return false;
  const below = app.stripped ? path.segments : path.segments.slice(app.prefix.length);
  return (
    app.logoutPaths.some((pattern) => fitsPattern(pattern, below)) &&
    isFromOwnPage(request.headers, originOf(app.url, request.host))
  );
}

/** @returns `undefined` where a script asks, and the app may see to its own. @throws Unavailable */
export async function answerAppSignOut(request: ForwardedRequest, login: Login): Promise<Answer | undefined> {
  const { headers, requestId, clientAddress: client } = request;
  const place = cookiePlace(login.cookies, request);
  const id = readSessionId(headers, place);
  const session = id === undefined ? undefined : await login.sessions.find(id, place.host);
  if (session === undefined) return undefined;
  const ended = await login.sessions.end(session.key);
  const { provider, username } = session.identity;
  login.log.info(
    { requestId, outcome: 'signed_out', provider, username, session: session.key, client },
    'sign-in',
  );
  if (!valuesOf(headers, 'sec-fetch-mode').includes('navigate')) return undefined;
  const atProvider = ended === undefined ? undefined : await signOutAtProvider(ended, login);
  return {
    // The next request is a GET, also where this one was a form.
    status: 303,
    headers: [
      ...['Cache-Control', 'no-store', 'Location', atProvider ?? `${login.publicUrl}/logout/done`],
      ...withCookies([clearSessionCookie(place)]),
    ],
    body: '',
  };
}
