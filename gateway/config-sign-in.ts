// `signIn` of the providers -> what signs people in, or what is wrong with it. Pure.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Complaint } from '../platform/config/mistakes.ts';
import type { Secret } from '../platform/config/secrets.ts';
import type { GatewayFile } from './config-schema.ts';

export type OidcSignIn = {
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly asksUserinfo: boolean;
};

export type ClientAuthentication =
  | { readonly by: 'basic' | 'post'; readonly secret: Secret }
  | { readonly by: 'private_key_jwt'; readonly key: Secret; readonly keyId: string | undefined };

export type ScicatSignIn = { readonly accounts: readonly ('local' | 'ldap')[] };

type OidcEntry = Extract<GatewayFile['providers'][string], { kind: 'oidc' }>;

export function compileSignIn({ signIn }: OidcEntry): OidcSignIn | undefined {
  const authentication = signIn === undefined ? undefined : authenticationOf(signIn);
  if (signIn === undefined || authentication === undefined) return undefined;
  const { clientId, scopes, parameters, userinfo: asksUserinfo } = signIn;
  return { clientId, authentication, scopes, parameters, asksUserinfo };
}

function authenticationOf(signIn: NonNullable<OidcEntry['signIn']>): ClientAuthentication | undefined {
  const { clientSecret, clientSecretBy, privateKey, keyId } = signIn;
  if (privateKey !== undefined) return { by: 'private_key_jwt', key: privateKey, keyId };
  return clientSecret === undefined ? undefined : { by: clientSecretBy, secret: clientSecret };
}

export function complaintsAboutSignIn(name: string, { signIn, acceptTokensFor }: OidcEntry) {
  const path = ['providers', name];
  if (signIn === undefined)
    return acceptTokensFor === undefined
      ? [{ path, message: 'it says neither signIn nor acceptTokensFor, so nobody gets in by it' }]
      : [];
  const { clientSecret, privateKey } = signIn;
  const complaints: Complaint[] = [];
  if ((clientSecret === undefined) === (privateKey === undefined))
    complaints.push({ path: [...path, 'signIn'], message: 'either clientSecret or privateKey' });
  if (privateKey !== undefined && readPrivateKey(privateKey) === undefined)
    complaints.push({
      path: [...path, 'signIn', 'privateKey'],
      message: 'no private key for RS256, ES256 or EdDSA: PKCS #8 in PEM, or a JWK',
    });
  return complaints;
}

export type ClientKey = {
  readonly key: KeyObject;
  readonly algorithm: 'RS256' | 'ES256' | 'EdDSA';
  readonly keyId: string | undefined;
};

/** @returns `undefined` for what is no private key that a client signs in with. */
export function readPrivateKey(secret: Secret): ClientKey | undefined {
  try {
    const text = secret.reveal().trim();
    const jwk = text.startsWith('{') ? JSON.parse(text) : undefined;
    const key = createPrivateKey(jwk === undefined ? text : { key: jwk, format: 'jwk' });
    const algorithm = algorithmOf(key);
    const keyId = typeof jwk?.kid === 'string' ? jwk.kid : undefined;
    return algorithm === undefined ? undefined : { key, algorithm, keyId };
  } catch {
    return undefined;
  }
}

function algorithmOf({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: KeyObject): ClientKey['algorithm'] | undefined {
  if (asymmetricKeyType === 'rsa') return 'RS256';
  if (asymmetricKeyType === 'ed25519') return 'EdDSA';
  const isP256 = asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return isP256 ? 'ES256' : undefined;
}
