// The gateway's word for who is there: a short-lived JWT for one app. Reused for the same verified identity and app
// within half of its life. It is never accepted as a credential.
import { randomUUID } from 'node:crypto';
import { type JWK, SignJWT } from 'jose';
import type { NowOrLater } from '../platform/now-or-later.ts';
import { listAt } from './identity/claims.ts';
import { visibleGroups } from './proxies/identity-headers.ts';
import type { AssertionKey } from './store/sealed-key.ts';
import type { App, Identity } from './types.ts';

/** The JOSE header's `typ` (RFC 8725 section 3.11), so that it passes for no other kind of token. */
export const assertionType = 'beamgate-assertion+jwt';

/** They change while the gateway runs: asked for anew each time. */
export type SigningKeys = {
  /** @throws Unavailable when there is none that may be used. */
  signing(): AssertionKey;
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
  /** @returns a JWS in compact form; at once where it has been signed already. */
  sign(identity: Identity, app: App): NowOrLater<string>;
  /** RFC 7517 */
  readonly jwks: { readonly keys: readonly JWK[] };
};

type Signed = { token: NowOrLater<string>; readonly reuseUntilMs: number; readonly kid: string };

export function createAssertions({ issuer, ttlSeconds, keys, now = Date.now }: AssertionOptions): Assertions {
  // An identity is verified anew at least every minute; with the old one go its assertions.
  const signed = new WeakMap<Identity, Map<string, Signed>>();
  const sign = (identity: Identity, app: App): NowOrLater<string> => {
    const perApp = signed.get(identity) ?? new Map<string, Signed>();
    const known = perApp.get(app.name);
    const key = keys.signing();
    // Of another key: it may have been withdrawn.
    if (known !== undefined && known.reuseUntilMs > now() && known.kid === key.kid) return known.token;
    const signing = signOne(identity, app, key);
    const fresh: Signed = { token: signing, reuseUntilMs: now() + ttlSeconds * 500, kid: key.kid };
    signed.set(identity, perApp.set(app.name, fresh));
    fresh.token = signing.then(
      (token) => {
        fresh.token = token;
        return token;
      },
      (error: unknown) => {
        perApp.delete(app.name);
        throw error;
      },
    );
    return fresh.token;
  };
  const signOne = (identity: Identity, app: App, key: AssertionKey): Promise<string> => {
    const issuedAt = Math.floor(now() / 1000);
    return new SignJWT(claimsOf(identity, app))
      .setProtectedHeader({ alg: 'ES256', typ: assertionType, kid: key.kid })
      .setIssuer(issuer)
      .setAudience(app.name)
      .setSubject(`${identity.provider}:${identity.id}`)
      .setIssuedAt(issuedAt)
      .setExpirationTime(
        Math.min(issuedAt + ttlSeconds, Math.floor(identity.expiresAt ?? Number.POSITIVE_INFINITY)),
      )
      .setJti(randomUUID())
      .sign(key.privateKey);
  };
  return {
    sign,
    get jwks() {
      return { keys: keys.published() };
    },
  };
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
