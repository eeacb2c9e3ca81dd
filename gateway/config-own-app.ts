// The gateway itself among the apps: its own pages below `publicUrl`, for everybody. Pure.
import { complainAboutScheme, readAppUrl } from './config-address.ts';
import type { Complain } from './config-rules.ts';
import type { GatewayFile } from './config-schema.ts';
import { gatewayAppName } from './policy/app-index.ts';
import { readPattern } from './policy/pattern.ts';
import type { App, Rule } from './types.ts';

/** Its own pages, and nothing else: where publicUrl is a whole host, other services live below it too. */
export const gatewayPaths: readonly string[] = [
  '/',
  '/backchannel-logout/*',
  '/callback/*',
  '/jwks.json',
  '/login',
  '/logout',
  '/logout/done',
  '/sessions',
  '/whoami',
];

/** Sign-in, whoami and the key set are reached through the same proxy, which asks about them too. */
export function ownApp(file: GatewayFile, complain: Complain): App | undefined {
  const location = readAppUrl(file.publicUrl);
  if (typeof location === 'string' || location.host.kind !== 'exact') {
    complain(
      ['publicUrl'],
      typeof location === 'string' ? location : 'the gateway has one host of its own, no wildcard',
    );
    return undefined;
  }
  complainAboutScheme(location, file, (message) => complain(['publicUrl'], message));
  const rule: Rule = {
    id: `${gatewayAppName}.public`,
    line: 0,
    paths: gatewayPaths.map(readPattern).filter((pattern) => typeof pattern !== 'string'),
    methods: 'any',
    networks: 'any',
    isObserved: false,
    identifies: false,
    allow: { kind: 'public' },
    credentials: new Set(),
    maxAgeSeconds: undefined,
    acr: 'any',
  };
  return {
    name: gatewayAppName,
    title: 'Beamgate',
    description: undefined,
    icon: undefined,
    isListed: false,
    url: location.url,
    host: location.host,
    prefix: location.prefix,
    stripped: false,
    takesLabels: false,
    providers: [],
    acceptTokensFor: new Map(),
    rules: [rule],
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
  };
}
