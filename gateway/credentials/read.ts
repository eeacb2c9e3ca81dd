// A request -> the one credential that decides. The order: a provider's own header, `Authorization`, the session's
// cookie; the first that is there decides, and what a rule does not read is not looked at. Pure.
import { malformed } from '../proxies/forwarded.ts';
import { valuesOf } from '../proxies/headers.ts';
import { type CookieRules, cookiePlace, readSessionId } from '../sessions/cookies.ts';
import type { Credential, CredentialKind, ForwardedRequest, Malformed, RawHeaders } from '../types.ts';

/** Header name, lower case -> the provider whose tokens stand in it. */
export type ProviderHeaders = ReadonlyMap<string, string>;

/** Where credentials stand. */
export type CredentialPlaces = { readonly providerHeaders: ProviderHeaders; readonly cookies: CookieRules };

/** @returns malformed where one credential stands there twice: which of the two the app reads is anybody's guess. */
export function readCredential(
  request: Pick<ForwardedRequest, 'headers' | 'scheme' | 'host'>,
  kinds: ReadonlySet<CredentialKind>,
  { providerHeaders, cookies }: CredentialPlaces,
): Credential | Malformed {
  const { headers } = request;
  if (kinds.has('header')) {
    for (const [header, provider] of providerHeaders) {
      const values = valuesOf(headers, header);
      if (values.length > 1) return repeated(header);
      const [token] = values;
      if (token !== undefined) return readToken(token) ?? { kind: 'header', header, provider, token };
    }
  }
  const found = kinds.has('bearer') || kinds.has('basic') ? readAuthorization(headers, kinds) : absent;
  if (!('kind' in found) || found.kind !== 'absent' || !kinds.has('session')) return found;
  return readSession(request, cookies);
}

/** What is no session's id, or stands there twice, is absent: anybody can plant a cookie, and nobody is to be locked out. */
function readSession(
  request: Pick<ForwardedRequest, 'headers' | 'scheme' | 'host'>,
  cookies: CookieRules,
): Credential {
  const place = cookiePlace(cookies, request);
  const id = readSessionId(request.headers, place);
  return id === undefined ? absent : { kind: 'session', header: 'cookie', id, host: place.host };
}

function readAuthorization(headers: RawHeaders, kinds: ReadonlySet<CredentialKind>): Credential | Malformed {
  const values = valuesOf(headers, 'authorization');
  if (values.length > 1) return repeated('authorization');
  return values[0] === undefined ? absent : readScheme(values[0], kinds);
}

/**
 * RFC 6750 section 2.1, RFC 7617. A scheme that the rule does not read, or that nobody here knows (JupyterHub's `token`,
 * `AWS4-HMAC-SHA256`), is not a credential of ours: it passes to the app. A value without a scheme is malformed.
 */
function readScheme(value: string, kinds: ReadonlySet<CredentialKind>): Credential {
  const [before = '', scheme = ''] = /^([A-Za-z0-9-]*) */.exec(value) ?? [];
  const rest = value.slice(before.length);
  switch (scheme.toLowerCase()) {
    case 'bearer':
      if (!kinds.has('bearer')) return absent;
      return isToken(rest)
        ? { kind: 'bearer', header: 'authorization', token: rest }
        : malformedAuthorization;
    case 'basic':
      if (!kinds.has('basic')) return absent;
      return isToken(rest)
        ? { kind: 'basic', header: 'authorization', userAndPassword: rest }
        : malformedAuthorization;
    default:
      return scheme !== '' && before !== scheme && rest !== '' ? absent : malformedAuthorization;
  }
}

function readToken(token: string): Credential | undefined {
  return isToken(token) ? undefined : { kind: 'malformed', header: 'a provider header' };
}

/** `token68` of RFC 9110 section 11.2, bounded: nobody's token is larger, and it is hashed on every request. */
function isToken(token: string): boolean {
  return token.length > 0 && token.length <= 16_384 && /^[A-Za-z0-9._~+/-]+=*$/.test(token);
}

const absent: Credential = { kind: 'absent' };
const malformedAuthorization: Credential = { kind: 'malformed', header: 'authorization' };

function repeated(header: string): Malformed {
  return malformed('repeated_credential', `the header ${header} stands there more than once`);
}
