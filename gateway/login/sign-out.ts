// `/logout`: the session ends here, and then at the provider (OpenID Connect RP-Initiated Logout 1.0). A page elsewhere
// signs nobody out: it can at most lead to the question.
import * as oidc from 'openid-client';
import { Unavailable } from '../../platform/unavailable.ts';
import { answerPage } from '../pages/answer-page.ts';
import { signedOutPage, signOutPage } from '../pages/interruptions.ts';
import { onwardPage } from '../pages/sign-in.ts';
import { lookOf } from '../proxies/render.ts';
import {
  clearOwnCookie,
  clearSessionCookie,
  cookiePlace,
  readCookie,
  readSessionId,
  writeOwnCookie,
} from '../sessions/cookies.ts';
import type { Ended } from '../sessions/sessions.ts';
import type { Answer, ForwardedRequest } from '../types.ts';
import { redirect, withCookies } from './move-on.ts';
import { readReturnAddress } from './return-address.ts';
import { findSession, type Login, ownName, ownPlace, type Visit } from './visit.ts';

export type Leaving = {
  /** Whether a page of the gateway's own host asks. */
  readonly isOwn: boolean;
  /** The answer to a form, which a browser does not let lead to another host by a redirect. */
  readonly isForm: boolean;
};

/** @throws Unavailable when the database does not answer: nobody is told that they are signed out who is not. */
export async function answerSignOut(visit: Visit, login: Login, { isOwn, isForm }: Leaving): Promise<Answer> {
  const session = await findSession(visit, login);
  const back = readBack(visit.query.get('return_to') ?? '', login);
  if (session === undefined) return signedOut(visit, login, { back });
  const look = lookOf(login.site, visit.headers);
  if (!isOwn) {
    const page = signOutPage({ action: logoutHref(login, back), portalHref: `${login.publicUrl}/` }, look);
    return answerPage(isForm ? 403 : 200, page);
  }
  const ended = await login.sessions.end(session.key);
  const { requestId, clientAddress: client } = visit;
  const { provider, username } = session.identity;
  login.log.info(
    { requestId, outcome: 'signed_out', provider, username, session: session.key, client },
    'sign-in',
  );
  const href = ended === undefined ? undefined : await signOutAtProvider(ended, login);
  // A sign-in with a password leaves nothing behind at SciCat.
  const stillSignedInAt = login.clients.has(provider) ? { stillSignedInAt: provider } : {};
  if (href === undefined) return signedOut(visit, login, { ...stillSignedInAt, back });
  const cookies = withCookies([clearSessionCookie(ownPlace(login)), writeBack(login, back)]);
  return isForm ? answerPage(200, onwardPage({ href }, look), cookies) : redirect(href, cookies);
}

/** `/logout/done`, where the provider leads back to. */
export function signedOutAtProvider(visit: Pick<Visit, 'headers'>, login: Login): Answer {
  const kept = readCookie(visit.headers, backName(login)) ?? '';
  const back = readBack(Buffer.from(kept, 'base64url').toString('latin1'), login);
  return signedOut(visit, login, { back });
}

/** Nobody is led on by themselves: where one provider signs people in without a question, they would be in again. */
function signedOut(
  visit: Pick<Visit, 'headers'>,
  login: Login,
  { stillSignedInAt, back }: { readonly stillSignedInAt?: string; readonly back: string | undefined },
): Answer {
  const title = login.providers.find(({ name }) => name === stillSignedInAt)?.title;
  const page = signedOutPage(
    { signInHref: back ?? `${login.publicUrl}/login`, stillSignedInAt: title },
    lookOf(login.site, visit.headers),
  );
  const cookies = [clearSessionCookie(ownPlace(login)), clearOwnCookie(backName(login))];
  return answerPage(200, page, withCookies(cookies));
}

/** The question whether to sign out. @param back the page that the way from the last page leads to. */
export function logoutHref({ publicUrl }: Pick<Login, 'publicUrl'>, back: string | undefined): string {
  return `${publicUrl}/logout${back === undefined ? '' : `?${new URLSearchParams({ return_to: back })}`}`;
}

function readBack(text: string, { apps }: Login): string | undefined {
  return text.length > maxBack ? undefined : readReturnAddress(text, apps)?.url;
}

/** A longer one is none: it has to be kept in a cookie. */
const maxBack = 2000;

function backName(login: Login): string {
  return ownName(login, 'back');
}

/** For the time at the provider, which need not know it. */
function writeBack(login: Login, back: string | undefined): string {
  if (back === undefined) return clearOwnCookie(backName(login));
  const value = Buffer.from(back, 'latin1').toString('base64url');
  return writeOwnCookie({ name: backName(login), value, maxAgeSeconds: 600 });
}

/** Of the cookie that a request to an app brings. @throws Unavailable when the database does not answer. */
export async function endSessionOf(
  { scheme, host, headers, requestId }: Pick<ForwardedRequest, 'scheme' | 'host' | 'headers' | 'requestId'>,
  { cookies, sessions, log }: Pick<Login, 'cookies' | 'sessions' | 'log'>,
): Promise<void> {
  const place = cookiePlace(cookies, { scheme, host });
  const id = readSessionId(headers, place);
  const session = id === undefined ? undefined : await sessions.find(id, place.host);
  if (session === undefined) return;
  await sessions.end(session.key);
  const { provider, username } = session.identity;
  log.info({ requestId, outcome: 'signed_out', provider, username, session: session.key }, 'sign-in');
}

/** @returns where the provider ends its own session; `undefined`: it has no such address, or does not answer. */
export async function signOutAtProvider(
  { provider, idToken }: Ended,
  login: Pick<Login, 'clients' | 'publicUrl' | 'log'>,
): Promise<string | undefined> {
  const client = login.clients.get(provider);
  if (client === undefined) return undefined;
  try {
    const configuration = await client.configuration();
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
    return oidc.buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: `${login.publicUrl}/logout/done`,
      ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    }).href;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const { reason, dependency } = error;
    login.log.warn({ outcome: 'outage', reason, dependency, error }, 'sign-out');
    return undefined;
  }
}
