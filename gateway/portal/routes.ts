// The gateway's pages for somebody who is signed in: the portal with the apps that they may open, and the list of
// sessions, where they end their own, and admins anybody's. (Asking, Portal) -> Answer, without a socket.
import type { Policy } from '../authorize.ts';
import { answerPage } from '../pages/answer-page.ts';
import { signedOutPage } from '../pages/interruptions.ts';
import type { Look } from '../pages/look.ts';
import { type Person, portalPage, welcomePage } from '../pages/portal.ts';
import { type SessionRow, sessionsPage } from '../pages/sessions.ts';
import { admits } from '../policy/evaluate.ts';
import { lookOf, type Site } from '../proxies/render.ts';
import { type CookiePlace, clearSessionCookie, readSessionId } from '../sessions/cookies.ts';
import type { Account, Session } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Answer, App, Identity, RawHeaders, WhoRequirement } from '../types.ts';
import { openableApps } from './openable.ts';

export type Portal = {
  readonly site: Site;
  /** The gateway itself may be among them. */
  readonly apps: readonly App[];
  readonly policy: Policy;
  /** The providers' names for people. */
  readonly providerTitles: ReadonlyMap<string, string>;
  readonly admins: WhoRequirement | undefined;
  /** Of the gateway's own host. */
  readonly cookiePlace: CookiePlace;
  readonly sessions: Pick<Sessions, 'find' | 'listOf' | 'listAll' | 'end' | 'endBySubject'>;
  /** Whether the request comes from a page of the gateway's own host. */
  readonly isFromOwnPage: (headers: RawHeaders) => boolean;
  /** An admin has ended somebody's session. */
  readonly ended: (event: {
    readonly sessionKey: string;
    readonly by: string;
    readonly requestId: string;
  }) => void;
  readonly now: () => number;
};

export type Asking = {
  readonly headers: RawHeaders;
  readonly clientAddress: string | undefined;
  readonly requestId: string;
};

/** `GET /`. */
export async function showPortal(asking: Asking, portal: Portal): Promise<Answer> {
  const look = lookOf(portal.site, asking.headers);
  const session = await findSession(asking, portal);
  if (session === undefined)
    return answerPage(200, welcomePage({ signInHref: `${portal.site.publicUrl}/login` }, look));
  const visitor = {
    authentication: { kind: 'verified', identity: session.identity },
    clientAddress: asking.clientAddress,
  } as const;
  const apps = await openableApps(portal.apps, portal.policy, visitor);
  return answerPage(200, portalPage({ person: personOf(session.identity, portal), apps }, look));
}

/** `GET /sessions`, for admins also `?scope=everybody&username=`. */
export async function showSessions(asking: Asking, query: URLSearchParams, portal: Portal): Promise<Answer> {
  const session = await findSession(asking, portal);
  if (session === undefined) return leadToSignIn(portal);
  const isAdmin = isAdminOf(portal, session);
  const isAll = isAdmin && query.get('scope') === 'everybody';
  const filter = isAll ? query.get('username')?.trim().slice(0, maxFilterCharacters) || undefined : undefined;
  const found = isAll
    ? await portal.sessions.listAll(filter === undefined ? {} : { username: filter })
    : await portal.sessions.listOf(accountOf(session));
  const page = sessionsPage(
    {
      person: personOf(session.identity, portal),
      sessions: found.slice(0, maxShown).map((one) => rowOf(one, session, portal)),
      unlisted: Math.max(0, found.length - maxShown),
      scope: isAll ? 'everybody' : 'mine',
      isAdmin,
      filter,
      nowMs: portal.now(),
    },
    lookOf(portal.site, asking.headers),
  );
  return answerPage(200, page);
}

const maxShown = 100;
const maxFilterCharacters = 100;

/**
 * `POST /sessions` with `session=<key>`, or `all=mine`. A form from elsewhere does nothing: whoever sent it is shown
 * the list. So is somebody who ends a session that is not theirs: it is as if there were none.
 */
export async function endSessions(asking: Asking, form: URLSearchParams, portal: Portal): Promise<Answer> {
  const session = await findSession(asking, portal);
  if (session === undefined) return leadToSignIn(portal);
  const isAll = form.get('scope') === 'everybody' && isAdminOf(portal, session);
  const list = redirect(`${portal.site.publicUrl}/sessions${isAll ? '?scope=everybody' : ''}`);
  if (!portal.isFromOwnPage(asking.headers)) return list;
  const account = accountOf(session);
  if (form.get('all') === 'mine') {
    await portal.sessions.endBySubject(account.provider, account.subject);
    return signedOut(session, portal, lookOf(portal.site, asking.headers));
  }
  const key = form.get('session') ?? '';
  const ended = await portal.sessions.end(key, isAll ? undefined : account);
  if (ended === undefined) return list;
  if (isAll) portal.ended({ sessionKey: key, by: session.identity.username, requestId: asking.requestId });
  return key === session.key ? signedOut(session, portal, lookOf(portal.site, asking.headers)) : list;
}

async function findSession({ headers }: Asking, portal: Portal): Promise<Session | undefined> {
  const id = readSessionId(headers, portal.cookiePlace);
  return id === undefined ? undefined : portal.sessions.find(id, portal.cookiePlace.host);
}

function signedOut({ provider }: Session, portal: Portal, look: Look): Answer {
  const page = signedOutPage(
    { signInHref: `${portal.site.publicUrl}/login`, stillSignedInAt: titleOf(provider, portal) },
    look,
  );
  return answerPage(200, page, ['Set-Cookie', clearSessionCookie(portal.cookiePlace)]);
}

function leadToSignIn({ site: { publicUrl } }: Portal): Answer {
  return redirect(`${publicUrl}/login?${new URLSearchParams({ return_to: `${publicUrl}/sessions` })}`);
}

function redirect(location: string): Answer {
  return { status: 303, headers: ['Cache-Control', 'no-store', 'Location', location], body: '' };
}

function isAdminOf({ admins }: Portal, { identity }: Session): boolean {
  return admins !== undefined && admits(admins, identity) !== undefined;
}

function accountOf({ identity }: Session): Account {
  return { provider: identity.provider, subject: identity.id };
}

function personOf({ name, username, provider }: Identity, portal: Portal): Person {
  return { name, username, providerTitle: titleOf(provider, portal) };
}

function titleOf(provider: string, { providerTitles }: Portal): string {
  return providerTitles.get(provider) ?? provider;
}

function rowOf(session: Session, own: Session, portal: Portal): SessionRow {
  const { key, device, address, createdAtMs, lastSeenAtMs, isShared, identity } = session;
  return {
    ...{ key, device, address, createdAtMs, lastSeenAtMs, isShared },
    username: identity.username,
    providerTitle: titleOf(session.provider, portal),
    isCurrent: key === own.key,
  };
}
