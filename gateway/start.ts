// A gateway's config -> a gateway that listens. Everything is built here, once, from that one value.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { openDatabase } from '../platform/database.ts';
import { Dependencies } from '../platform/dependencies.ts';
import { type Every, every as everyReal } from '../platform/every.ts';
import { createLogger, flushLog, type Logger } from '../platform/log.ts';
import { createRegistry } from '../platform/metrics.ts';
import { createOperations } from '../platform/operations.ts';
import { fetchListener, type Listener, listen, renderAddress } from '../platform/server.ts';
import { Unavailable } from '../platform/unavailable.ts';
import { answer } from './answer.ts';
import { createPublicApp } from './app.ts';
import { createAssertions } from './assertion.ts';
import type { GatewayConfig } from './config.ts';
import type { Provider } from './config-providers.ts';
import { VerdictCache } from './credentials/cache.ts';
import { createOidcVerifier } from './credentials/oidc.ts';
import { Questions } from './credentials/questions.ts';
import { createScicatVerifier } from './credentials/scicat.ts';
import { createVerify, type Verifier, type VerifyEvents } from './credentials/verify.ts';
import type { Gate } from './decide.ts';
import { KeyRing, refreshEveryMs } from './key-ring.ts';
import { createGatewayMetrics, type GatewayMetrics } from './metrics.ts';
import { indexApps } from './policy/app-index.ts';
import { writeAnswer } from './respond.ts';
import { createStandalone } from './standalone/listener.ts';
import { readEncryptionKey } from './store/key-encryption.ts';
import { type GatewayTables, migrations } from './store/migrations.ts';

export type RunningGateway = {
  readonly addresses: {
    readonly proxies: string;
    readonly public: string;
    readonly operations: string;
    readonly standalone: string | undefined;
  };
  /** Answers what is open, then ends. */
  close(graceMs: number): Promise<void>;
};

export type StartOptions = {
  readonly version: string;
  readonly log?: Logger;
  /** What assertions and the turns of their keys go by. */
  readonly now?: () => number;
  readonly every?: Every;
};

/** @throws Error that names what is in the way: an address in use, a database or key that cannot be read. */
export async function startGateway(
  config: GatewayConfig,
  {
    version,
    log = createLogger({ service: 'gateway', level: config.logLevel }),
    now = Date.now,
    every = everyReal,
  }: StartOptions,
): Promise<RunningGateway> {
  const db = await openDatabase<GatewayTables>({
    url: config.database,
    durability: 'normal',
    exclusive: false,
    migrations,
  });
  const encryptionKey = readEncryptionKey(config.encryptionKey);
  const keys = await KeyRing.open({ db, encryptionKey, rotateMs: config.assertionRotateMs, now, log });
  const registry = createRegistry('gateway');
  const metrics = createGatewayMetrics(registry);
  const dependencies = new Dependencies(config.providers.map(({ name }) => name));
  const gate = buildGate(config, { keys, metrics, dependencies, log, now });
  let isDraining = false;
  const operations = createOperations({
    version,
    registry,
    dependencies,
    required: [],
    isDraining: () => isDraining,
  });
  const listeners = await openListeners(config, gate, fetchListener(operations.fetch));
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
    close: async (graceMs) => {
      isDraining = true;
      await Promise.all(Object.values(listeners).map((listener) => listener?.close(graceMs)));
      await refreshing.stop();
      await db.destroy();
      log.info('ended');
      await flushLog(log);
    },
  };
}

type Parts = {
  readonly keys: KeyRing;
  readonly now: () => number;
  readonly metrics: GatewayMetrics;
  readonly dependencies: Dependencies;
  readonly log: Logger;
};

function buildGate(config: GatewayConfig, { keys, metrics, dependencies, log, now }: Parts): Gate {
  const providerHeaders = new Map(
    config.providers.flatMap((provider) =>
      provider.kind === 'scicat' ? [[provider.header, provider.name] as const] : [],
    ),
  );
  const verifiers = config.providers.map((provider) => buildVerifier(provider, metrics, dependencies));
  return {
    policy: { apps: indexApps(config.apps), providerHeaders },
    verify: createVerify(verifiers, new VerdictCache(config.cache), verifyEvents(metrics, dependencies)),
    assertions: createAssertions({
      issuer: config.publicUrl,
      ttlSeconds: config.assertionTtlSeconds,
      keys,
      now,
    }),
    site: {
      publicUrl: config.publicUrl,
      credentialHeaders: ['authorization', 'cookie', ...providerHeaders.keys()],
    },
    metrics,
    log,
  };
}

