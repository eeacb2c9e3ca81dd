// How people sign in with a provider in a browser, in the gateway's file.
import { z } from 'zod';
import { type SecretSources, secretSchema } from '../platform/config/secrets.ts';
import { describe } from './config-schema-values.ts';

/** Parameters of the authorization request that the gateway itself gives, and checks what comes of them. */
const ownParameters =
  /^(?:client_id|redirect_uri|response_type|response_mode|scope|state|nonce|code_challenge|code_challenge_method|request|request_uri|max_age|prompt|id_token_hint)$/;

export const oidcSignIn = (sources: SecretSources) =>
  z.strictObject({
    clientId: describe(z.string().min(1), 'as the provider knows the gateway'),
    clientSecret: describe(secretSchema(sources).optional(), 'the secret of that client'),
    clientSecretBy: describe(
      z.enum(['basic', 'post']).default('basic'),
      'how the secret is shown at the token endpoint: client_secret_basic or client_secret_post',
    ),
    privateKey: describe(
      secretSchema(sources).optional(),
      'instead of a secret: a private key (PKCS #8 in PEM, or a JWK) that signs in the client, private_key_jwt',
    ),
    keyId: describe(
      z.string().min(1).optional(),
      '`kid` of that key at the provider; default: that of the JWK',
    ),
    scopes: describe(
      z
        .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope'))
        .refine((scopes) => scopes.includes('openid'), 'openid among them: without it nobody is named')
        .default(['openid', 'profile', 'email']),
      'asked for; with `offline_access` a session outlives that of the provider',
    ),
    parameters: describe(
      z
        .record(
          z.string().refine((name) => !ownParameters.test(name), 'not one that the gateway gives itself'),
          z.string(),
        )
        .default({}),
      'more of the authorization request, such as `{ kc_idp_hint: eduGAIN }` or `{ acr_values: mfa }`',
    ),
    userinfo: describe(
      z.boolean().default(false),
      'claims are taken from the userinfo endpoint too, for providers that leave groups out of the ID token',
    ),
  });

export const scicatSignIn = z.strictObject({
  accounts: describe(
    z
      .array(z.enum(['local', 'ldap']))
      .min(1)
      .default(['local']),
    'which of its accounts sign in with user name and password on the page of the gateway, tried in this order',
  ),
});
