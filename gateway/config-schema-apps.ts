// An app and its rules in the gateway's file: every key, its default and what it is for.
import { z } from 'zod';
import { caFileSchema } from '../platform/config/ca-file.ts';
import { type SecretSources, secretSchema } from '../platform/config/secrets.ts';
import { picture } from './config-schema-site.ts';
import { describe, names, webAddress } from './config-schema-values.ts';
import { presetNames } from './presets.ts';

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

export const allowWho = z.strictObject({
  users: describe(names.optional(), 'user names'),
  groups: describe(names.optional(), 'groups'),
  roles: describe(names.optional(), 'roles'),
  realms: describe(
    names.optional(),
    'narrows users, groups and roles to these realms; alone: anyone of them',
  ),
});

export const allow = describe(
  z.union([z.enum(['public', 'signed-in', 'nobody']), allowWho]),
  '`public`, `signed-in`, `nobody`, or who: `users`, `groups` and `roles` are alternatives, `realms` narrows them',
);

const credentialKinds = z.array(z.enum(['session', 'bearer', 'basic', 'header'])).min(1);

export const rule = z.strictObject({
  paths: describe(
    names.optional(),
    'patterns below the app: `/admin`, `/admin/**`, `/*/edit`; without: every path',
  ),
  methods: describe(
    z
      .array(z.string().regex(/^[A-Z]+(-[A-Z]+)?$/, 'a method in capitals'))
      .min(1)
      .optional(),
    'without: every method',
  ),
  networks: describe(
    names.optional(),
    "the client's address, the right-most of X-Forwarded-For that is not in trustedProxies, is in one of these: `10.1.0.0/16`, `private`; without: anywhere",
  ),
  allow,
  identify: describe(
    z.boolean().default(false),
    'with `allow: public`: the app is told who it is where a valid credential is there; in every other case nobody',
  ),
  observe: describe(
    z.boolean().default(false),
    'evaluated, logged and counted where it fits, and never decides: the next rule does',
  ),
  credentials: describe(
    credentialKinds.optional(),
    'which kinds of credential are read; the others pass to the app untouched',
  ),
  maxAgeSeconds: describe(
    z.int().min(1).max(31_536_000).optional(),
    'how long ago the person may have signed in; longer: they sign in again (a token says it by `auth_time`)',
  ),
  acr: describe(
    names.optional(),
    "how they have to have signed in, one of these in the provider's words, such as its name for a second factor",
  ),
});

const pathsOrNone = z.union([z.enum(['none']), names]);

const setHeader = (sources: SecretSources) =>
  z.union([
    z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/, 'visible ASCII characters'),
    z.strictObject({
      claim: describe(z.string().min(1).optional(), "a path into the provider's identity"),
      bearer: describe(secretSchema(sources).optional(), 'a token'),
      basic: describe(
        z
          .strictObject({
            username: z.string().regex(/^[^:\u0000-\u001f]+$/, 'a user name without a colon'),
            password: secretSchema(sources),
          })
          .optional(),
        'a user name and a password',
      ),
    }),
  ]);

export const app = (sources: SecretSources) =>
  z.strictObject({
    url: describe(
      z.string(),
      'where clients find it: scheme, host, path prefix; `*` as host is any host, `*.lab.org` every host below',
    ),
    title: describe(z.string().min(1).optional(), 'its name for people; default: the key'),
    description: describe(z.string().min(1).max(200).optional(), 'what it is for, for people'),
    icon: describe(picture(sources).optional(), 'a picture file: svg, png, webp or jpg, 32 KiB at most'),
    listed: describe(z.boolean().default(true), 'the portal shows it to those who may open it'),
    providers: describe(names.optional(), 'who may vouch for its users; default: every provider'),
    acceptTokensFor: describe(
      names.optional(),
      'narrows that of its OIDC providers: bearer tokens whose `aud` names one of these',
    ),
    public: describe(names.optional(), 'paths that anyone may have, before every rule'),
    allow: describe(allow.optional(), 'who gets in where no rule of `rules` fits'),
    rules: describe(
      z.array(rule).min(1).optional(),
      'the first rule whose paths, methods and networks fit decides; none: denied',
    ),
    preflight: describe(
      z.enum(['pass']).optional(),
      '`pass`: a CORS preflight (OPTIONS with Origin and Access-Control-Request-Method) needs no identity where a rule fits the method that it announces; without: OPTIONS is a method like any other',
    ),
    preset: describe(
      z.enum(presetNames).default('beamgate'),
      'what is known of the app: in which headers it is told who it is, its health and logout paths, what passes untouched',
    ),
    headerEncoding: describe(
      z.enum(['utf-8', 'latin-1', 'percent', 'quoted-printable']).optional(),
      "how user names, groups and claims are written in its headers; default: as the preset's product reads them, see docs/headers.md",
    ),
    healthPaths: describe(
      pathsOrNone.optional(),
      "anyone may GET them, before every rule; default: the preset's; `none`",
    ),
    logoutPaths: describe(
      pathsOrNone.optional(),
      "its own sign-out, which signs out of everything; default: the preset's; `none`",
    ),
    stripped: describe(
      z.boolean().default(false),
      'the proxy removes the path prefix before it asks, and the app is found by `?app=` alone; in standalone mode the gateway removes it',
    ),
    labels: describe(
      z.boolean().default(false),
      'the address that the proxy asks at may name groups, `?app=<name>&groups=a,b`: one of them is needed besides what the rules ask for',
    ),
    oneNamespace: describe(
      z.boolean().default(false),
      'one name means one person (or group) in all realms of this app',
    ),
    groups: describe(
      names.optional(),
      'which groups its headers and assertion carry, `*` for any characters; default: all',
    ),
    attributes: describe(
      names.optional(),
      "paths into the provider's identity that its assertion carries besides",
    ),
    setHeaders: describe(
      z
        .record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'a header name'), setHeader(sources))
        .optional(),
      "headers of its own: a fixed value, `{ claim: profile.orcid }`, or a credential that the app wants, `{ bearer: file:/... }`, `{ basic: { username: x, password: file:/... } }`, for those only whom a rule lets in by name; list each in Traefik's authResponseHeaders",
    ),
    keep: describe(
      names.optional(),
      'credential headers that it still gets although the gateway has read them',
    ),
    credentials: describe(credentialKinds.optional(), 'as on a rule, for all of them'),
    allowedOrigins: describe(
      z
        .array(z.string().refine(isOrigin, 'an origin: https://portal.lab.org, with nothing behind'))
        .min(1)
        .optional(),
      "whose pages may change something here by a visitor's session, besides its own",
    ),
    encodedCharacters: describe(
      z
        .array(z.enum(['slash', 'percent']))
        .min(1)
        .optional(),
      '%2F and %25 pass as part of a segment; only where no rule has `paths`',
    ),
    endStreams: describe(
      z.enum(['with-credential']).optional(),
      'standalone mode: `with-credential` ends a WebSocket or event stream (within five seconds) when its token or session ends, or the rules no longer let it pass; while it is open, its session does not go idle',
    ),
    upstream: describe(webAddress.optional(), "standalone mode: the app's own address"),
    caFile: describe(
      caFileSchema(sources).optional(),
      "CA certificates in PEM, believed for an https `upstream` besides Node's and the machine's",
    ),
  });

export type AppEntry = z.output<ReturnType<typeof app>>;
export type SetHeaderEntry = z.output<ReturnType<typeof setHeader>>;
export type RuleEntry = z.output<typeof rule>;
export type AllowEntry = z.output<typeof allow>;
