// The authorization code flow with one provider: where a browser is sent, and what comes of the answer that it brings
// back. Sources: OpenID Connect Core 1.0 section 3.1, RFC 7636 (PKCE), RFC 9207 (`iss`), RFC 9700.
import * as oidc from 'openid-client';
import { Unavailable } from '../../platform/unavailable.ts';
import type { Claims } from '../identity/claims.ts';
import { laterClaims } from '../identity/later-claims.ts';
import type { Tokens } from '../sessions/session.ts';
import type { Identity } from '../types.ts';
import { failed, identityOf, type SignInFailure } from './oidc-identity.ts';
import type { PendingLogin } from './pending-login.ts';
import { misconfigured, outageIn, type SignInClient } from './sign-in-client.ts';
import type { Wanted } from './wanted.ts';

type Freshness = Pick<Wanted, 'maxAgeSeconds' | 'acrValues'>;

export type AuthorizationRequest = Freshness & {
  readonly pending: PendingLogin;
  readonly redirectUri: string;
  /** `login`: prove again who you are. `account`: as somebody else, perhaps. */
  readonly prompt: 'login' | 'account' | undefined;
};

/** @throws Unavailable */
export async function authorizationUrl(client: SignInClient, request: AuthorizationRequest): Promise<string> {
  const configuration = await client.configuration();
  const { signIn } = client.provider;
  const { pending, redirectUri, prompt, maxAgeSeconds, acrValues } = request;
  return oidc.buildAuthorizationUrl(configuration, {
    ...signIn.parameters,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: signIn.scopes.join(' '),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
    ...(prompt === undefined ? {} : { prompt: promptFor(prompt, configuration) }),
    ...(maxAgeSeconds === undefined ? {} : { max_age: String(maxAgeSeconds) }),
    ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
  }).href;
}

/** Keycloak knows no `select_account`, and shows another way in on its page for `login`. */
function promptFor(prompt: 'login' | 'account', configuration: oidc.Configuration): string {
  const known = configuration.serverMetadata().prompt_values_supported;
  const canSelect = Array.isArray(known) && known.includes('select_account');
  return prompt === 'account' && canSelect ? 'select_account' : 'login';
}

export type SignedInAtProvider = {
  readonly kind: 'signed_in';
  readonly identity: Identity;
  readonly sid: string | undefined;
  readonly authTimeMs: number;
  readonly acr: string | undefined;
  readonly tokens: Tokens;
};

export type AuthorizationAnswer = Freshness & {
  readonly pending: PendingLogin;
  readonly redirectUri: string;
  /** As the browser brought it. */
  readonly query: URLSearchParams;
  readonly nowMs: number;
};

/** @throws Unavailable when the provider does not answer, or will not know this client. */
export async function completeSignIn(
  client: SignInClient,
  answer: AuthorizationAnswer,
): Promise<SignedInAtProvider | SignInFailure> {
  const configuration = await client.configuration();
  const { pending, redirectUri, query, nowMs } = answer;
  try {
    const granted = await oidc.authorizationCodeGrant(configuration, new URL(`${redirectUri}?${query}`), {
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      pkceCodeVerifier: pending.verifier,
      idTokenExpected: true,
    });
    const claims = await claimsOf(client, configuration, granted);
    const read = identityOf(claims, client.provider);
    if (read.kind === 'failed') return read;
    const { auth_time: authTime, acr } = claims;
    const signedIn: SignedInAtProvider = {
      kind: 'signed_in',
      identity: read.identity,
      sid: textOf(claims.sid),
      // A provider that does not say when is not believed to have asked just now.
      authTimeMs: typeof authTime === 'number' ? Math.floor(authTime * 1000) : 0,
      acr: textOf(acr),
      tokens: tokensOf(granted, nowMs),
    };
    return freshEnough(signedIn, answer, client.provider.clockSkewSeconds) ?? signedIn;
  } catch (error) {
    return judge(error, client);
  }
}

/** The ID token's claims, and what userinfo adds: it cannot replace what the ID token says. */
export async function claimsOf(
  client: SignInClient,
  configuration: oidc.Configuration,
  granted: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
): Promise<Claims> {
  const claims: Claims = { ...granted.claims() };
  if (!client.provider.signIn.asksUserinfo) return claims;
  const subject = typeof claims.sub === 'string' ? claims.sub : oidc.skipSubjectCheck;
  const informed = await oidc.fetchUserInfo(configuration, granted.access_token, subject);
  return laterClaims({ ...informed }, claims, client.provider.claims).claims;
}

export function tokensOf(
  granted: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
  nowMs: number,
): Tokens {
  const { refresh_token: refreshToken, id_token: idToken, expires_in: seconds } = granted;
  return {
    refreshToken,
    idToken,
    accessExpiresAtMs: seconds === undefined ? undefined : nowMs + Math.floor(seconds * 1000),
  };
}

function freshEnough(
  { authTimeMs, acr }: SignedInAtProvider,
  { maxAgeSeconds, acrValues, nowMs }: AuthorizationAnswer,
  clockSkewSeconds: number,
): SignInFailure | undefined {
  if (maxAgeSeconds !== undefined && authTimeMs + (maxAgeSeconds + clockSkewSeconds) * 1000 < nowMs)
    return failed('session_too_old', `max_age was ${maxAgeSeconds}, and auth_time is older or missing`);
  if (acrValues.length > 0 && (acr === undefined || !acrValues.includes(acr)))
    return failed(
      'stronger_sign_in_needed',
      `one of ${acrValues.join(' ')} was asked for, and acr is ${acr}`,
    );
  return undefined;
}

/** By codes alone, never by a message. @throws what is no answer of the provider's. */
export function judge(error: unknown, client: SignInClient): SignInFailure {
  const outage = outageIn(error);
  if (outage !== undefined) throw outage;
  if (error instanceof oidc.AuthorizationResponseError) return judgeRefusal(error.error, client);
  if (error instanceof oidc.ResponseBodyError) {
    if (error.error === 'invalid_grant')
      return failed('sign_in_used', 'the token endpoint says invalid_grant');
    if (isPersons(error.error)) return failed('sign_in_denied', `the token endpoint says ${error.error}`);
    if (error.status >= 500) throw outageOf(client, `answered ${error.status}`);
    throw misconfigured(client.provider, `refuses this client: ${error.error}`);
  }
  if (error instanceof oidc.WWWAuthenticateChallengeError)
    throw misconfigured(client.provider, `refuses this client: ${error.status} with a challenge`);
  if (!(error instanceof oidc.ClientError)) throw error;
  if (error.cause instanceof Response && error.cause.status >= 500)
    throw outageOf(client, `answered ${error.cause.status}`);
  return failed('sign_in_answer_invalid', `${error.code ?? 'no code'}: ${error.message}`);
}

/** RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0 section 3.1.2.6. */
function judgeRefusal(code: string, client: SignInClient): SignInFailure {
  if (code === 'server_error' || code === 'temporarily_unavailable') throw outageOf(client, `says ${code}`);
  const shown = /^[a-z_]{1,64}$/.test(code) ? code : 'an unknown error';
  return failed(isPersons(code) ? 'sign_in_denied' : 'sign_in_answer_invalid', `the provider says ${shown}`);
}

/** Entra ID says so at the token endpoint too. */
function isPersons(code: string): boolean {
  return /^(?:access_denied|(?:login|consent|interaction|account_selection)_required)$/.test(code);
}

function outageOf({ provider: { name, issuer } }: SignInClient, what: string): Unavailable {
  return new Unavailable({
    dependency: name,
    reason: 'server_error',
    message: `${name} (${issuer}) ${what}`,
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
