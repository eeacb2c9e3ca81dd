// The providers of a gateway's file -> what their verifiers are built from, or what is wrong with them. Pure.
import type { Complaint } from '../platform/config/mistakes.ts';
import { databaseDependency } from '../platform/dependencies.ts';
import { isLoopbackName } from './config-address.ts';
import { addressClaims, compileClaims, complaintsAboutClaims } from './config-claims.ts';
import type { GatewayFile } from './config-schema.ts';
import {
  compileSignIn,
  complaintsAboutSignIn,
  type OidcSignIn,
  type ScicatSignIn,
} from './config-sign-in.ts';
import type { OidcProvider } from './credentials/oidc.ts';
import type { QuestionLimits } from './credentials/questions.ts';
import type { ScicatProvider } from './credentials/scicat.ts';
import { addressKinds } from './identity/verified-addresses.ts';
import { findForeignIdentity } from './proxies/from-outside.ts';

export type SigningScicat = ScicatProvider & {
  readonly title: string;
  readonly questions: QuestionLimits;
  /** `undefined`: nobody signs in with it in a browser. */
  readonly signIn: ScicatSignIn | undefined;
};

export type SigningOidc = OidcProvider & {
  readonly title: string;
  /** `undefined`: nobody signs in with it in a browser. */
  readonly signIn: OidcSignIn | undefined;
};

export type Provider = SigningScicat | SigningOidc;

type Entry = GatewayFile['providers'][string];
type ScicatEntry = Extract<Entry, { kind: 'scicat' }>;
type OidcEntry = Extract<Entry, { kind: 'oidc' }>;

export function compileProvider(name: string, entry: Entry): Provider {
  switch (entry.kind) {
    case 'scicat':
      return compileScicat(name, entry);
    case 'oidc':
      return compileOidc(name, entry);
  }
}

function compileScicat(name: string, entry: ScicatEntry): SigningScicat {
  return {
    kind: 'scicat',
    name,
    title: entry.title ?? name,
    signIn: entry.signIn,
    realm: entry.realm ?? name,
    url: entry.url.replace(/\/+$/, ''),
    caFile: entry.caFile,
    jwtSecret: entry.jwtSecret,
    header: entry.header.toLowerCase(),
    // It marks no address as verified: what stands for a user is checked when the file is read.
    claims: compileClaims('userId', entry.claims, addressKinds),
    timeoutMs: entry.timeoutMs,
    slowRefusalMs: entry.slowRefusalMs,
    questions: {
      maxConcurrent: entry.maxConcurrentQuestions,
      maxWaiting: entry.maxWaitingQuestions,
      maxWaitMs: entry.maxWaitMs,
      maxPerClient: entry.maxQuestionsPerClient,
    },
  };
}

function compileOidc(name: string, entry: OidcEntry): SigningOidc {
  return {
    kind: 'oidc',
    name,
    title: entry.title ?? name,
    signIn: compileSignIn(entry),
    realm: entry.realm ?? name,
    issuer: entry.issuer,
    caFile: entry.caFile,
    jwksUrl: entry.jwksUrl,
    acceptTokensFor: new Set(entry.acceptTokensFor),
    acceptIdTokens: entry.acceptIdTokens,
    claims: compileClaims('sub', entry.claims, entry.vouchesFor ?? []),
    clockSkewSeconds: entry.clockSkewSeconds,
    timeoutMs: entry.timeoutMs,
  };
}

export function complaintsAboutProviders(file: GatewayFile): readonly Complaint[] {
  const entries = Object.entries(file.providers);
  const scicats = entries.flatMap(([name, entry]) => (entry.kind === 'scicat' ? [{ name, entry }] : []));
  const issuers = entries.flatMap(([name, entry]) => (entry.kind === 'oidc' ? [{ name, entry }] : []));
  const taken = entries.flatMap(([name]) =>
    name === databaseDependency
      ? [{ path: ['providers', name], message: "the name is taken by the gateway's own database" }]
      : [],
  );
  return [
    ...taken,
    ...sharedHeaders(scicats),
    ...severalScicats(file),
    ...sharedIssuers(issuers),
    ...entries.flatMap(([name, { claims }]) => complaintsAboutClaims(name, claims)),
    ...scicats.flatMap(complaintsAboutScicat),
    ...scicats.flatMap(complaintsAboutAddresses),
    ...issuers.flatMap(complaintsAboutIssuer),
    ...issuers.flatMap(({ name, entry }) => complaintsAboutSignIn(name, entry)),
  ];
}

