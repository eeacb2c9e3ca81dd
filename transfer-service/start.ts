// A transfer-service's config -> one that listens and follows its transfers. Everything is built here, once.
import { randomUUID } from 'node:crypto';
import { type Clock, machineClock, type TimeSource } from '../platform/clock.ts';
import { ConfigError } from '../platform/config/load.ts';
import { createDatabaseCheck } from '../platform/database-check.ts';
import { Dependencies, databaseDependency } from '../platform/dependencies.ts';
import { createDispatcher } from '../platform/dispatcher.ts';
import { every } from '../platform/every.ts';
import { createLogger, flushLog, type Logger } from '../platform/log.ts';
import { createRegistry } from '../platform/metrics.ts';
import { createOperations } from '../platform/operations.ts';
import { createRefusalBook } from '../platform/refusal-book.ts';
import { fetchListener, listen, renderAddress } from '../platform/server.ts';
import { noWebProxies, type WebProxies } from '../platform/web-proxies.ts';
import { createActions } from './actions.ts';
import { createApp } from './app.ts';
import { createAssertionReader, createHeaderReader, type ReadCaller } from './caller.ts';
import { clientOptions } from './client-options.ts';
import type { TransferConfig } from './config.ts';
import type { Credentials } from './config-credentials.ts';
import type { EngineSettings } from './engine/context.ts';
import { Engine } from './engine/engine.ts';
import { watchClock } from './engine/watched-clock.ts';
import { createGlobus } from './globus/client.ts';
import { createTransferMetrics, type TransferMetrics } from './metrics.ts';
import type { CallObserver } from './retries.ts';
import { createSciCat } from './scicat/client.ts';
import type { AcceptLimits } from './store/accept.ts';
import { openStore } from './store/open.ts';
import { countByState, countUnsettled } from './store/read.ts';

export type RunningTransferService = {
  readonly addresses: { readonly listen: string; readonly operations: string };
  /** Answers what is open, stops following, closes the database; the next start goes on. */
  close(graceMs: number): Promise<void>;
};

export type StartOptions = {
  readonly credentials: Credentials;
  readonly version: string;
  readonly log?: Logger;
  /** For tests: shorter than the whole seconds of the file. */
  readonly timing?: Partial<Omit<EngineSettings, 'maxConcurrency'>>;
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
  const readCaller = callerReader(config, { webProxies, clock });
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
  const observed = clientOptions(config, {
    credentials: options.credentials,
    ...{ webProxies, clock },
    onCall: callObserver(metrics, dependencies),
  });
  const clients = { scicat: createSciCat(observed.scicat), globus: createGlobus(observed.globus) };
  const watchedClock = await watchClock({ store, clock }, (error) =>
    log.warn({ error }, 'it could not be stored that the clock was set'),
  );
  const engine = new Engine({
    ...{ store, log, clock: watchedClock, ...clients, settings: settingsOf(config, options.timing) },
    onBytes: (bytes) => metrics.bytes.inc(Math.max(bytes, 0)),
  });
  let isDraining = false;
  const refusals = createRefusalBook({ now });
  const app = createApp({
    ...{ version, readCaller, refusals, log, now, newRequestId: randomUUID },
    ...createActions({
      ...{ store, engine, now, newId: randomUUID, limits: limitsOf(config) },
      listFoldersAbove: config.globus.listFoldersAbove,
      ...{ facilities: config.facilities, realms: config.realms, fetchDataset: clients.scicat.fetchDataset },
    }),
    onAnswer: ({ route, status }) => metrics.answers.inc({ route, status: String(status) }),
  });
  // Without its database it can neither accept a transfer nor say how one goes.
  const required = [databaseDependency];
  const health = { version, registry, dependencies, required, isDraining: () => isDraining, refusals };
  const listeners = await openListeners(config, app.fetch, createOperations(health).fetch).catch(
    async (error: unknown) => {
      await store.destroy();
      throw error;
    },
  );
  await engine.start();
  await checkDatabase();
  const checking = every(checkEveryMs, checkDatabase);
  const addresses = {
    listen: renderAddress(listeners.api.address),
    operations: renderAddress(listeners.operations.address),
  };
  for (const { reason, message } of config.warnings) log.warn({ reason }, message);
  log.info({ version, ...addresses, facilities: [...config.facilities.keys()] }, 'listening');
  return {
    addresses,
    close: async (graceMs) => {
      isDraining = true;
      await Promise.all([listeners.api.close(graceMs), engine.stop(), checking.stop()]);
      await listeners.operations.close(0);
      await store.destroy();
      log.info('ended');
      await flushLog(log);
    },
  };
}

