// Somebody is signed in -> on to where they wanted to go: on the gateway's own host at once, on an app's host by a
// handover. Who comes by for the same address again and again is stopped and told so.
import { answerPage } from '../pages/answer-page.ts';
import { loopPage } from '../pages/interruptions.ts';
import { onwardPage } from '../pages/sign-in.ts';
import { lookOf } from '../proxies/render.ts';
import { clearOwnCookie, cookiePlace, readCookie, writeOwnCookie } from '../sessions/cookies.ts';
import { hashOf } from '../sessions/random.ts';
import type { Session } from '../sessions/session.ts';
import type { Answer } from '../types.ts';
import { countHop, readHops, writeHops } from './hops.ts';
import type { ReturnAddress } from './return-address.ts';
import { noteStop } from './stopped.ts';
import { type Login, ownName, ownPlace, type Visit } from './visit.ts';
import { loginHref, type Wanted } from './wanted.ts';

export type MovingOn = {
  readonly session: Session;
  readonly wanted: Wanted;
  /** The answer to a form, which a browser does not let lead to another host by a redirect. */
  readonly isForm: boolean;
  /** `Set-Cookie` values. */
  readonly cookies: readonly string[];
};

export async function moveOn(visit: Visit, login: Login, moving: MovingOn): Promise<Answer> {
  const { session, wanted, isForm, cookies } = moving;
  const { returnTo } = wanted;
  const counted = returnTo === undefined ? [] : countVisit(visit, login, returnTo.url);
  if (counted === undefined) return stopLoop(visit, login, wanted, cookies);
  const set = withCookies([...cookies, ...counted]);
  const href =
    returnTo === undefined ? `${login.publicUrl}/` : await addressFor(returnTo, session, wanted, login);
  if (isForm) return answerPage(200, onwardPage({ href }, lookOf(login.site, visit.headers)), set);
  return redirect(href, set);
}

/** @returns the cookie that remembers it; `undefined`: that was once too often. */
function countVisit({ headers }: Visit, login: Login, url: string): readonly string[] | undefined {
  const name = ownName(login, 'hops');
  const nowMs = login.now();
  const hops = countHop(readHops(readCookie(headers, name), nowMs), hashOf(url).slice(0, 8), nowMs);
  return hops && [writeOwnCookie({ name, value: writeHops(hops), maxAgeSeconds: 60 })];
}

/** `Location` is absolute always: a proxy resolves a relative one against the gateway's internal address. */
export function redirect(href: string, headers: readonly string[] = []): Answer {
  return { status: 302, headers: ['Cache-Control', 'no-store', 'Location', href, ...headers], body: '' };
}

export function withCookies(cookies: readonly string[]): readonly string[] {
  return cookies.flatMap((cookie) => ['Set-Cookie', cookie]);
}

async function addressFor(
  { url, scheme, host }: ReturnAddress,
  session: Session,
  { nonceHash, parameters }: Wanted,
  login: Login,
): Promise<string> {
  const place = cookiePlace(login.cookies, { scheme, host });
  const own = ownPlace(login);
  // The same cookie is sent there. Without a nonce the app's host gives one, and sends the browser here again.
  if ((place.host === own.host && place.name === own.name) || nonceHash === undefined) return url;
  const code = await login.sessions.handOver(session, { host: place.host, nonceHash, returnTo: url });
  if (code === undefined) return loginHref(login.publicUrl, parameters);
  return `${new URL(url).origin}/.beamgate/return?${new URLSearchParams({ code })}`;
}

function stopLoop(
  visit: Visit,
  login: Login,
  { returnTo, parameters }: Wanted,
  cookies: readonly string[],
): Answer {
  const { requestId } = visit;
  const app = returnTo?.app;
  const code = noteStop(visit, login, { reason: 'sign_in_loop', app: app?.name });
  const page = loopPage(
    {
      appTitle: app?.title ?? login.site.branding.name,
      retryHref: loginHref(login.publicUrl, parameters, { handover: undefined }),
      portalHref: `${login.publicUrl}/`,
      code,
      requestId,
    },
    lookOf(login.site, visit.headers),
  );
  return answerPage(508, page, withCookies([...cookies, clearOwnCookie(ownName(login, 'hops'))]));
}
