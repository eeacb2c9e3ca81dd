// `/login`: who is signed in already just goes on; anybody else chooses a provider, where there is a choice, and is sent
// there, or gets the form for a user name and a password.
import { Unavailable } from '../../platform/unavailable.ts';
import type { Provider } from '../config-providers.ts';
import { answerPage } from '../pages/answer-page.ts';
import { providerDownPage } from '../pages/interruptions.ts';
import { type Choice, chooserPage, scicatSignInPage, tokenHelpPage } from '../pages/sign-in.ts';
import { lookOf } from '../proxies/render.ts';
import { clearOwnCookie, readCookie, writeOwnCookie } from '../sessions/cookies.ts';
import type { Session } from '../sessions/session.ts';
import type { Answer } from '../types.ts';
import { moveOn, redirect, withCookies } from './move-on.ts';
import { authorizationUrl } from './oidc-sign-in.ts';
import { pendingCookiesToClear } from './pending-cookies.ts';
import { makePendingId, makePendingLogin, type PendingLogin, pendingLivesMs } from './pending-login.ts';
import type { SignInClient } from './sign-in-client.ts';
import { noteOutage } from './stopped.ts';
import { findSession, type Login, ownName, type Visit } from './visit.ts';
import { loginHref, readWanted, type Wanted } from './wanted.ts';

/** @throws Unavailable when the database does not answer. */
export async function beginSignIn(visit: Visit, login: Login): Promise<Answer> {
  const wanted = readWanted(visit.query, login.apps);
  const session = await findSession(visit, login);
  if (session !== undefined && isEnough(session, wanted, login.now()))
    return moveOn(visit, login, { session, wanted, isForm: false, cookies: [] });
  const providers = providersFor(wanted, login);
  const chosen = providers.find(({ name }) => name === wanted.provider) ?? onlyOne(providers);
  if (chosen === undefined) return chooseProvider(visit, login, wanted, providers);
  const client = login.clients.get(chosen.name);
  if (client === undefined) return askPassword(visit, login, wanted, chosen, {});
  return sendToProvider(visit, login, { wanted, client, session });
}

/** Whether a session is what is wanted; if not, its owner signs in anew. */
export function isEnough(session: Session, wanted: Wanted, nowMs: number): boolean {
  const { maxAgeSeconds, acrValues, returnTo, isChange, provider } = wanted;
  if (isChange || (provider !== undefined && provider !== session.provider)) return false;
  if (maxAgeSeconds !== undefined && session.authTimeMs + maxAgeSeconds * 1000 < nowMs) return false;
  if (acrValues.length > 0 && (session.acr === undefined || !acrValues.includes(session.acr))) return false;
  return (
    returnTo === undefined ||
    takesAnyProvider(returnTo.app) ||
    returnTo.app.providers.includes(session.provider)
  );
}

/** The gateway itself takes whoever is signed in, and names no providers. */
function takesAnyProvider(app: { readonly providers: readonly string[] }): boolean {
  return app.providers.length === 0;
}

/** Those that sign people in in a browser, and that the app takes. */
export function providersFor({ returnTo }: Wanted, login: Login): readonly Provider[] {
  return login.providers.filter(
    ({ name, signIn }) =>
      signIn !== undefined &&
      (returnTo === undefined || takesAnyProvider(returnTo.app) || returnTo.app.providers.includes(name)),
  );
}

function onlyOne(providers: readonly Provider[]): Provider | undefined {
  return providers.length === 1 ? providers[0] : undefined;
}

export function choiceOf({ name, title, kind }: Provider, login: Login, wanted: Wanted): Choice {
  return { title, kind, href: loginHref(login.publicUrl, wanted.parameters, { provider: name }) };
}

function chooseProvider(visit: Visit, login: Login, wanted: Wanted, providers: readonly Provider[]): Answer {
  const look = lookOf(login.site, visit.headers);
  if (providers.length === 0 && login.clients.size + login.accounts.size === 0)
    return answerPage(200, tokenHelpPage(tokenHelpOf(login), look));
  const remembered = readCookie(visit.headers, ownName(login, 'provider'));
  const shown = providers
    .map((provider) => ({ ...choiceOf(provider, login, wanted), isRemembered: provider.name === remembered }))
    .sort((a, b) => Number(b.isRemembered) - Number(a.isRemembered));
  const shared = wanted.isShared ? undefined : 'on';
  const page = chooserPage(
    {
      appTitle: wanted.returnTo?.app.title,
      providers: shown,
      shared: { isOn: wanted.isShared, href: loginHref(login.publicUrl, wanted.parameters, { shared }) },
    },
    look,
  );
  return answerPage(200, page);
}

