// A decision -> the response, for proxies that pass whatever is not 2xx on to the client as it is (Traefik, Caddy,
// Envoy, and the gateway itself in standalone mode). Pure.
import { maxReturnAddressLength } from '../login/return-address.ts';
import { answerPage } from '../pages/answer-page.ts';
import { outagePage } from '../pages/interruptions.ts';
import { type Branding, type Look, readLanguage } from '../pages/look.ts';
import { refusedPage } from '../pages/refused.ts';
import { messageOf, type RefusalReason } from '../reasons.ts';
import {
  type CookiePlace,
  type CookieRules,
  cookiePlace,
  isRandomText,
  ownCookieName,
  readCookie,
  writeOwnCookie,
} from '../sessions/cookies.ts';
import type {
  Answer,
  App,
  Authenticate,
  Forbid,
  ForwardedRequest,
  Malformed,
  RawHeaders,
  Rule,
  SignOut,
} from '../types.ts';
import { isNavigation } from './navigation.ts';

export type Site = {
  /** Without a final slash. */
  readonly publicUrl: string;
  readonly branding: Branding;
  /** Every header that a credential can stand in, lower case: what is given back to an app only on purpose. */
  readonly credentialHeaders: readonly string[];
  /** How a session gets to an app's host; `undefined`: nobody signs in with a browser. */
  readonly handover: Handover | undefined;
};

export type Handover = {
  readonly cookies: CookieRules;
  /** Where the session's cookie lies on the gateway's own host. */
  readonly ownPlace: CookiePlace;
  readonly makeNonce: () => string;
  readonly hashOf: (nonce: string) => string;
};

/** What an allowed request takes along: the identity in the app's dialect, and what is left of its own credentials. */
export type Passport = {
  readonly identityHeaders: readonly string[];
  readonly credentialHeaders: readonly string[];
};

export function renderAllow(passport: Passport): Answer {
  const { identityHeaders, credentialHeaders } = passport;
  const headers =
    credentialHeaders.length === 0 ? identityHeaders : [...identityHeaders, ...credentialHeaders];
  return { status: 200, headers, body: '' };
}

/** @param code by which the admin finds the refusal. */
export function renderAuthenticate(
  decision: Authenticate,
  request: ForwardedRequest,
  site: Site,
  code?: string,
): Answer {
  const loginUrl = loginUrlOf(decision, request, site);
  if (isNavigation(request)) return leadToSignIn(loginUrl, request, site);
  return renderUnauthenticated({ reason: decision.reason, requestId: request.requestId, code, loginUrl });
}

/**
 * On an app's host with a nonce, which says whose browser the session is to be handed to. One that is there already
 * stays, for the tabs that are on their way.
 */
function leadToSignIn(loginUrl: string, request: ForwardedRequest, { handover }: Site): Answer {
  const headers = [...uncached, 'Location'];
  if (handover === undefined) return { status: 302, headers: [...headers, loginUrl], body: '' };
  const { cookies, ownPlace, makeNonce, hashOf } = handover;
  const { name, host } = cookiePlace(cookies, request);
  if (name === ownPlace.name && host === ownPlace.host)
    return { status: 302, headers: [...headers, loginUrl], body: '' };
  const nonceName = ownCookieName('nonce', cookies, request.scheme);
  const known = readCookie(request.headers, nonceName) ?? '';
  const nonce = isRandomText(known) ? known : makeNonce();
  const cookie = writeOwnCookie({ name: nonceName, value: nonce, maxAgeSeconds: 600 });
  const location = `${loginUrl}&${new URLSearchParams({ handover: hashOf(nonce) })}`;
  return { status: 302, headers: [...headers, location, 'Set-Cookie', cookie], body: '' };
}

/** With the challenge of RFC 6750 section 3: a credential that was there is said to be no good. */
export function renderUnauthenticated(
  refusal: RefusalBody & { readonly reason: Authenticate['reason'] },
): Answer {
  const error = refusal.reason === 'no_credential' ? '' : ', error="invalid_token"';
  return json(401, refusal, ['WWW-Authenticate', `Bearer realm="beamgate"${error}`]);
}

