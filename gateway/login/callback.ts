// `/callback/<provider>`: a browser comes back from a provider. It has to be the browser that was sent there, once, within
// ten minutes, with the answer of that provider and no other; whatever else comes ends on a page with a way forward.
import { Unavailable } from '../../platform/unavailable.ts';
import { answerPage } from '../pages/answer-page.ts';
import { type FlowOver, flowExpiredPage, signInFailedPage } from '../pages/interruptions.ts';
import { lookOf } from '../proxies/render.ts';
import { clearOwnCookie, readCookie } from '../sessions/cookies.ts';
import type { Answer } from '../types.ts';
import { callbackUrl, isEnough, providerDown, providersFor } from './begin.ts';
import { finishSignIn } from './finish.ts';
import { moveOn, redirect, withCookies } from './move-on.ts';
import { failed, type SignInFailure, type SignInFailureReason } from './oidc-identity.ts';
import { completeSignIn } from './oidc-sign-in.ts';
import { idOfState, type PendingLogin, pendingLivesMs } from './pending-login.ts';
import type { SignInClient } from './sign-in-client.ts';
import { noteStop } from './stopped.ts';
import { findSession, type Login, ownName, type Visit } from './visit.ts';
import { loginHref, readWanted, type Wanted } from './wanted.ts';

/** @throws Unavailable when the database does not answer. */
export async function answerCallback(visit: Visit, login: Login, providerName: string): Promise<Answer> {
  const found = await findPending(visit, login);
  const session = await findSession(visit, login);
  if (found.kind === 'none') {
    // Back button, a reload, another tab: whoever is signed in needs no explanation.
    if (session !== undefined) return redirect(`${login.publicUrl}/`);
    return flowOver(visit, login, found.why, {});
  }
  const { pending, cookie } = found;
  const cookies = [clearOwnCookie(cookie)];
  const wanted = readWanted(new URLSearchParams(pending.parameters), login.apps);
  const client = login.clients.get(pending.provider);
  if (client === undefined) return flowOver(visit, login, 'expired', pending.parameters, cookies);
  if (pending.provider !== providerName) {
    const mixedUp = failed(
      'sign_in_answer_invalid',
      `begun at ${pending.provider}, answered at the callback of another`,
    );
    return refuse(visit, login, { failure: mixedUp, wanted, client }, cookies);
  }
  if (session !== undefined && isEnough(session, wanted, login.now()))
    return moveOn(visit, login, { session, wanted, isForm: false, cookies });
  return complete(visit, login, { pending, wanted, client }, cookies);
}

type Answered = { readonly pending: PendingLogin; readonly wanted: Wanted; readonly client: SignInClient };

async function complete(
  visit: Visit,
  login: Login,
  { pending, wanted, client }: Answered,
  cookies: readonly string[],
): Promise<Answer> {
  const redirectUri = callbackUrl(login, pending.provider);
  const { maxAgeSeconds, acrValues } = wanted;
  const answered = { pending, redirectUri, query: visit.query, maxAgeSeconds, acrValues, nowMs: login.now() };
  try {
    const completed = await completeSignIn(client, answered);
    if (completed.kind === 'failed')
      return refuse(visit, login, { failure: completed, wanted, client }, cookies);
    const { kind: _, ...signedIn } = completed;
    return await finishSignIn(visit, login, { signedIn, wanted, isForm: false, cookies });
  } catch (error) {
    if (!(error instanceof Unavailable) || error.dependency !== client.provider.name) throw error;
    return providerDown(visit, login, { wanted, provider: client.provider, outage: error }, cookies);
  }
}

type Found =
  | { readonly kind: 'found'; readonly pending: PendingLogin; readonly cookie: string }
  | { readonly kind: 'none'; readonly why: FlowOver['why'] };

async function findPending({ query, headers }: Visit, login: Login): Promise<Found> {
  const state = query.getAll('state');
  const id = state.length === 1 ? idOfState(state[0] ?? '') : undefined;
  if (id === undefined) return { kind: 'none', why: 'elsewhere' };
  const cookie = `${ownName(login, 'login-')}${id}`;
  const sealed = readCookie(headers, cookie);
  const pending = sealed === undefined ? undefined : await login.pendingSeal.open(sealed);
  const isLate = Number.parseInt(id.split('-', 1)[0] ?? '', 36) + pendingLivesMs <= login.now();
  if (isLate) return { kind: 'none', why: 'expired' };
  if (pending === undefined || pending.state !== state[0]) return { kind: 'none', why: 'elsewhere' };
  return { kind: 'found', pending, cookie };
}

function flowOver(
  visit: Visit,
  login: Login,
  why: FlowOver['why'],
  parameters: Readonly<Record<string, string>>,
  cookies: readonly string[] = [],
): Answer {
  const { requestId } = visit;
  const code = noteStop(visit, login, { reason: overReasons[why], level: 'info' });
  const restartHref = loginHref(login.publicUrl, parameters);
  const page = flowExpiredPage(
    { why, code, requestId, restartHref, portalHref: `${login.publicUrl}/` },
    lookOf(login.site, visit.headers),
  );
  return answerPage(400, page, withCookies(cookies));
}

const overReasons = {
  expired: 'sign_in_expired',
  used: 'sign_in_used',
  elsewhere: 'sign_in_elsewhere',
} as const satisfies Record<FlowOver['why'], string>;

const whys = {
  sign_in_denied: 'denied',
  sign_in_answer_invalid: 'answer',
  token_username_missing: 'username',
  identifier_unverified: 'unverified',
  group_overage: 'too_many_groups',
  session_too_old: 'too_old',
  stronger_sign_in_needed: 'not_strong_enough',
} as const satisfies Record<Exclude<SignInFailureReason, 'sign_in_used'>, string>;

function refuse(
  visit: Visit,
  login: Login,
  { failure, wanted, client }: { failure: SignInFailure; wanted: Wanted; client: SignInClient },
  cookies: readonly string[],
): Answer {
  const { requestId } = visit;
  const { reason, detail } = failure;
  const { name, title } = client.provider;
  if (reason === 'sign_in_used') return flowOver(visit, login, 'used', wanted.parameters, cookies);
  const code = noteStop(visit, login, { reason, detail, provider: name, app: wanted.returnTo?.app.name });
  const hasOthers = providersFor(wanted, login).length > 1;
  const page = signInFailedPage(
    {
      providerTitle: title,
      why: whys[reason],
      code,
      reason,
      requestId,
      retryHref: loginHref(login.publicUrl, wanted.parameters, { provider: name }),
      otherHref: hasOthers
        ? loginHref(login.publicUrl, wanted.parameters, { provider: undefined })
        : undefined,
    },
    lookOf(login.site, visit.headers),
  );
  return answerPage(403, page, withCookies(cookies));
}
