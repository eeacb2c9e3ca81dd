// Plain values that the gateway's tests start from; each takes what the test is about.
import type { Branding } from '../../gateway/pages/look.ts';
import { indexApps } from '../../gateway/policy/app-index.ts';
import { readPattern } from '../../gateway/policy/pattern.ts';
import type { Site } from '../../gateway/proxies/render.ts';
import type {
  App,
  CredentialKind,
  ForwardedRequest,
  Identity,
  PathPattern,
  RawHeaders,
  Requirement,
  Rule,
} from '../../gateway/types.ts';

export const everyKind: ReadonlySet<CredentialKind> = new Set(['session', 'bearer', 'basic', 'header']);

export const plainBranding: Branding = { name: 'Lab', logo: undefined, contact: undefined };

/** What an app's answer and the pages' look are made from. */
export function sampleSite(overrides: Partial<Site> = {}): Site {
  return {
    publicUrl: 'https://lab.org/sso',
    branding: plainBranding,
    credentialHeaders: ['authorization', 'cookie', 'scicat-api-key'],
    handover: undefined,
    ...overrides,
  };
}

export function sampleRule(overrides: Partial<Rule> = {}): Rule {
  return {
    id: 'app.allow',
    line: 1,
    paths: 'any',
    methods: 'any',
    networks: 'any',
    isObserved: false,
    identifies: false,
    allow: { kind: 'signed-in' },
    credentials: everyKind,
    maxAgeSeconds: undefined,
    acr: 'any',
    ...overrides,
  };
}

export function sampleApp(overrides: Partial<App> = {}): App {
  return {
    name: 'app',
    title: 'App',
    description: undefined,
    icon: undefined,
    isListed: true,
    url: 'https://lab.org/app',
    host: { kind: 'exact', name: 'lab.org', port: undefined },
    prefix: [],
    stripped: false,
    takesLabels: false,
    providers: ['scicat'],
    acceptTokensFor: new Map(),
    rules: [sampleRule()],
    passesPreflight: false,
    dialect: 'beamgate',
    statuses: 'any',
    headerEncoding: undefined,
    logoutPaths: [],
    encodedCharacters: new Set(),
    groupPatterns: undefined,
    attributes: [],
    setHeaders: [],
    allowedOrigins: new Set(),
    keep: new Set(),
    endsStreams: false,
    upstream: undefined,
    ...overrides,
  };
}

export function sampleIdentity(overrides: Partial<Identity> = {}): Identity {
  return {
    provider: 'scicat',
    realm: 'scicat',
    id: '6b00',
    username: 'alice',
    groups: ['p1', 'it'],
    roles: ['admin'],
    email: 'alice@lab.org',
    name: 'Alice',
    claims: {},
    expiresAt: undefined,
    ...overrides,
  };
}

export function sampleRequest(overrides: Partial<ForwardedRequest> = {}): ForwardedRequest {
  return {
    scheme: 'https',
    isUpgrade: false,
    method: 'GET',
    host: { name: 'lab.org', port: undefined },
    target: '/',
    clientAddress: '192.0.2.1',
    headers: [],
    namedApp: undefined,
    namedGroups: undefined,
    requestId: 'r1',
    ...overrides,
  };
}

/** As Traefik asks: its five headers, then the client's. A header that is `undefined` is left out. */
export function traefikHeaders(
  own: Readonly<Record<string, string | undefined>> = {},
  client: RawHeaders = [],
): RawHeaders {
  const headers = {
    'X-Forwarded-Method': 'GET',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'lab.org',
    'X-Forwarded-Uri': '/',
    'X-Forwarded-For': '192.0.2.1',
    ...own,
  };
  const told = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return [...told, ...client];
}

export function patterns(...texts: readonly string[]): readonly PathPattern[] {
  return texts.map((text) => {
    const pattern = readPattern(text);
    if (typeof pattern === 'string') throw new Error(pattern);
    return pattern;
  });
}

export function who(
  names: { users?: string[]; groups?: string[]; roles?: string[]; realms?: string[] } = {},
): Requirement {
  return {
    kind: 'who',
    users: new Set(names.users),
    groups: new Set(names.groups),
    roles: new Set(names.roles),
    realms: names.realms === undefined ? 'any' : new Set(names.realms),
  };
}

export const index = (...apps: readonly App[]) => indexApps(apps);

/** Names and values in turn -> the values of one name, in their order. */
export function valuesIn(headers: readonly string[], name: string): readonly string[] {
  return headers.filter(
    (_value, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name.toLowerCase(),
  );
}
