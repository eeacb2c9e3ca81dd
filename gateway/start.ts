// A gateway's config -> a gateway that listens. Everything is built here, once, from that one value.
import { setTimeout as pause } from 'node:timers/promises';
import { machineClock } from '../platform/clock.ts';
import { openDatabase } from '../platform/database.ts';
import { createDatabaseCheck } from '../platform/database-check.ts';
import { Dependencies, databaseDependency } from '../platform/dependencies.ts';
import { type Every, every as everyReal } from '../platform/every.ts';
import { createLogger, flushLog, type Logger } from '../platform/log.ts';
import { createRegistry } from '../platform/metrics.ts';
import { createOperations } from '../platform/operations.ts';
import { createRefusalBook } from '../platform/refusal-book.ts';
import { Reloads } from '../platform/reloads.ts';
import { fetchListener, renderAddress } from '../platform/server.ts';
import { noWebProxies, type WebProxies } from '../platform/web-proxies.ts';
import type { GatewayConfig } from './config.ts';
import { createClaimProblemLog } from './credentials/claim-problems.ts';
import { Verifiers } from './credentials/verifiers.ts';
import type { FindSession } from './credentials/verify.ts';
import { KeyRing, refreshEveryMs } from './key-ring.ts';
import { deriveGuessKey } from './login/guess-keys.ts';
import { Guesses } from './login/guesses.ts';
import { createRefresh } from './login/refresh.ts';
import { withScicat } from './login/refresh-scicat.ts';
import type { SignInParts } from './login/sign-in-client.ts';
import { SignInProviders } from './login/sign-in-providers.ts';
import { createGatewayMetrics, type GatewayMetrics } from './metrics.ts';
import { openListeners } from './open-listeners.ts';
import { fixedAtStart, type LoadConfig } from './reload.ts';
import { type Parts, type Serving, serve } from './serve.ts';
import { openSessions } from './sessions/open.ts';
import { createTokenSeal } from './sessions/token-seal.ts';
import { readKeys, sealAllAgain } from './store/assertion-keys.ts';
import { readEncryptionKeys } from './store/key-encryption.ts';
import { type GatewayTables, migrations } from './store/migrations.ts';

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
  const clock = { now, elapsed: machineClock.elapsed };
  const database = { url: config.database, password: config.databasePassword };
  const db = await openDatabase<GatewayTables>({
    ...database,
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
  const dependencies = new Dependencies(dependenciesOf(config));
  const checkDatabase = createDatabaseCheck({
    url: database.url,
    probe: () => readKeys(db),
    dependencies,
    log,
  });
  const { sessions, close: closeSessions } = await openSessions(
    { ...database, db },
    {
      settings: () => reloads.current.config.sessions,
      seal: createTokenSeal(encryptionKeys),
      refreshTokens: withScicat(
        (provider) => reloads.current.login.accounts.get(provider),
        createRefresh((provider) => reloads.current.login.clients.get(provider), now, log),
        now,
      ),
      vouchesFor: (provider, digest) => reloads.current.login.providerDigests.get(provider) === digest,
      events: {
        refreshed: (provider, outcome) => metrics.sessionRefreshes.inc({ provider, outcome }),
        ended: (by, count) => metrics.sessionsEnded.inc({ by }, count),
      },
      clock,
      log,
    },
    every,
  );
  const findSession: FindSession = (id, host) => sessions.find(id, host);
  const noteClaims = createClaimProblemLog(log);
  const verifiers = new Verifiers(metrics, dependencies, webProxies, findSession, noteClaims);
  const refusals = createRefusalBook();
  const signIns = new SignInProviders({ webProxies, events: signInEvents(metrics, dependencies), clock });
  const guesses = new Guesses({ db, key: deriveGuessKey(encryptionKeys[0]), now, pause });
  const parts: Parts = {
    keys,
    metrics,
    verifiers,
    refusals,
    sessions,
    signIns,
    guesses,
    encryptionKeys,
    log,
    now,
  };
  const reloads: Reloads<GatewayConfig, Serving> = new Reloads({
    first: config,
    build: (current) => serve(current, parts),
    onTaken: (current) => {
      dependencies.keepOnly(dependenciesOf(current));
      signIns.keepOnly(current.providers);
    },
    fixedAtStart,
    describe: ({ apps }) => ({ apps: apps.length }),
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
    refusals,
  });
  const listeners = await openListeners(config, () => reloads.current, fetchListener(operations.fetch));
  const addresses = {
    proxies: renderAddress(listeners.proxies.address),
    public: renderAddress(listeners.public.address),
    operations: renderAddress(listeners.operations.address),
    standalone: listeners.standalone === undefined ? undefined : renderAddress(listeners.standalone.address),
  };
  await checkDatabase();
  const refreshing = every(refreshEveryMs, async () => {
    await keys.refresh();
    await checkDatabase();
  });
  for (const { reason, line, message } of config.warnings) log.warn({ reason, line }, message);
  log.info({ version, ...addresses, publicUrl: config.publicUrl, apps: config.apps.length }, 'listening');
  return {
    addresses,
    reload: (load) => reloads.reload(load),
    close: async (graceMs) => {
      isDraining = true;
      const { drainWaitMs } = config.listen;
      log.info({ drainWaitMs }, 'draining');
      await pause(drainWaitMs);
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

/** None of them is required: bearer tokens, and whom it knows already, pass without a database too. */
function dependenciesOf({ providers }: Pick<GatewayConfig, 'providers'>): readonly string[] {
  return [databaseDependency, ...providers.map(({ name }) => name)];
}

/** A sign-in asks a provider too: what it finds out counts for its health. */
function signInEvents(
  metrics: GatewayMetrics,
  dependencies: Dependencies,
): NonNullable<SignInParts['events']> {
  return {
    answered: (provider) => {
      dependencies.succeeded(provider);
      metrics.providerCalls.inc({ provider, outcome: 'sign_in' });
    },
    failed: (provider, { reason }) => {
      dependencies.failed(provider, reason);
      metrics.providerCalls.inc({ provider, outcome: reason });
    },
  };
}
