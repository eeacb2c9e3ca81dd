// Signs and verifies the backend's tokens. No groups in them, and no issuer: whoever has the secret can make one.
import { jwtVerify, SignJWT } from 'jose';
import type { StoredUser } from './store.ts';

export type Tokens = {
  sign(
    payload: Readonly<Record<string, unknown>>,
    options?: { readonly algorithm?: 'HS256' | 'HS512' },
  ): Promise<string>;
  /** undefined: missing, malformed, expired or wrongly signed, which the backend does not tell apart. */
  read(authorization: string | undefined): Promise<Readonly<Record<string, unknown>> | undefined>;
};

export function createTokens(jwtSecret: string): Tokens {
  const secret = new TextEncoder().encode(jwtSecret);
  return {
    sign: (payload, options) =>
      new SignJWT({ ...payload })
        .setProtectedHeader({ alg: options?.algorithm ?? 'HS256', typ: 'JWT' })
        .sign(secret),
    async read(authorization) {
      const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) return undefined;
      // Without a list of algorithms, as in the backend: any that a shared secret can make.
      return jwtVerify(token, secret, { algorithms: ['HS256', 'HS384', 'HS512'] }).then(
        ({ payload }) => payload,
        () => undefined,
      );
    },
  };
}

/** What a token says of its user. `expiresInSeconds: null` leaves `exp` out. */
export function userClaims(
  { id, user }: StoredUser,
  expiresInSeconds: number | null,
): Readonly<Record<string, unknown>> {
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiry = expiresInSeconds === null ? {} : { exp: issuedAt + expiresInSeconds };
  return { ...publicUser({ id, user }), iat: issuedAt, ...expiry };
}

export function publicUser({ id, user }: Pick<StoredUser, 'id' | 'user'>): Readonly<Record<string, unknown>> {
  const { username, email } = user;
  const origin = user.origin?.kind ?? 'local';
  return {
    username,
    email,
    authStrategy: origin,
    _id: id,
    __v: 0,
    id,
    ...(origin === 'oidc' ? { userId: id } : {}),
  };
}
