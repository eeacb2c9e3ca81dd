// The gateway's pages for somebody who is signed in: the portal with the apps that they may open, and the list of
// sessions, where they end their own, and admins anybody's. (Visit, Portal) -> Answer, without a socket.
import type { Logger } from '../../platform/log.ts';
import type { Policy } from '../authorize.ts';
import { findSession, type Visit } from '../login/visit.ts';
import { answerPage } from '../pages/answer-page.ts';
import { type Person, portalPage, welcomePage } from '../pages/portal.ts';
import { type SessionRow, sessionsPage } from '../pages/sessions.ts';
import { admits } from '../policy/evaluate.ts';
import { lookOf, type Site } from '../proxies/render.ts';
import type { CookieRules } from '../sessions/cookies.ts';
import type { Account, Session } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Answer, App, Identity, WhoRequirement } from '../types.ts';
import { openableApps } from './openable.ts';
import { isFromOwnPage } from './own-page.ts';

export type Portal = {
  readonly site: Site;
  /** The gateway itself may be among them. */
  readonly apps: readonly App[];
  readonly policy: Policy;
  /** The providers' names for people. */
  readonly providerTitles: ReadonlyMap<string, string>;
  readonly admins: WhoRequirement | undefined;
  readonly publicUrl: string;
  readonly cookies: CookieRules;
  readonly sessions: Pick<Sessions, 'find' | 'listOf' | 'listAll' | 'end' | 'endBySubject'>;
  /** Ends the session of this browser, here and at its provider, and says so. */
  readonly signOut: (visit: Visit) => Promise<Answer>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Logger;
};

/** `GET /`. */
export async function showPortal(visit: Visit, portal: Portal): Promise<Answer> {
  const look = lookOf(portal.site, visit.headers);
  const session = await findSession(visit, portal);
  if (session === undefined)
    return answerPage(200, welcomePage({ signInHref: `${portal.publicUrl}/login` }, look));
  const visitor = {
    authentication: {
      kind: 'verified',
      identity: session.identity,
      signIn: { authTimeMs: session.authTimeMs, acr: session.acr },
    },
    clientAddress: visit.clientAddress,
  } as const;
  const apps = await openableApps(portal.apps, portal.policy, visitor);
  return answerPage(200, portalPage({ person: personOf(session.identity, portal), apps }, look));
}

/** `GET /sessions`, for admins also `?scope=everybody&username=`. */
export async function showSessions(visit: Visit, portal: Portal): Promise<Answer> {
  const session = await findSession(visit, portal);
  if (session === undefined) return leadToSignIn(portal);
  const isAdmin = isAdminOf(portal, session);
  const { query } = visit;
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
    lookOf(portal.site, visit.headers),
  );
  return answerPage(200, page);
}

const maxShown = 100;
const maxFilterCharacters = 100;

/**
 * `POST /sessions` with `session=<key>`, or `all=mine`. A form from elsewhere does nothing: whoever sent it is shown
 * the list. So is somebody who ends a session that is not theirs: it is as if there were none.
 */
export async function endSessions(visit: Visit, form: URLSearchParams, portal: Portal): Promise<Answer> {
  const session = await findSession(visit, portal);
  if (session === undefined) return leadToSignIn(portal);
  const isAll = form.get('scope') === 'everybody' && isAdminOf(portal, session);
  const list = redirect(`${portal.publicUrl}/sessions${isAll ? '?scope=everybody' : ''}`);
  if (!isFromOwnPage(visit.headers, new URL(portal.publicUrl).origin)) return list;
  const account = accountOf(session);
  if (form.get('all') === 'mine') {
    const answer = await portal.signOut(visit);
    await portal.sessions.endBySubject(account.provider, account.subject);
    return answer;
  }
  const key = form.get('session') ?? '';
  if (key === session.key) return portal.signOut(visit);
  const ended = await portal.sessions.end(key, isAll ? undefined : account);
  if (ended !== undefined) {
    const { username, provider } = session.identity;
    const { requestId, clientAddress: client } = visit;
    portal.log.info(
      { requestId, outcome: 'session_ended', session: key, provider, username, client },
      'sessions',
    );
  }
  return list;
}

function leadToSignIn({ publicUrl }: Portal): Answer {
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
