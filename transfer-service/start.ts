// A transfer-service's config -> one that listens and follows its transfers. What a reload can replace is in serving.ts.
import { type Clock, machineClock } from '../platform/clock.ts';
import { createDatabaseCheck } from '../platform/database-check.ts';
import { Dependencies, databaseDependency } from '../platform/dependencies.ts';
import { every } from '../platform/every.ts';
import { createLogger, flushLog, type Logger } from '../platform/log.ts';
import { createRegistry } from '../platform/metrics.ts';
import { createOperations } from '../platform/operations.ts';
import { createRefusalBook } from '../platform/refusal-book.ts';
import { type Load, Reloads } from '../platform/reloads.ts';
import { fetchListener, listen, renderAddress } from '../platform/server.ts';
import { noWebProxies, type WebProxies } from '../platform/web-proxies.ts';
import { createClients, type Setup } from './clients.ts';
import type { TransferConfig } from './config.ts';
import type { Credentials, LoadedCredentials } from './config-credentials.ts';
import { Engine } from './engine/engine.ts';
import { watchClock } from './engine/watched-clock.ts';
import { createTransferMetrics, type TransferMetrics } from './metrics.ts';
import { createProbe } from './probe.ts';
import type { CallObserver } from './retries.ts';
import { fixedAtStart, type Serving, type ServingParts, serve, settingsOf, type Timing } from './serving.ts';
import { openStore } from './store/open.ts';
import { countByState, countUnsettled } from './store/read.ts';

export type RunningTransferService = {
  readonly addresses: { readonly listen: string; readonly operations: string };
  /** Takes another configuration over between two requests, or keeps the old one where there is a mistake in it. */
  reload(load: LoadSetup): Promise<void>;
  /** Answers what is open, stops following, closes the database; the next start goes on. */
  close(graceMs: number): Promise<void>;
};

/** Reads file and credentials anew. */
export type LoadSetup = Load<Setup>;

export type StartOptions = {
  readonly credentials: Credentials;
  /** Where they are read again once Globus or SciCat refuses them; undefined: nowhere. */
  readonly readCredentials?: () => LoadedCredentials;
  readonly version: string;
  readonly log?: Logger;
  /** For tests: shorter than the whole seconds of the file. */
  readonly timing?: Timing;
  /** By which it goes; default: the machine's. A test lets a day pass by it. */
  readonly clock?: Clock;
  /** Through which outgoing requests go. */
  readonly webProxies?: WebProxies;
};

/** @throws ConfigError; Error that names what is in the way: an address in use, a database that cannot be opened. */
export async function startTransferService(
  config: TransferConfig,
  options: StartOptions,
): Promise<RunningTransferService> {
  const {
    log = createLogger({ service: 'transfer-service', level: config.logLevel }),
    version,
    clock = machineClock,
    webProxies = noWebProxies,
  } = options;
  const now = () => clock.now();
  const first: Setup = { ...config, credentials: options.credentials };
  const store = await openStore(config.database);
  const registry = createRegistry('transfer-service');
  const metrics = createTransferMetrics(registry, {
    countByState: () => countByState(store),
    countUnsettled: () => countUnsettled(store),
  });
  const dependencies = new Dependencies(
    [databaseDependency, 'scicat', 'globus-auth', 'globus', 'gateway'],
    now,
  );
  const checkDatabase = createDatabaseCheck({
    ...{ url: config.database, dependencies, log },
    probe: () => countByState(store),
  });
  const clientsFor = createClients({
    ...{ webProxies, clock, log, readCredentials: options.readCredentials },
    onCall: callObserver(metrics, dependencies),
  });
  const watchedClock = await watchClock({ store, clock }, (error) =>
    log.warn({ error }, 'it could not be stored that the clock was set'),
  );
  const engineParts = (setup: Setup) => ({
    ...clientsFor(setup),
    settings: settingsOf(setup, options.timing),
  });
  const engine = new Engine({
    ...{ store, log, clock: watchedClock, ...engineParts(first) },
    onBytes: (bytes) => metrics.bytes.inc(Math.max(bytes, 0)),
    onEnded: (end) => metrics.ended.inc(end),
  });
  let isDraining = false;
  const refusals = createRefusalBook({ now });
  const parts: ServingParts = {
    ...{ version, refusals, log, store, engine, clientsFor, webProxies, clock },
    onAnswer: ({ route, status }) => metrics.answers.inc({ route, status: String(status) }),
  };
  let setup = first;
  const firstLook = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const probe = createProbe({
    ...{ dependencies, log, signal: stopping.signal },
    clients: () => clientsFor(setup),
    facilities: () => setup.facilities,
  });
  const reloads = new Reloads<Setup, Serving>({
    ...{ first, metrics, log, fixedAtStart },
    build: (setup) => serve(setup, parts),
    onTaken: (taken) => {
      setup = taken;
      engine.reconfigure(engineParts(taken));
      void probe();
    },
    describe: ({ facilities }) => ({ facilities: [...facilities.keys()] }),
  });
  // Without its database it can neither accept a transfer nor say how one goes.
  const required = [databaseDependency];
  const health = {
    version,
    registry,
    dependencies,
    required,
    isDraining: () => isDraining,
    refusals,
    firstLook: firstLook.promise,
  };
  const api: Handler = (request, bindings) => reloads.current.fetch(request, bindings);
  const listeners = await openListeners(config, api, createOperations(health).fetch).catch(
    async (error: unknown) => {
      await store.destroy();
      throw error;
    },
  );
  await engine.start();
  await checkDatabase();
  const checking = every(checkEveryMs, checkDatabase);
  firstLook.resolve(probe());
  const probing = every(probeEveryMs, probe);
  const addresses = {
    listen: renderAddress(listeners.api.address),
    operations: renderAddress(listeners.operations.address),
  };
  for (const { reason, message } of config.warnings) log.warn({ reason }, message);
  log.info({ version, ...addresses, facilities: [...config.facilities.keys()] }, 'listening');
  return {
    addresses,
    reload: (load) => reloads.reload(load),
    close: async (graceMs) => {
      isDraining = true;
      stopping.abort();
      await Promise.all([
        listeners.api.close(graceMs),
        engine.stop(),
        checking.stop(),
        probing.stop(),
        firstLook.promise,
      ]);
      await listeners.operations.close(0);
      await store.destroy();
      log.info('ended');
      await flushLog(log);
    },
  };
}

const checkEveryMs = 5_000;
const probeEveryMs = 30_000;
const needsProbe: ReadonlySet<string> = new Set(['misconfigured', 'bad_answer']);

async function openListeners(config: TransferConfig, api: Handler, operations: Handler) {
  const first = await listen(config.listen, fetchListener(api));
  try {
    return { api: first, operations: await listen(config.operations, fetchListener(operations)) };
  } catch (error) {
    await first.close(0);
    throw error;
  }
}

type Handler = Parameters<typeof fetchListener>[0];

function callObserver(metrics: TransferMetrics, dependencies: Dependencies): CallObserver {
  return ({ dependency, outcome }) => {
    metrics.calls.inc({ dependency, outcome });
    if (outcome === '2xx') {
      // A response alone does not prove that these are mended: only the probe does.
      if (!needsProbe.has(dependencies.reasonOf(dependency) ?? '')) dependencies.succeeded(dependency);
      // A 4xx proves neither: a pid may be wrong, or a credential. What the client makes of it shows in the probe.
    } else if (outcome !== '4xx' && outcome !== '3xx') dependencies.failed(dependency, outcome);
  };
}
