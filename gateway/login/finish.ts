// Somebody has just signed in: the session that this browser had ends, a new one begins with a new id, and they go on.
import { describeDevice } from '../pages/device.ts';
import { valuesOf } from '../proxies/headers.ts';
import { clearOwnCookie, readSessionId, writeOwnCookie, writeSessionCookie } from '../sessions/cookies.ts';
import type { SignedIn } from '../sessions/session.ts';
import type { Answer } from '../types.ts';
import { moveOn } from './move-on.ts';
import { type Login, ownName, ownPlace, type Visit } from './visit.ts';
import type { Wanted } from './wanted.ts';

const rememberedSeconds = 180 * 24 * 60 * 60;

export type Finished = {
  readonly signedIn: Omit<SignedIn, 'providerDigest' | 'device' | 'address' | 'isShared'>;
  readonly wanted: Wanted;
  readonly isForm: boolean;
  /** `Set-Cookie` values besides. */
  readonly cookies: readonly string[];
};

export async function finishSignIn(visit: Visit, login: Login, finished: Finished): Promise<Answer> {
  const { signedIn, wanted, isForm, cookies } = finished;
  const place = ownPlace(login);
  const before = readSessionId(visit.headers, place);
  const replaced = before === undefined ? undefined : await login.sessions.find(before, place.host);
  const isShared = wanted.isShared || isSharedComputer(visit, login);
  // Of the one that has just vouched for them: a reload may have come since.
  const providerDigest = login.providerDigests.get(signedIn.identity.provider) ?? '';
  const { id, session } = await login.sessions.begin(
    { ...signedIn, providerDigest, device: deviceOf(visit), address: visit.clientAddress, isShared },
    place.host,
  );
  if (replaced !== undefined) await login.sessions.end(replaced.key);
  const { provider, username, claimProblems } = session.identity;
  const { requestId, clientAddress: client } = visit;
  login.log.info(
    { requestId, outcome: 'signed_in', provider, username, claimProblems, session: session.key, client },
    'sign-in',
  );
  const name = ownName(login, 'provider');
  const remember = isShared
    ? clearOwnCookie(name)
    : writeOwnCookie({ name, value: provider, maxAgeSeconds: rememberedSeconds });
  const all = [...cookies, writeSessionCookie(place, id), remember];
  return moveOn(visit, login, { session, wanted, isForm, cookies: all });
}

function isSharedComputer({ clientAddress }: Visit, { sharedComputers }: Login): boolean {
  return clientAddress !== undefined && sharedComputers.has(clientAddress);
}

function deviceOf({ headers }: Visit): string {
  const [userAgent = ''] = valuesOf(headers, 'user-agent');
  return describeDevice(userAgent);
}
