// Back-channel logout: a provider says by a signed token that somebody is out, and they are, on every replica. Cheap
// checks come before the signature. Source: OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8.
import type { Dispatcher } from 'undici';
import type { TimeSource } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { RefusalBook } from '../../platform/refusal-book.ts';
import type { SigningOidc } from '../config-providers.ts';
import type { OidcSignIn } from '../config-sign-in.ts';
import { decodeToken, isUnambiguous } from '../credentials/jwt.ts';
import { judgeSignature, openKeySet } from '../credentials/oidc.ts';
import { readHeader, type TokenHeader } from '../credentials/oidc-claims.ts';
import { json } from '../proxies/render.ts';
import { explainOwn } from '../refusal.ts';
import type { Answer, RejectedReason } from '../types.ts';
import { judgeLogout, type Logout, type LogoutFlaw, logoutTypes } from './logout-token.ts';
import type { Sessions } from './sessions.ts';

export type LogoutRequest = {
  readonly provider: string;
  readonly contentType: string | undefined;
  readonly body: string;
  readonly requestId: string;
};

/** @throws Unavailable where the provider's keys or the database are away: the provider is to try again. */
export type ReceiveLogout = (request: LogoutRequest) => Promise<Answer>;

/** Reads the logout tokens of one provider. @throws Unavailable when its keys cannot be had. */
export type ReadLogout = (token: string) => Promise<Logout | LogoutFlaw>;

export function createBackchannelLogout({
  readers,
  sessions,
  refusals,
  log,
}: {
  /** By provider: of those that people sign in with. */
  readonly readers: ReadonlyMap<string, ReadLogout>;
  readonly sessions: Pick<Sessions, 'logOut'>;
  readonly refusals: RefusalBook;
  readonly log: Logger;
}): ReceiveLogout {
  return async (request) => {
    const { provider, requestId } = request;
    const read = readers.get(provider);
    if (read === undefined) return json(404, { reason: 'not_found', requestId });
    const token = tokenOf(request);
    const logout = token === undefined ? 'unreadable' : await read(token);
    const ended = typeof logout === 'string' ? logout : await sessions.logOut({ ...logout, provider });
    if (typeof ended === 'number') {
      log.info({ requestId, provider, ended }, 'back-channel logout');
      return { status: 200, headers: ['Cache-Control', 'no-store'], body: '' };
    }
    const reason = 'logout_token_invalid';
    const details = sentences[ended];
    const own = { at: `a back-channel logout by ${provider}`, requestId, clientAddress: undefined };
    const code = refusals.enter(reason, explainOwn(own, reason, details));
    log.warn({ requestId, code, provider, reason, why: ended }, 'back-channel logout refused');
    return json(400, { reason, requestId, code, details });
  };
}

/** Keeps the provider's keys. */
export function createLogoutReader(
  provider: SigningOidc & { readonly signIn: OidcSignIn },
  parts: { readonly dispatcher: Dispatcher; readonly clock: TimeSource },
): ReadLogout {
  const keys = openKeySet(provider, parts);
  const judge = { ...provider, clientId: provider.signIn.clientId };
  return async (token) => {
    const jwt = decodeToken(token);
    if (jwt === undefined || !isUnambiguous(token)) return 'unreadable';
    const header = readHeader(jwt.header, logoutTypes);
    if (typeof header === 'string') return flawOf(header);
    const logout = judgeLogout(jwt.payload, judge, Math.floor(parts.clock.now() / 1000));
    if (typeof logout === 'string') return logout;
    const rejected = await judgeSignature(token, header, keys);
    return rejected === undefined ? logout : flawOf(rejected);
  };
}

/** The form of section 2.5, with one token in it. */
function tokenOf({ contentType, body }: LogoutRequest): string | undefined {
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType ?? '')) return undefined;
  const [token, ...others] = new URLSearchParams(body).getAll('logout_token');
  return others.length === 0 ? token : undefined;
}

function flawOf(reason: Exclude<TokenHeader | RejectedReason, TokenHeader>): LogoutFlaw {
  switch (reason) {
    case 'token_algorithm':
      return 'algorithm';
    case 'token_not_access':
      return 'type';
    case 'token_key_unknown':
      return 'key_unknown';
    case 'token_signature_invalid':
      return 'signature';
    default:
      return 'unreadable';
  }
}

const sentences: Readonly<Record<LogoutFlaw, string>> = {
  unreadable: 'there is no single logout_token that is a signed JWT',
  algorithm: 'it is signed in a way that is not accepted',
  type: 'its typ is not logout+jwt',
  key_unknown: 'its key is not among those of the issuer',
  signature: 'its signature is not genuine',
  issuer: 'its iss is another one',
  audience: 'its aud is another client',
  times: 'its iat or exp is missing, over, or in the future',
  event: 'its events do not name a back-channel logout',
  nonce: 'it has a nonce, which belongs to ID tokens',
  jti: 'it has no jti',
  whose: 'it has neither sid nor sub',
  seen_before: 'it has been used before',
};
