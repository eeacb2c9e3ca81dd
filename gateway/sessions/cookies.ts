// The cookies of the gateway: their names, how they are written, and which session id a request brings. Pure.
// Source: RFC 6265bis sections 4.1.3 (prefixes) and 5.6.
import { valuesOf } from '../proxies/headers.ts';
import type { ForwardedRequest, RawHeaders } from '../types.ts';

/** What the configuration says of cookies. */
export type CookieRules = {
  /** Plain http is served, where no cookie can be `Secure`. */
  readonly insecure: boolean;
  /** Hosts below it share one cookie; `undefined`: each has its own. */
  readonly domain: string | undefined;
};

export const defaultCookieRules: CookieRules = { insecure: false, domain: undefined };

/** Where a session's cookie lies, and for which host its id counts. */
export type CookiePlace = {
  readonly name: string;
  readonly attributes: string;
  /**
   * Name of the host without a port, which cookies ignore: the browser shows the same cookie to every port. Begins
   * with a dot where all hosts below a domain share it.
   */
  readonly host: string;
};

/** The session's cookie for a request, or for a URL's `{ scheme, host }`. */
export function cookiePlace(
  { insecure, domain }: CookieRules,
  { scheme, host: { name: host } }: Pick<ForwardedRequest, 'scheme' | 'host'>,
): CookiePlace {
  const isSecure = !(insecure && scheme === 'http');
  if (domain !== undefined && (host === domain || host.endsWith(`.${domain}`)))
    return {
      name: isSecure ? '__Secure-beamgate' : 'beamgate',
      attributes: `${attributesOf(isSecure)}; Domain=${domain}`,
      host: `.${domain}`,
    };
  return { ...ownCookie(isSecure), host };
}

/** A cookie of this host alone: `nonce`, `provider`, `hops`, `login-<id>`. */
export function ownCookieName(
  suffix: string,
  { insecure }: Pick<CookieRules, 'insecure'>,
  scheme: 'http' | 'https',
): string {
  return `${ownCookie(!(insecure && scheme === 'http')).name}-${suffix}`;
}

function ownCookie(isSecure: boolean): Pick<CookiePlace, 'name' | 'attributes'> {
  return { name: isSecure ? '__Host-beamgate' : 'beamgate', attributes: attributesOf(isSecure) };
}

function attributesOf(isSecure: boolean): string {
  return `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
}

/** A `Set-Cookie` value. It ends with the browser; the session itself ends on the server. */
export function writeSessionCookie(place: CookiePlace, id: string): string {
  return `${place.name}=${id}; ${place.attributes}`;
}

export function clearSessionCookie(place: CookiePlace): string {
  return `${place.name}=; ${place.attributes}; Max-Age=0`;
}

/** `Set-Cookie` of a cookie of this host alone. @param value visible ASCII without `;`, `,`, quotes and spaces. */
export function writeOwnCookie(cookie: {
  readonly name: string;
  readonly value: string;
  readonly maxAgeSeconds: number;
}): string {
  const isSecure = cookie.name.startsWith('__Host-');
  return `${cookie.name}=${cookie.value}; ${attributesOf(isSecure)}; Max-Age=${cookie.maxAgeSeconds}`;
}

export function clearOwnCookie(name: string): string {
  return writeOwnCookie({ name, value: '', maxAgeSeconds: 0 });
}

/** @returns `undefined` also where there are two: one of them was planted, and nobody knows which. */
export function readCookie(headers: RawHeaders, name: string): string | undefined {
  const beginning = `${name}=`;
  let found: string | undefined;
  for (const value of valuesOf(headers, 'cookie')) {
    if (!value.includes(beginning)) continue;
    for (const cookie of value.split(';')) {
      const text = cookie.trim();
      if (!text.startsWith(beginning)) continue;
      if (found !== undefined) return undefined;
      found = text.slice(beginning.length);
    }
  }
  return found;
}

/** @returns `undefined` where there is none, more than one, or what stands there can be no session's id. */
export function readSessionId(headers: RawHeaders, { name }: Pick<CookiePlace, 'name'>): string | undefined {
  const id = readCookie(headers, name);
  return id !== undefined && isRandomText(id) ? id : undefined;
}

/** Whether it could be 32 random bytes in base64url, as ids, codes and nonces are. */
export function isRandomText(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

/** Every `name=value` of every Cookie header: HTTP/2 may split one into several (RFC 9113 section 8.2.3). */
export function cookiesOf(headers: RawHeaders): readonly string[] {
  return valuesOf(headers, 'cookie')
    .flatMap((value) => value.split(';'))
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '');
}

/**
 * The gateway's own, of either kind: no app ever sees one. Envoy asks with two Cookie headers as one, a comma between
 * them, so that one may stand at the end of another's value.
 */
export function isOwnCookie(cookie: string): boolean {
  return /(?:^|,\s*)(?:__(?:Host|Secure)-beamgate|beamgate\s*(?:[-=]|$))/i.test(cookie);
}