function tokenHelpOf({ providers }: Login) {
  return providers.map((provider) => ({
    name: provider.name,
    header: provider.kind === 'scicat' ? provider.header : undefined,
  }));
}

type Error = Parameters<typeof scicatSignInPage>[0]['error'];

type Again = {
  readonly error?: Error;
  /** By which the admin finds what went wrong. */
  readonly code?: string | undefined;
  readonly username?: string;
  readonly status?: number;
};

/** The form for a user name and a password. */
export function askPassword(
  visit: Visit,
  login: Login,
  wanted: Wanted,
  provider: Provider,
  { error, code, username, status = 200 }: Again,
): Answer {
  const { shared: _, provider: __, ...hidden } = wanted.parameters;
  const hasOthers = providersFor(wanted, login).length > 1;
  const page = scicatSignInPage(
    {
      providerTitle: provider.title,
      action: `${login.publicUrl}/login`,
      hidden: { ...hidden, provider: provider.name },
      username,
      isShared: wanted.isShared,
      error,
      code,
      backHref: hasOthers
        ? loginHref(login.publicUrl, wanted.parameters, { provider: undefined })
        : undefined,
    },
    lookOf(login.site, visit.headers),
  );
  return answerPage(status, page);
}

async function sendToProvider(
  visit: Visit,
  login: Login,
  { wanted, client, session }: { wanted: Wanted; client: SignInClient; session: Session | undefined },
): Promise<Answer> {
  const nowMs = login.now();
  const id = makePendingId(nowMs);
  const { name } = client.provider;
  const pending = makePendingLogin(id, { provider: name, parameters: wanted.parameters, createdAtMs: nowMs });
  const { maxAgeSeconds, acrValues, isChange } = wanted;
  const needsProof = session !== undefined && (maxAgeSeconds !== undefined || acrValues.length > 0);
  const prompt = isChange ? 'account' : needsProof ? 'login' : undefined;
  const asked = { pending, redirectUri: callbackUrl(login, name), prompt, maxAgeSeconds, acrValues } as const;
  try {
    const url = await authorizationUrl(client, asked);
    return redirect(url, withCookies(await pendingCookies(visit, login, { id, pending })));
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return providerDown(visit, login, { wanted, provider: client.provider, outage: error });
  }
}

export function callbackUrl({ publicUrl }: Pick<Login, 'publicUrl'>, provider: string): string {
  return `${publicUrl}/callback/${provider}`;
}

/** What a browser takes as one cookie, name and value and attributes together (RFC 6265bis section 5.6). */
const maxSealed = 3800;

async function pendingCookies(
  { headers }: Visit,
  login: Login,
  { id, pending }: { id: string; pending: PendingLogin },
): Promise<readonly string[]> {
  const prefix = ownName(login, 'login-');
  const sealed = await login.pendingSeal.seal(pending);
  // Of a deep link that no cookie holds, the portal is what is left.
  const { return_to: _, ...parameters } = pending.parameters;
  const value =
    sealed.length <= maxSealed ? sealed : await login.pendingSeal.seal({ ...pending, parameters });
  const old = pendingCookiesToClear(headers, prefix, { nowMs: login.now(), livesMs: pendingLivesMs });
  const mine = writeOwnCookie({ name: `${prefix}${id}`, value, maxAgeSeconds: pendingLivesMs / 1000 });
  return [mine, ...old.map(clearOwnCookie)];
}

/** The others still work. */
export function providerDown(
  visit: Visit,
  login: Login,
  { wanted, provider, outage }: { wanted: Wanted; provider: Provider; outage: Unavailable },
  cookies: readonly string[] = [],
): Answer {
  const { requestId } = visit;
  const code = noteOutage(visit, login, outage);
  const others = providersFor(wanted, login).filter(({ name }) => name !== provider.name);
  const page = providerDownPage(
    {
      providerTitle: provider.title,
      retryHref: loginHref(login.publicUrl, wanted.parameters, { provider: provider.name }),
      others: others.map((other) => choiceOf(other, login, wanted)),
      code,
      requestId,
    },
    lookOf(login.site, visit.headers),
  );
  return answerPage(503, page, ['Retry-After', String(outage.retryAfterSeconds), ...withCookies(cookies)]);
}
