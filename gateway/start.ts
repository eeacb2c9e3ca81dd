// A gateway's config -> a gateway that listens. Everything is built here, once, from that one value.
import { openDatabase } from '../platform/database.ts';
import { Dependencies } from '../platform/dependencies.ts';
import { createDispatcher } from '../platform/dispatcher.ts';
import { type Every, every as everyReal } from '../platform/every.ts';
import { createLogger, flushLog, type Logger } from '../platform/log.ts';
import { createRegistry } from '../platform/metrics.ts';
import { createOperations } from '../platform/operations.ts';
import { fetchListener, renderAddress } from '../platform/server.ts';
import { noWebProxies, type WebProxies } from '../platform/web-proxies.ts';
import { createPublicApp } from './app.ts';
import { createAssertions } from './assertion.ts';
import type { GatewayConfig } from './config.ts';
import { Verifiers } from './credentials/verifiers.ts';
import type { FindSession } from './credentials/verify.ts';
import type { Gate } from './decide.ts';
import { KeyRing, refreshEveryMs } from './key-ring.ts';
import { createGatewayMetrics, type GatewayMetrics } from './metrics.ts';
import { openListeners, type Serving } from './open-listeners.ts';
import { indexApps } from './policy/app-index.ts';
import { createRecords } from './record.ts';
import { type LoadConfig, Reloads } from './reload.ts';
import { createBackchannelLogout, type ReceiveLogout } from './sessions/backchannel-logout.ts';
import { openSessions } from './sessions/open.ts';
import { createTokenSeal } from './sessions/token-seal.ts';
import { sealAllAgain } from './store/assertion-keys.ts';
import { readEncryptionKeys } from './store/key-encryption.ts';
import { type GatewayTables, migrations } from './store/migrations.ts';
import type { ForwardedRequest } from './types.ts';

export type RunningGateway = {
  readonly addresses: {
    readonly proxies: string;
    readonly public: string;
    readonly operations: string;
    readonly standalone: string | undefined;
  };
  /** Takes another configuration over between two requests, or keeps the old one where there is a mistake in it. */
  reload(load: LoadConfig): Promise<void>;
  /** Says that it is not ready, waits as the config says, answers what is open, then ends; all of it within `graceMs`. */
  close(graceMs: number): Promise<void>;
};

export type StartOptions = {
  readonly version: string;
  readonly log?: Logger;
  /** What assertions and the turns of their keys go by. */
  readonly now?: () => number;
  readonly every?: Every;
  /** Through which outgoing requests go. */
  readonly webProxies?: WebProxies;
};