const checkEveryMs = 5_000;

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

function settingsOf(
  { task, globus, scicat, facilities }: TransferConfig,
  timing: StartOptions['timing'],
): EngineSettings {
  return {
    maxConcurrency: task.maxConcurrency,
    pollIntervalMs: task.pollIntervalSeconds * 1000,
    busyPollIntervalMs: task.busyPollIntervalSeconds * 1000,
    maxConcurrencyPerUser: task.maxConcurrencyPerUser ?? Number.POSITIVE_INFINITY,
    ofFacilities: new Map(
      [...facilities.values()].flatMap(({ name, maxConcurrency }) =>
        maxConcurrency === undefined ? [] : [[name, maxConcurrency] as const],
      ),
    ),
    itemsPerTask: globus.itemsPerTask,
    deadlineMs: task.deadlineHours * hourMs,
    ...(globus.deadlineHours === undefined ? {} : { taskDeadlineMs: globus.deadlineHours * hourMs }),
    stuckAfterMs: task.stuckAfterMinutes * 60_000,
    failOnMissingSource: task.failOnMissingSource,
    scicatPatienceMs: 30 * 24 * hourMs,
    reportIntervalMs: 30_000,
    reportPaceMs: 50,
    settleMs: 2 * globus.timeoutMs,
    jobSettleMs: 3 * scicat.timeoutMs,
    ...timing,
  };
}

const hourMs = 3_600_000;

/** @throws ConfigError: without it nobody could be believed. */
function callerReader(
  { callers }: TransferConfig,
  { webProxies, clock }: { readonly webProxies: WebProxies; readonly clock: TimeSource },
): ReadCaller {
  if (callers === undefined) {
    const message =
      'missing: say whose word it is who asks, `{ believe: assertion, issuer, jwksUrl }` of the gateway; `beamgate globus-proxy` needs no such key';
    throw new ConfigError([{ file: 'config', line: 1, path: ['callers'], message }]);
  }
  if (callers.believe === 'plain-headers') return createHeaderReader(callers.trustedProxies);
  const { issuer, jwksUrl, audience, caFile } = callers;
  const dispatcher = createDispatcher({ caFile, webProxies });
  return createAssertionReader({ issuer, jwksUrl, audience, dispatcher, timeoutMs: 5_000, clock });
}

function limitsOf({ task, globus }: TransferConfig): AcceptLimits {
  const { maxConcurrency, maxConcurrencyPerUser = maxConcurrency } = task;
  const bound = (running: number, waiting: number) => (waiting === 0 ? 0 : running + waiting);
  return {
    itemsPerTask: globus.itemsPerTask,
    maxOpen: bound(maxConcurrency, task.queueSize),
    maxOpenPerUser: bound(Math.min(maxConcurrencyPerUser, maxConcurrency), task.queueSizePerUser),
  };
}

function callObserver(metrics: TransferMetrics, dependencies: Dependencies): CallObserver {
  return ({ dependency, outcome }) => {
    metrics.calls.inc({ dependency, outcome });
    if (/^[234]xx$/.test(outcome)) dependencies.succeeded(dependency);
    else dependencies.failed(dependency, outcome);
  };
}