/** @param code as of `renderAuthenticate`. */
export function renderForbid(decision: Forbid, request: ForwardedRequest, site: Site, code?: string): Answer {
  const { requestId } = request;
  if (!isNavigation(request)) return json(403, { reason: decision.reason, requestId, code });
  const { app, identity } = decision;
  const page = refusedPage(
    {
      username: identity?.username,
      title: app?.title,
      // Without its query, which may hold what is nobody's business who looks over a shoulder.
      asked: addressOf(request, app).split('?', 1)[0] ?? '',
      reason: decision.reason,
      code,
      requestId,
      changeHref:
        app === undefined || identity === undefined
          ? undefined
          : `${loginUrlOf({ app, rule: undefined }, request, site)}&change=account`,
    },
    lookOf(site, request.headers),
  );
  return answerPage(403, page);
}

/** To the page of the gateway that signs out of everything. */
export function renderSignOut({ app }: SignOut, site: Site): Answer {
  const location = `${site.publicUrl}/logout?${new URLSearchParams({ app: app.name })}`;
  return { status: 302, headers: [...uncached, 'Location', location], body: '' };
}

/** How pages look to whoever sent these headers. */
export function lookOf({ branding, publicUrl }: Site, headers: RawHeaders): Look {
  return { language: readLanguage(headers), site: branding, publicUrl };
}

export function renderMalformed(decision: Malformed, requestId: string, code?: string): Answer {
  return json(400, { reason: decision.reason, requestId, code, details: decision.detail });
}

type Outage = {
  readonly requestId: string;
  readonly code?: string | undefined;
  readonly retryAfterSeconds: number;
  /** Who opened a page; `undefined`: a program asks. */
  readonly reader?: Reader | undefined;
};

/** Somebody who opened a page, and its address. */
export type Reader = { readonly look: Look; readonly address: string };

/** @returns `undefined` where it was no person's browser that opened a page. */
export function readerOf(
  request: Pick<ForwardedRequest, 'method' | 'isUpgrade' | 'headers'>,
  site: Site,
  address: string,
): Reader | undefined {
  return isNavigation(request) ? { look: lookOf(site, request.headers), address } : undefined;
}

export function renderOutage(
  reason: 'unavailable' | 'busy',
  { requestId, code, retryAfterSeconds, reader }: Outage,
): Answer {
  const retryAfter = ['Retry-After', String(retryAfterSeconds)];
  if (reader === undefined) return json(503, { reason, requestId, code }, retryAfter);
  const page = outagePage({ retryHref: reader.address, code: code ?? reason, requestId }, reader.look);
  return answerPage(503, page, retryAfter);
}

export function renderBug(requestId: string, code?: string): Answer {
  return json(500, { reason: 'internal_error', requestId, code });
}

type RefusalBody = {
  readonly reason: RefusalReason;
  readonly requestId: string;
  /** By which the admin finds it; not every refusal is kept. */
  readonly code?: string | undefined;
  readonly loginUrl?: string;
  readonly details?: string;
};

/** Every refusal that is no page: the Ingestor's client crashes on one without JSON. */
export function json(status: number, refusal: RefusalBody, headers: readonly string[] = []): Answer {
  const body = JSON.stringify({ message: messageOf(refusal.reason), ...refusal });
  return {
    status,
    headers: [...uncached, 'Content-Type', 'application/json; charset=utf-8', ...headers],
    body,
  };
}

const uncached = ['Cache-Control', 'no-store'] as const;

/** Always absolute: a relative Location is resolved by Traefik against the gateway's internal address. */
function loginUrlOf(
  { app, rule }: { readonly app: App; readonly rule: Rule | undefined },
  request: ForwardedRequest,
  site: Site,
): string {
  const parameters = new URLSearchParams({ app: app.name, return_to: returnTo(request, app) });
  if (rule?.maxAgeSeconds !== undefined) parameters.set('max_age', String(rule.maxAgeSeconds));
  if (rule !== undefined && rule.acr !== 'any') parameters.set('acr', [...rule.acr].join(' '));
  return `${site.publicUrl}/login?${parameters}`;
}

/** Without its query, where nobody would be led back to the whole of it: no answer grows with what a client writes. */
function returnTo(request: ForwardedRequest, app: App): string {
  const address = addressOf(request, app);
  return address.length <= maxReturnAddressLength ? address : (address.split('?', 1)[0] ?? '');
}

/** As the browser has it: with the prefix that a proxy has removed before it asked. */
export function addressOf({ scheme, host, target }: ForwardedRequest, app?: App): string {
  const removed = app?.stripped === true ? app.url.replace(/^https?:\/\/[^/]*/, '') : '';
  return `${scheme}://${host.name}${host.port === undefined ? '' : `:${host.port}`}${removed}${target}`;
}