type Named<Kind extends Entry> = { readonly name: string; readonly entry: Kind };

function sharedHeaders(scicats: readonly Named<ScicatEntry>[]): readonly Complaint[] {
  const headers = new Map<string, string>();
  return scicats.flatMap(({ name, entry: { header } }) => {
    const other = headers.get(header.toLowerCase());
    headers.set(header.toLowerCase(), name);
    return other === undefined
      ? []
      : [{ path: ['providers', name, 'header'], message: `${other} reads ${header} already` }];
  });
}

function severalScicats(file: GatewayFile): readonly Complaint[] {
  return Object.entries(file.apps).flatMap(([name, { providers = Object.keys(file.providers) }]) => {
    const scicats = providers.filter((provider) => file.providers[provider]?.kind === 'scicat');
    if (scicats.length < 2) return [];
    const message = `a SciCat token does not say who issued it: one of ${scicats.join(', ')} for an app, by providers: [...]`;
    return [{ path: ['apps', name, 'providers'], message }];
  });
}

/** Which of the two a token belongs to, nothing in it would say. */
function sharedIssuers(issuers: readonly Named<OidcEntry>[]): readonly Complaint[] {
  const seen = new Map<string, string>();
  return issuers.flatMap(({ name, entry: { issuer } }) => {
    const key = issuer.replace(/\/+$/, '').toLowerCase();
    const other = seen.get(key);
    seen.set(key, name);
    if (other === undefined) return [];
    const message = `the issuer of ${other} already: one provider an issuer, with all of acceptTokensFor`;
    return [{ path: ['providers', name, 'issuer'], message }];
  });
}

function complaintsAboutScicat({ name, entry: { url, header } }: Named<ScicatEntry>): readonly Complaint[] {
  const path = ['providers', name];
  const isReserved =
    reservedHeaders.has(header.toLowerCase()) || findForeignIdentity([header, ''], allOfThem);
  return [
    ...complaintsAboutUrl(url).map((message) => ({ path: [...path, 'url'], message })),
    ...(/\/api\/v\d+\/*$/.test(new URL(url).pathname)
      ? [{ path: [...path, 'url'], message: "the backend's base address, without /api/v3" }]
      : []),
    ...(isReserved
      ? [{ path: [...path, 'header'], message: `${header} means something else to the gateway or its proxy` }]
      : []),
  ];
}

/** SciCat has no `email_verified`: nothing that it says could make an address stand for somebody. */
function complaintsAboutAddresses({ name, entry }: Named<ScicatEntry>): readonly Complaint[] {
  return addressClaims(entry.claims)
    .filter(({ kind }) => entry.vouchesFor?.includes(kind) !== true)
    .map(({ path, kind }) => ({
      path: ['providers', name, 'claims'],
      message: `SciCat does not say whether ${path} is verified: write vouchesFor: [${kind}] if every address in it is its own user's`,
    }));
}

function complaintsAboutIssuer({ name, entry: { issuer, jwksUrl } }: Named<OidcEntry>): readonly Complaint[] {
  return Object.entries({ issuer, jwksUrl }).flatMap(([key, url]) =>
    (url === undefined ? [] : [...complaintsAboutUrl(url), ...complaintsAboutScheme(url)]).map((message) => ({
      path: ['providers', name, key],
      message,
    })),
  );
}

function complaintsAboutUrl(url: string): readonly string[] {
  const { username, password, search, hash } = new URL(url);
  return [
    ...(username + password === '' ? [] : ['no user or password in it']),
    ...(search + hash === '' ? [] : ['no query and no fragment in it']),
  ];
}

/** Whoever can change what is fetched there can sign in as anybody. */
function complaintsAboutScheme(url: string): readonly string[] {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopbackName(hostname) ? [] : ['https, except on this machine itself'];
}

const allOfThem = { isOverwritten: false } as const;

/** Names that a proxy or the gateway reads as something other than a provider's token. */
const reservedHeaders = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'host',
  'origin',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-method',
  'x-forwarded-proto',
  'x-forwarded-uri',
  'x-request-id',
]);