/** @throws Error that names what is in the way: an address in use, a database or key that cannot be read. */
export async function startGateway(
  config: GatewayConfig,
  {
    version,
    log = createLogger({ service: 'gateway', level: config.logLevel }),
    now = Date.now,
    every = everyReal,
    webProxies = noWebProxies,
  }: StartOptions,
): Promise<RunningGateway> {
  const db = await openDatabase<GatewayTables>({
    url: config.database,
    password: config.databasePassword,
    durability: 'normal',
    exclusive: false,
    migrations,
  });
  const encryptionKeys = readEncryptionKeys(config.encryptionKey, config.previousEncryptionKeys);
  const keyStore = { db, encryptionKeys, rotateMs: config.assertionRotateMs };
  await sealAllAgain(keyStore);
  const keys = await KeyRing.open({ ...keyStore, now, log });
  const registry = createRegistry('gateway');
  const metrics = createGatewayMetrics(registry);
  const dependencies = new Dependencies(config.providers.map(({ name }) => name));
  const { sessions, close: closeSessions } = openSessions(
    { url: config.database, password: config.databasePassword, db },
    {
      settings: () => reloads.current.config.sessions,
      seal: createTokenSeal(encryptionKeys),
      refreshTokens: async () => 'refused',
      now,
      log,
    },
    every,
  );
  const findSession: FindSession = (id, host) => sessions.find(id, host);
  const verifiers = new Verifiers(metrics, dependencies, webProxies, findSession);
  const logoutOf = (current: GatewayConfig) =>
    createBackchannelLogout(current.providers, {
      sessions,
      dispatcherFor: ({ caFile }) => createDispatcher({ caFile, webProxies }),
      now,
      log,
    });
  const reloads: Reloads<Serving> = new Reloads({
    first: config,
    build: (current) =>
      serve(current, buildGate(current, { keys, metrics, verifiers, log, now }), logoutOf(current)),
    forget: (current) => dependencies.keepOnly(current.providers.map(({ name }) => name)),
    metrics,
    log,
  });
  let isDraining = false;
  const operations = createOperations({
    version,
    registry,
    dependencies,
    required: [],
    isDraining: () => isDraining,
  });
  const listeners = await openListeners(config, () => reloads.current, fetchListener(operations.fetch));
  const addresses = {
    proxies: renderAddress(listeners.proxies.address),
    public: renderAddress(listeners.public.address),
    operations: renderAddress(listeners.operations.address),
    standalone: listeners.standalone === undefined ? undefined : renderAddress(listeners.standalone.address),
  };
  const refreshing = every(refreshEveryMs, () => keys.refresh());
  for (const { reason, line, message } of config.warnings) log.warn({ reason, line }, message);
  log.info({ version, ...addresses, publicUrl: config.publicUrl, apps: config.apps.length }, 'listening');
  return {
    addresses,
    reload: (load) => reloads.reload(load),
    close: async (graceMs) => {
      isDraining = true;
      const { drainWaitMs } = config.listen;
      log.info({ drainWaitMs }, 'draining');
      await new Promise((resolve) => setTimeout(resolve, drainWaitMs));
      const leftMs = Math.max(graceMs - drainWaitMs, 0);
      await Promise.all(Object.values(listeners).map((listener) => listener?.close(leftMs)));
      await refreshing.stop();
      await closeSessions();
      await db.destroy();
      log.info('ended');
      await flushLog(log);
    },
  };
}

function placeOf(publicUrl: string): Pick<ForwardedRequest, 'scheme' | 'host'> {
  const { protocol, hostname } = new URL(publicUrl);
  return { scheme: protocol === 'http:' ? 'http' : 'https', host: { name: hostname, port: undefined } };
}

type Parts = {
  readonly keys: KeyRing;
  readonly now: () => number;
  readonly metrics: GatewayMetrics;
  readonly verifiers: Verifiers;
  readonly log: Logger;
};

function buildGate(config: GatewayConfig, { keys, metrics, verifiers, log, now }: Parts): Gate {
  const providerHeaders = new Map(
    config.providers.flatMap((provider) =>
      provider.kind === 'scicat' ? [[provider.header, provider.name] as const] : [],
    ),
  );
  return {
    policy: { apps: indexApps(config.apps), providerHeaders, cookies: config.cookies, now },
    verify: verifiers.verifyFor(config),
    assertions: createAssertions({
      issuer: config.publicUrl,
      ttlSeconds: config.assertionTtlSeconds,
      keys,
      now,
    }),
    site: {
      publicUrl: config.publicUrl,
      branding: config.branding,
      credentialHeaders: ['authorization', 'cookie', ...providerHeaders.keys()],
    },
    metrics,
    log,
    records: createRecords({ metrics, log }),
  };
}

function serve(config: GatewayConfig, gate: Gate, receiveLogout: ReceiveLogout): Serving {
  return { config, gate, ownPages: fetchListener(publicAppOf(config, gate, receiveLogout).fetch) };
}

function publicAppOf(config: GatewayConfig, gate: Gate, receiveLogout: ReceiveLogout) {
  return createPublicApp({
    basePath: new URL(config.publicUrl).pathname.replace(/\/$/, ''),
    site: gate.site,
    assertions: gate.assertions,
    verify: gate.verify,
    place: placeOf(config.publicUrl),
    credentialPlaces: gate.policy,
    providers: config.providers.map(({ name }) => name),
    trustedProxies: config.trustedProxies,
    tokenHelp: config.providers.map((provider) => ({
      name: provider.name,
      header: provider.kind === 'scicat' ? provider.header : undefined,
    })),
    receiveLogout,
    log: gate.log,
  });
}
