// The addresses of authentik's outpost and of oauth2-proxy on an app's own host, for set-ups that were made for them:
// sign-in begins, sign-out is asked about, and pages learn who is there, as their users wrote it. None of them decides
// anything. Sources: oauth2-proxy's "Endpoints", authentik's "Forward auth".
import { redirect } from '../login/move-on.ts';
import { readReturnAddress } from '../login/return-address.ts';
import { logoutHref } from '../login/sign-out.ts';
import { noteStop } from '../login/stopped.ts';
import type { Login, Visit } from '../login/visit.ts';
import { answerPage } from '../pages/answer-page.ts';
import { flowExpiredPage } from '../pages/interruptions.ts';
import { welcomePage } from '../pages/portal.ts';
import { gatewayAppName } from '../policy/app-index.ts';
import { originOf } from '../policy/cross-origin.ts';
import { fitsHost } from '../policy/match.ts';
import { visibleGroups } from '../proxies/identity-headers.ts';
import { json, lookOf } from '../proxies/render.ts';
import { cookiePlace, readSessionId } from '../sessions/cookies.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Answer, ForwardedRequest, Identity, RequestHost } from '../types.ts';

export type Former = Pick<Login, 'publicUrl' | 'site' | 'apps' | 'cookies' | 'log' | 'refusals'> & {
  readonly sessions: Pick<Sessions, 'find'>;
};

/** A request to an app's own host. */
export type FormerVisit = Visit & { readonly host: RequestHost };

type AnswerFormer = (visit: FormerVisit, former: Former) => Answer | Promise<Answer>;

/** By path, for `GET`. */
export const formerAddresses: Readonly<Record<string, AnswerFormer>> = {
  '/oauth2/start': start,
  '/oauth2/sign_in': signIn,
  '/oauth2/sign_out': signOut,
  '/oauth2/callback': callback,
  '/oauth2/userinfo': userinfo,
  '/outpost.goauthentik.io/start': start,
  '/outpost.goauthentik.io/sign_out': signOut,
  '/outpost.goauthentik.io/callback': callback,
};

/** Back to the page that was wanted: the question about it sends the browser to sign in, from its own host. */
function start(visit: FormerVisit, former: Former): Answer {
  return redirect(wantedOf(visit, former));
}

/** A page and no redirect: proxies show it in place of a refusal, under the refusal's status. */
function signIn(visit: FormerVisit, former: Former): Answer {
  const page = welcomePage({ signInHref: wantedOf(visit, former) }, lookOf(former.site, visit.headers));
  return answerPage(200, page);
}

/** The question, which is the gateway's to ask; the last page has the way to where `rd` leads. */
function signOut(visit: FormerVisit, former: Former): Answer {
  return redirect(logoutHref(former, visit.query.has('rd') ? wantedOf(visit, former) : undefined));
}

/** Of a sign-in that the product before has begun. */
function callback(visit: FormerVisit, former: Former): Answer {
  const { publicUrl, site } = former;
  const { requestId } = visit;
  const code = noteStop(visit, former, { reason: 'sign_in_elsewhere', level: 'info' });
  const page = flowExpiredPage(
    { why: 'elsewhere', code, requestId, restartHref: `${publicUrl}/login`, portalHref: `${publicUrl}/` },
    lookOf(site, visit.headers),
  );
  return answerPage(400, page);
}

/** @throws Unavailable when the database does not answer. */
async function userinfo(visit: FormerVisit, former: Former): Promise<Answer> {
  const { publicUrl, cookies, sessions } = former;
  const scheme = publicUrl.startsWith('http:') ? 'http' : 'https';
  const place = cookiePlace(cookies, { scheme, host: visit.host });
  const id = readSessionId(visit.headers, place);
  const session = id === undefined ? undefined : await sessions.find(id, place.host);
  if (session === undefined) return json(401, { reason: 'no_credential', requestId: visit.requestId });
  const { id: user, email, username } = session.identity;
  const groups = groupsShownAt({ scheme, host: visit.host }, session.identity, former);
  return {
    status: 200,
    headers: ['Cache-Control', 'no-store', 'Content-Type', 'application/json; charset=utf-8'],
    body: JSON.stringify({ user, email, groups, preferredUsername: username }),
  };
}

/** Its pages learn of no group that none of its apps is told of. */
function groupsShownAt(
  { scheme, host }: Pick<ForwardedRequest, 'scheme' | 'host'>,
  identity: Identity,
  { apps }: Former,
): readonly string[] {
  const withPort = { name: host.name, port: host.port ?? (scheme === 'https' ? 443 : 80) };
  const there = apps.filter(({ name, host: its }) => name !== gatewayAppName && fitsHost(its, withPort));
  const shown = new Set(there.flatMap((app) => visibleGroups(app, identity)));
  return identity.groups.filter((group) => shown.has(group));
}

/** `rd`, absolute or of this host, where it lies below an app; the portal otherwise. */
function wantedOf({ query, host }: FormerVisit, { publicUrl, apps }: Former): string {
  const wanted = query.get('rd') ?? '/';
  const absolute = wanted.startsWith('/') ? `${originOf(publicUrl, host)}${wanted}` : wanted;
  return readReturnAddress(absolute, apps)?.url ?? `${publicUrl}/`;
}
