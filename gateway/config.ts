// A gateway's file -> one immutable value that everything else is built from, so that another can take its place.
import { type Loaded, loadConfig } from '../platform/config/load.ts';
import type { Complaint } from '../platform/config/mistakes.ts';
import { placeComplaints } from '../platform/config/mistakes.ts';
import type { Secret, SecretSources } from '../platform/config/secrets.ts';
import { isPostgres } from '../platform/database-postgres.ts';
import { sqlitePath } from '../platform/database-sqlite.ts';
import type { Networks } from '../platform/networks.ts';
import type { Address } from '../platform/server.ts';
import { compileApps } from './config-apps.ts';
import { compileAuthenticated } from './config-authenticated.ts';
import { compileNetworks } from './config-networks.ts';
import { compileProvider, complaintsAboutProviders, type Provider } from './config-providers.ts';
import { type GatewayFile, gatewaySchema } from './config-schema.ts';
import {
  compileCookies,
  compileSessions,
  complaintsAboutSessions,
  type SessionConfig,
} from './config-sessions.ts';
import { type ConfigWarning, warningsAbout } from './config-warnings.ts';
import type { CacheTimes } from './credentials/cache.ts';
import type { Branding } from './pages/look.ts';
import type { AuthenticatedApp } from './proxies/forwarded.ts';
import type { CookieRules } from './sessions/cookies.ts';
import type { StandaloneLimits } from './standalone/limits.ts';
import type { EncryptionKeySource } from './store/key-encryption.ts';
import { readTrialRequest, type Trial } from './trial.ts';
import type { App, Decision, WhoRequirement } from './types.ts';

export type ConfigTest = Trial & {
  readonly expected: Decision['outcome'];
  readonly expectedRule: string | undefined;
};

export type GatewayConfig = {
  /** Its name, with which lines are named. */
  readonly file: string;
  /** Without a final slash. */
  readonly publicUrl: string;
  readonly branding: Branding;
  readonly trustedProxies: Networks;
  readonly listen: {
    readonly proxies: Address;
    readonly public: Address;
    readonly operations: Address;
    readonly standalone: Address | undefined;
    readonly reusePort: boolean;
    readonly drainWaitMs: number;
  };
  readonly standalone: StandaloneLimits;
  /** A password is not in it. */
  readonly database: string;
  readonly databasePassword: Secret | undefined;
  readonly encryptionKey: EncryptionKeySource;
  readonly previousEncryptionKeys: readonly Secret[];
  readonly assertionTtlSeconds: number;
  readonly assertionRotateMs: number;
  readonly cache: CacheTimes;
  readonly sessions: SessionConfig;
  readonly cookies: CookieRules;
  readonly logLevel: GatewayFile['log']['level'];
  readonly providers: readonly Provider[];
  /** The gateway itself among them. */
  readonly apps: readonly App[];
  /** Who sees everybody's sessions and may end them; `undefined`: nobody. */
  readonly admins: WhoRequirement | undefined;
  readonly authenticated: AuthenticatedApp | undefined;
  readonly tests: readonly ConfigTest[];
  /** What is legal and wide. */
  readonly warnings: readonly ConfigWarning[];
};

/** @returns the config, or every mistake in the file with its line and key. */
export function loadGatewayConfig(
  source: { readonly file: string; readonly text: string },
  sources: SecretSources,
): Loaded<GatewayConfig> {
  const loaded = loadConfig(source, gatewaySchema(sources));
  if (!loaded.ok) return loaded;
  const { value: file, lineOf } = loaded;
  const { apps, admins, complaints } = compileApps(file, lineOf);
  const trusted = compileNetworks(file.trustedProxies, ['trustedProxies']);
  const { tests, complaints: aboutTests } = compileTests(file);
  const compiled = compileAuthenticated(file, apps);
  const [authenticated, aboutAuthenticated] =
    compiled === undefined || 'name' in compiled ? [compiled, []] : [undefined, [compiled]];
  const all = [
    ...complaints,
    ...aboutTests,
    ...aboutAuthenticated,
    ...complaintsAboutProviders(file),
    ...complaintsAboutSessions(file),
    ...complaintsAboutDatabase(file),
    ...complaintsAboutEmptiness(file),
    ...trusted.complaints,
  ];
  if (all.length > 0) return { ok: false, mistakes: placeComplaints(source.file, lineOf, all) };
  const warnings = warningsAbout({ file: source.file, lineOf }, file, apps);
  const value = {
    file: source.file,
    ...compile(file, apps, trusted.networks),
    admins,
    authenticated,
    tests,
    warnings,
  };
  return { ok: true, value, lineOf };
}

