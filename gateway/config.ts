// A gateway's file -> one immutable value that everything else is built from, so that another can take its place.
import { type Loaded, loadConfig } from '../platform/config/load.ts';
import type { Complaint } from '../platform/config/mistakes.ts';
import { placeComplaints } from '../platform/config/mistakes.ts';
import type { SecretSources } from '../platform/config/secrets.ts';
import { sqlitePath } from '../platform/database.ts';
import { type Networks, readNetworks } from '../platform/networks.ts';
import type { Address } from '../platform/server.ts';
import { compileApps } from './config-apps.ts';
import { type GatewayFile, gatewaySchema } from './config-schema.ts';
import type { CacheTimes } from './credentials/cache.ts';
import type { QuestionLimits } from './credentials/questions.ts';
import type { ScicatProvider } from './credentials/scicat.ts';
import { findForeignIdentity } from './proxies/from-outside.ts';
import type { EncryptionKeySource } from './store/key-encryption.ts';
import type { App } from './types.ts';

export type GatewayConfig = {
  /** Without a final slash. */
  readonly publicUrl: string;
  readonly trustedProxies: Networks;
  readonly listen: {
    readonly proxies: Address;
    readonly public: Address;
    readonly operations: Address;
    readonly standalone: Address | undefined;
  };
  readonly database: string;
  readonly encryptionKey: EncryptionKeySource;
  readonly assertionTtlSeconds: number;
  readonly cache: CacheTimes;
  readonly logLevel: GatewayFile['log']['level'];
  readonly providers: readonly (ScicatProvider & { readonly questions: QuestionLimits })[];
  /** The gateway itself among them. */
  readonly apps: readonly App[];
};

/** @returns the config, or every mistake in the file with its line and key. */
export function loadGatewayConfig(
  source: { readonly file: string; readonly text: string },
  sources: SecretSources,
): Loaded<GatewayConfig> {
  const loaded = loadConfig(source, gatewaySchema(sources));
  if (!loaded.ok) return loaded;
  const { value: file, lineOf } = loaded;
  const { apps, complaints } = compileApps(file, lineOf);
  const networks = readTrustedProxies(file);
  const all = [
    ...complaints,
    ...complaintsAboutProviders(file),
    ...(Array.isArray(networks) ? networks : []),
  ];
  if (all.length > 0 || Array.isArray(networks))
    return { ok: false, mistakes: placeComplaints(source.file, lineOf, all) };
  return { ok: true, value: compile(file, apps, networks), lineOf };
}

function compile(file: GatewayFile, apps: readonly App[], trustedProxies: Networks): GatewayConfig {
  const { encryptionKey, ttlSeconds } = file.assertion;
  return {
    publicUrl: file.publicUrl.replace(/\/$/, ''),
    trustedProxies,
    listen: { ...file.listen, standalone: file.listen.standalone },
    database: file.database,
    encryptionKey:
      encryptionKey === undefined
        ? { generatedFile: `${sqlitePath(file.database)}.key` }
        : { secret: encryptionKey },
    assertionTtlSeconds: ttlSeconds,
    cache: {
      identityMs: file.cache.identitySeconds * 1000,
      rejectionMs: file.cache.rejectionSeconds * 1000,
      maxEntries: file.cache.maxEntries,
    },
    logLevel: file.log.level,
    providers: Object.entries(file.providers).map(([name, entry]) => compileProvider(name, entry)),
    apps,
  };
}

function compileProvider(
  name: string,
  entry: GatewayFile['providers'][string],
): GatewayConfig['providers'][number] {
  return {
    kind: 'scicat',
    name,
    realm: entry.realm ?? name,
    url: entry.url.replace(/\/+$/, ''),
    jwtSecret: entry.jwtSecret,
    header: entry.header.toLowerCase(),
    claims: { id: 'userId', ...entry.claims, roles: entry.claims.roles },
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

function readTrustedProxies(file: GatewayFile): Networks | Complaint[] {
  const complaints = file.trustedProxies.flatMap((text, index) => {
    try {
      readNetworks([text]);
      return [];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return [{ path: ['trustedProxies', index], message: error.message }];
    }
  });
  return complaints.length > 0 ? complaints : readNetworks(file.trustedProxies);
}

function complaintsAboutProviders(file: GatewayFile): readonly Complaint[] {
  const headers = new Map<string, string>();
  const shared = Object.entries(file.providers).flatMap(([name, { header }]) => {
    const other = headers.get(header.toLowerCase());
    headers.set(header.toLowerCase(), name);
    return other === undefined
      ? []
      : [{ path: ['providers', name, 'header'], message: `${other} reads ${header} already` }];
  });
  const ambiguous = Object.entries(file.apps).flatMap(
    ([name, { providers = Object.keys(file.providers) }]) => {
      const scicats = providers.filter((provider) => file.providers[provider]?.kind === 'scicat');
      if (scicats.length < 2) return [];
      const message = `a SciCat token does not say who issued it: one of ${scicats.join(', ')} for an app, by providers: [...]`;
      return [{ path: ['apps', name, 'providers'], message }];
    },
  );
  return [...shared, ...ambiguous, ...Object.entries(file.providers).flatMap(complaintsAboutProvider)];
}

function complaintsAboutProvider([name, { url, header }]: [
  string,
  GatewayFile['providers'][string],
]): readonly Complaint[] {
  const path = ['providers', name];
  const { username, password, search, hash, pathname } = new URL(url);
  const isReserved =
    reservedHeaders.has(header.toLowerCase()) || findForeignIdentity([header, ''], allOfThem);
  return [
    ...(username + password === '' ? [] : [{ path: [...path, 'url'], message: 'no user or password in it' }]),
    ...(search + hash === '' ? [] : [{ path: [...path, 'url'], message: 'no query and no fragment in it' }]),
    ...(/\/api\/v\d+\/*$/.test(pathname)
      ? [{ path: [...path, 'url'], message: "the backend's base address, without /api/v3" }]
      : []),
    ...(isReserved
      ? [{ path: [...path, 'header'], message: `${header} means something else to the gateway or its proxy` }]
      : []),
  ];
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
