// `/.beamgate/return` on an app's host: the last step of a handover. The browser that was given the nonce there gets an
// id of its own for that host, and the page that it wanted; anybody else a page with a way forward.
import { answerPage } from '../pages/answer-page.ts';
import { flowExpiredPage } from '../pages/interruptions.ts';
import { json, lookOf } from '../proxies/render.ts';
import {
  cookiePlace,
  isRandomText,
  ownCookieName,
  readCookie,
  writeSessionCookie,
} from '../sessions/cookies.ts';
import type { Answer, ForwardedRequest } from '../types.ts';
import { redirect, withCookies } from './move-on.ts';
import { noteStop } from './stopped.ts';
import type { Login } from './visit.ts';

type Returning = Pick<
  ForwardedRequest,
  'method' | 'scheme' | 'host' | 'target' | 'headers' | 'clientAddress' | 'requestId'
>;

/** @throws Unavailable when the database does not answer. */
export async function answerReserved(request: Returning, login: Login): Promise<Answer> {
  const { method, scheme, host, target, headers, requestId } = request;
  const url = new URL(target, 'http://host');
  if (url.pathname !== '/.beamgate/return' || method !== 'GET')
    return json(404, { reason: 'not_found', requestId });
  const code = url.searchParams.get('code') ?? '';
  const nonce = readCookie(headers, ownCookieName('nonce', login.cookies, scheme)) ?? '';
  const place = cookiePlace(login.cookies, { scheme, host });
  if (!isRandomText(nonce)) return flowOver(request, login, 'elsewhere');
  const redeemed = await login.sessions.redeem(code, { host: place.host, nonce });
  if (redeemed === undefined) return flowOver(request, login, 'used');
  // The nonce stays for other tabs that are on their way; a code is good once.
  return redirect(redeemed.returnTo, withCookies([writeSessionCookie(place, redeemed.id)]));
}

const reasons = { elsewhere: 'handover_elsewhere', used: 'handover_used' } as const;

function flowOver(request: Returning, login: Login, why: keyof typeof reasons): Answer {
  const { headers, requestId } = request;
  const code = noteStop(request, login, { reason: reasons[why], level: 'info' });
  const page = flowExpiredPage(
    { why, code, requestId, restartHref: `${login.publicUrl}/login`, portalHref: `${login.publicUrl}/` },
    lookOf(login.site, headers),
  );
  return answerPage(400, page);
}