/** Whoever wrote one believes that something is in force. */
function complaintsAboutEmptiness({
  apps,
  tests,
  trustedProxies,
  listen,
}: GatewayFile): readonly Complaint[] {
  const noApp =
    'found no app, so nothing could be asked about: write one, `grafana: { url: https://lab.org/grafana, allow: signed-in }`';
  const noTest =
    'found an empty list, which tests nothing: write a test, `- { request: GET https://lab.org/grafana, expect: authenticate }`, or leave the key out';
  const noProxy =
    'found an empty list, so nobody could ask: write where the proxy asks from, or leave the key out for loopback';
  const isUnasked = trustedProxies.length === 0 && listen.standalone === undefined;
  return [
    ...(isUnasked ? [{ path: ['trustedProxies'], message: noProxy }] : []),
    ...(Object.keys(apps).length === 0 ? [{ path: ['apps'], message: noApp }] : []),
    ...(tests?.length === 0 ? [{ path: ['tests'], message: noTest }] : []),
  ];
}

function complaintsAboutDatabase({
  database,
  databasePassword,
  assertion,
}: GatewayFile): readonly Complaint[] {
  const path = ['database'];
  if (!isPostgres(database))
    return databasePassword === undefined
      ? []
      : [{ path: ['databasePassword'], message: 'a file has no password: only postgres://' }];
  if (!URL.canParse(database)) return [{ path, message: 'is no address: postgres://user@host/name' }];
  const { password, searchParams } = new URL(database);
  return [
    ...(password === '' && !searchParams.has('password')
      ? []
      : [
          {
            path,
            message: 'the password does not stand in this file: databasePassword: file:/path or env:NAME',
          },
        ]),
    ...(assertion.encryptionKey === undefined
      ? [
          {
            path: ['assertion', 'encryptionKey'],
            message:
              'is needed with PostgreSQL: every gateway on it opens the same keys; openssl rand -base64 32',
          },
        ]
      : []),
  ];
}

function compile(
  file: GatewayFile,
  apps: readonly App[],
  trustedProxies: Networks,
): Omit<GatewayConfig, 'file' | 'admins' | 'authenticated' | 'tests' | 'warnings'> {
  const { encryptionKey, previousEncryptionKeys = [], ttlSeconds, rotateDays } = file.assertion;
  return {
    publicUrl: file.publicUrl.replace(/\/$/, ''),
    branding: { name: file.site.name, logo: file.site.logo, contact: file.site.contact },
    trustedProxies,
    listen: { ...file.listen, standalone: file.listen.standalone },
    standalone: file.standalone,
    database: file.database,
    databasePassword: file.databasePassword,
    encryptionKey:
      encryptionKey === undefined
        ? { generatedFile: `${sqlitePath(file.database)}.key` }
        : { secret: encryptionKey },
    previousEncryptionKeys,
    assertionTtlSeconds: ttlSeconds,
    assertionRotateMs: rotateDays * 24 * 60 * 60_000,
    cache: {
      identityMs: file.cache.identitySeconds * 1000,
      rejectionMs: file.cache.rejectionSeconds * 1000,
      maxEntries: file.cache.maxEntries,
    },
    sessions: compileSessions(file),
    cookies: compileCookies(file),
    logLevel: file.log.level,
    providers: Object.entries(file.providers).map(([name, entry]) => compileProvider(name, entry)),
    apps,
  };
}

function compileTests(file: GatewayFile): { tests: readonly ConfigTest[]; complaints: readonly Complaint[] } {
  const complaints: Complaint[] = [];
  const tests = (file.tests ?? []).flatMap((entry, index): readonly ConfigTest[] => {
    const request = readTrialRequest(entry.request, entry);
    if (typeof request === 'string') {
      complaints.push({ path: ['tests', index, 'request'], message: request });
      return [];
    }
    const who = entry.as === undefined ? undefined : { ...entry.as, realm: entry.as.realm };
    const { credential } = entry;
    return [{ request, who, credential, expected: entry.expect, expectedRule: entry.rule }];
  });
  return { tests, complaints };
}
