// `/logout`: the session ends here, and then at the provider (OpenID Connect RP-Initiated Logout 1.0). A page elsewhere
// signs nobody out: it can at most lead to the question.
import * as oidc from 'openid-client';
import { Unavailable } from '../../platform/unavailable.ts';
import { answerPage } from '../pages/answer-page.ts';
import { signedOutPage, signOutPage } from '../pages/interruptions.ts';
import { onwardPage } from '../pages/sign-in.ts';
import { lookOf } from '../proxies/render.ts';
import { clearSessionCookie, cookiePlace, readSessionId } from '../sessions/cookies.ts';
import type { Ended } from '../sessions/sessions.ts';
import type { Answer, ForwardedRequest } from '../types.ts';
import { redirect, withCookies } from './move-on.ts';
import { findSession, type Login, ownPlace, type Visit } from './visit.ts';

export type Leaving = {
  /** Whether a page of the gateway's own host asks. */
  readonly isOwn: boolean;
  /** The answer to a form, which a browser does not let lead to another host by a redirect. */
  readonly isForm: boolean;
};

/** @throws Unavailable when the database does not answer: nobody is told that they are signed out who is not. */
export async function answerSignOut(visit: Visit, login: Login, { isOwn, isForm }: Leaving): Promise<Answer> {
  const session = await findSession(visit, login);
  if (session === undefined) return signedOut(visit, login, undefined);
  const look = lookOf(login.site, visit.headers);
  if (!isOwn) {
    const page = signOutPage(
      { action: `${login.publicUrl}/logout`, portalHref: `${login.publicUrl}/` },
      look,
    );
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
  if (href === undefined) return signedOut(visit, login, provider);
  const cookies = withCookies([clearSessionCookie(ownPlace(login))]);
  return isForm ? answerPage(200, onwardPage({ href }, look), cookies) : redirect(href, cookies);
}

/** `/logout/done`, where the provider leads back to, and the end for who has no provider that could be told. */
export function signedOut(
  visit: Pick<Visit, 'headers'>,
  login: Login,
  stillSignedInAt: string | undefined,
): Answer {
  const title = login.providers.find(({ name }) => name === stillSignedInAt)?.title;
  const page = signedOutPage(
    { signInHref: `${login.publicUrl}/login`, stillSignedInAt: title },
    lookOf(login.site, visit.headers),
  );
  return answerPage(200, page, withCookies([clearSessionCookie(ownPlace(login))]));
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
