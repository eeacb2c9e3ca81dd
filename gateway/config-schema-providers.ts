// The kinds of provider in the gateway's file, each with its keys.
import { z } from 'zod';
import { caFileSchema } from '../platform/config/ca-file.ts';
import { type SecretSources, secretSchema } from '../platform/config/secrets.ts';
import { claimsSchema, vouchesFor } from './config-schema-claims.ts';
import { oidcSignIn, scicatSignIn } from './config-schema-sign-in.ts';
import { count, describe, milliseconds, name, names, webAddress } from './config-schema-values.ts';

/** @param sources with what `file:` and `env:` are resolved. */
export function providerSchema(sources: SecretSources) {
  return z.discriminatedUnion('kind', [scicat(sources), oidc(sources)]);
}

const realm = describe(name.optional(), 'default: the key');
const title = describe(z.string().min(1).optional(), 'its name for people; default: the key');
const caFile = (sources: SecretSources) =>
  describe(
    caFileSchema(sources).optional(),
    "CA certificates in PEM, believed besides Node's and the machine's for its addresses",
  );

const scicat = (sources: SecretSources) =>
  z.strictObject({
    kind: describe(
      z.literal('scicat'),
      '`scicat`: tokens of a SciCat backend, which is asked whose they are',
    ),
    url: describe(webAddress, "the backend's base address, without /api/v3"),
    caFile: caFile(sources),
    realm,
    title,
    signIn: describe(
      scicatSignIn.optional(),
      'people sign in with their SciCat account on the page of the gateway',
    ),
    jwtSecret: describe(
      secretSchema(sources).optional(),
      'JWT_SECRET of the backend: forged and expired tokens are refused without asking it',
    ),
    header: describe(
      z
        .string()
        .regex(/^[A-Za-z0-9-]+$/, 'a header name')
        .default('SciCat-API-Key'),
      'where its tokens come besides `Authorization: Bearer`',
    ),
    claims: describe(
      claimsSchema({
        username: 'profile.username',
        groups: 'profile.accessGroups',
        roles: undefined,
        email: 'profile.email',
        name: 'profile.displayName',
      }).prefault({}),
      "where in SciCat's answer each part of an identity stands",
    ),
    vouchesFor,
    timeoutMs: describe(milliseconds.default(5000), 'for one question'),
    slowRefusalMs: describe(
      milliseconds.default(2000),
      'a 401 that takes longer is an outage: SciCat answers so when its database is down',
    ),
    maxConcurrentQuestions: describe(count.default(16), 'asked at a time'),
    maxWaitingQuestions: describe(count.default(2048), 'beyond: 503 busy'),
    maxWaitMs: describe(milliseconds.default(5000), 'in the queue'),
    maxQuestionsPerClient: describe(
      count.default(128),
      'open and waiting, of one user; where nothing proves yet whose a token is (without `jwtSecret`, the first time), of one client address. Users and addresses take turns',
    ),
  });

const oidc = (sources: SecretSources) =>
  z.strictObject({
    kind: describe(
      z.literal('oidc'),
      "`oidc`: an OpenID Connect issuer's tokens, verified by its published keys",
    ),
    issuer: describe(webAddress, 'what `iss` of its tokens says, to the letter; https'),
    caFile: caFile(sources),
    realm,
    title,
    signIn: describe(
      oidcSignIn(sources).optional(),
      'people sign in with it in a browser; redirect address at the provider: `<publicUrl>/callback/<key>`',
    ),
    acceptTokensFor: describe(
      names.optional(),
      'bearer tokens whose `aud` names one of these; without: none, for a provider with `signIn` alone',
    ),
    acceptIdTokens: describe(
      z.boolean().default(false),
      'ID tokens count as bearer tokens too: for issuers whose access tokens are opaque',
    ),
    claims: describe(
      claimsSchema({
        username: 'preferred_username',
        groups: 'groups',
        roles: 'realm_access.roles',
        email: 'email',
        name: 'name',
      }).prefault({}),
      'where in the token each part of an identity stands: a claim such as `https://lab.org/groups`, or a path such as `resource_access.grafana.roles`',
    ),
    vouchesFor,
    jwksUrl: describe(
      webAddress.optional(),
      "its keys, where they are not on the issuer's host; discovery is then not asked; https",
    ),
    clockSkewSeconds: describe(
      z.int().min(0).max(300).default(10),
      'how far its clock may be off: `exp`, `nbf` and `iat` are judged with it',
    ),
    timeoutMs: describe(milliseconds.default(5000), 'for discovery, and for its keys'),
  });