function buildVerifier(provider: Provider, metrics: GatewayMetrics, dependencies: Dependencies): Verifier {
  const { name } = provider;
  switch (provider.kind) {
    case 'scicat': {
      const questions = new Questions(name, provider.questions);
      return { provider: name, kind: 'scicat', verify: createScicatVerifier(provider), questions };
    }
    case 'oidc': {
      const { providerFailed } = verifyEvents(metrics, dependencies);
      const fetched = () => {
        dependencies.succeeded(name);
        metrics.providerCalls.inc({ provider: name, outcome: 'keys_fetched' });
      };
      const failed = (outage: Unavailable) => providerFailed(name, outage);
      const verify = createOidcVerifier(provider, { events: { fetched, failed } });
      return { provider: name, kind: 'oidc', issuer: provider.issuer, verify };
    }
  }
}

function verifyEvents(metrics: GatewayMetrics, dependencies: Dependencies): VerifyEvents {
  return {
    cacheAnswered: (provider, isHit) =>
      metrics.cacheLookups.inc({ provider, result: isHit ? 'hit' : 'miss' }),
    providerAnswered: (provider, outcome) => {
      dependencies.succeeded(provider);
      metrics.providerCalls.inc({ provider, outcome });
    },
    providerFailed: (provider, error) => {
      const reason = error instanceof Unavailable ? error.reason : 'internal_error';
      dependencies.failed(provider, reason);
      metrics.providerCalls.inc({ provider, outcome: reason });
    },
  };
}

async function openListeners(
  config: GatewayConfig,
  gate: Gate,
  operations: ReturnType<typeof fetchListener>,
) {
  const publicApp = fetchListener(publicAppOf(config, gate).fetch);
  const standalone =
    config.listen.standalone === undefined
      ? undefined
      : await openStandalone(config, gate, config.listen.standalone, publicApp);
  const opened: {
    proxies: Listener;
    public: Listener;
    operations: Listener;
    standalone: Listener | undefined;
  } = {
    proxies: await listen(
      config.listen.proxies,
      (request, response) => void askGateway(request, response, gate, config),
    ),
    public: await listen(config.listen.public, publicApp),
    operations: await listen(config.listen.operations, operations),
    standalone,
  };
  return opened;
}

async function askGateway(
  request: IncomingMessage,
  response: ServerResponse,
  gate: Gate,
  config: GatewayConfig,
): Promise<void> {
  // A proxy may send the request's body along; it decides nothing, and unread it would block the connection.
  request.resume();
  const asked = {
    url: request.url ?? '',
    headers: request.rawHeaders,
    peerAddress: request.socket.remoteAddress ?? '',
  };
  writeAnswer(response, await answer(asked, gate, config.trustedProxies));
}

function openStandalone(
  config: GatewayConfig,
  gate: Gate,
  address: GatewayConfig['listen']['public'],
  ownPages: ReturnType<typeof fetchListener>,
): Promise<Listener> {
  const scheme = config.publicUrl.startsWith('https:') ? 'https' : 'http';
  const { onRequest, attachUpgrades } = createStandalone({
    gate,
    scheme,
    ownPages,
    upstreamTimeoutMs: 60_000,
  });
  return listen(address, onRequest, attachUpgrades);
}

function publicAppOf(config: GatewayConfig, gate: Gate) {
  return createPublicApp({
    basePath: new URL(config.publicUrl).pathname.replace(/\/$/, ''),
    assertions: gate.assertions,
    verify: gate.verify,
    providerHeaders: gate.policy.providerHeaders,
    providers: config.providers.map(({ name }) => name),
    trustedProxies: config.trustedProxies,
    tokenHelp: config.providers.map((provider) => ({
      name: provider.name,
      header: provider.kind === 'scicat' ? provider.header : undefined,
    })),
    log: gate.log,
  });
}
