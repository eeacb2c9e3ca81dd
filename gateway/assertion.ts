// The gateway's word for who is there: a short-lived JWT for one app. Reused for the same verified identity and app
// within half of its life. It is never accepted as a credential.
import { randomUUID, sign } from 'node:crypto';
import type { JWK } from 'jose';
import { listAt } from './identity/claims.ts';
import { visibleGroups } from './proxies/identity-headers.ts';
import type { AssertionKey } from './store/sealed-key.ts';
import type { App, Identity } from './types.ts';

/** The JOSE header's `typ` (RFC 8725 section 3.11), so that it passes for no other kind of token. */
export const assertionType = 'beamgate-assertion+jwt';

/** They change while the gateway runs: asked for anew each time. */
export type SigningKeys = {
  /** @param nowMs epoch milliseconds. @throws Unavailable when there is none that may be used. */
  signing(nowMs: number): AssertionKey;
  published(): readonly JWK[];
};

export type AssertionOptions = {
  /** `iss`: the gateway's public URL. */
  readonly issuer: string;
  readonly ttlSeconds: number;
  readonly keys: SigningKeys;
  readonly now?: () => number;
};

export type Assertions = {
  /** @throws Unavailable when there is no key that may be used. */
  sign(identity: Identity, app: App): Signed;
  /** Whether it would be the one that is given now. @throws as `sign`. */
  isCurrent(signed: Signed): boolean;
  /** RFC 7517 */
  readonly jwks: { readonly keys: readonly JWK[] };
};

export type Signed = {
  /** A JWS in compact form. */
  readonly token: string;
  /** Epoch milliseconds. */
  readonly reuseUntilMs: number;
  readonly kid: string;
};

export function createAssertions({ issuer, ttlSeconds, keys, now = Date.now }: AssertionOptions): Assertions {
  // An identity is verified anew at least every minute; with the old one go its assertions.
  const signed = new WeakMap<Identity, Map<string, Signed>>();
  // Of another key: it may have been withdrawn.
  const isCurrent = ({ reuseUntilMs, kid }: Signed): boolean => {
    const nowMs = now();
    return reuseUntilMs > nowMs && kid === keys.signing(nowMs).kid;
  };
  const signFor = (identity: Identity, app: App): Signed => {
    const perApp = signed.get(identity) ?? new Map<string, Signed>();
    const known = perApp.get(app.name);
    if (known !== undefined && isCurrent(known)) return known;
    const nowMs = now();
    const key = keys.signing(nowMs);
    const token = signJws(key, claimsAt(identity, app, nowMs));
    const fresh = { token, reuseUntilMs: nowMs + ttlSeconds * 500, kid: key.kid };
    signed.set(identity, perApp.set(app.name, fresh));
    return fresh;
  };
  const claimsAt = (identity: Identity, app: App, nowMs: number) => {
    const issuedAt = Math.floor(nowMs / 1000);
    return {
      ...claimsOf(identity, app),
      iss: issuer,
      aud: app.name,
      sub: `${identity.provider}:${identity.id}`,
      iat: issuedAt,
      exp: Math.min(issuedAt + ttlSeconds, Math.floor(identity.expiresAt ?? Number.POSITIVE_INFINITY)),
      jti: randomUUID(),
    };
  };
  return {
    sign: signFor,
    isCurrent,
    get jwks() {
      return { keys: keys.published() };
    },
  };
}

/**
 * RFC 7515 section 7.1, RFC 7518 section 3.4. In this turn: a library's signature waits for another thread, which takes
 * three times as long in all, and everybody who was not here a moment ago needs one.
 */
function signJws({ kid, privateKey }: AssertionKey, claims: object): string {
  const signed = [{ alg: 'ES256', typ: assertionType, kid }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function claimsOf(identity: Identity, app: App) {
  const attributes = app.attributes.map((path) => [path, listAt(identity.claims, path)] as const);
  return {
    username: identity.username,
    realm: identity.realm,
    groups: [...visibleGroups(app, identity)],
    roles: [...identity.roles],
    ...(identity.email === undefined ? {} : { email: identity.email }),
    ...(identity.name === undefined ? {} : { name: identity.name }),
    ...(attributes.length === 0 ? {} : { attributes: Object.fromEntries(attributes) }),
  };
}
