// A transfer-service's config -> one that listens and follows its transfers. Everything is built here, once.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../platform/config/load.ts';
import { Dependencies } from '../platform/dependencies.ts';
import { createLogger, type Logger } from '../platform/log.ts';
import { createRegistry } from '../platform/metrics.ts';
import { createOperations } from '../platform/operations.ts';
import { fetchListener, listen, renderAddress } from '../platform/server.ts';
import { Unavailable } from '../platform/unavailable.ts';
import { type AppParts, createApp } from './app.ts';
import { createAssertionReader, createHeaderReader, type ReadCaller } from './caller.ts';
import type { TransferConfig } from './config.ts';
import type { Credentials } from './config-credentials.ts';
import type { Clock } from './engine/context.ts';
import { Engine } from './engine/engine.ts';
import type { Transfer } from './engine/types.ts';
import { createGlobus } from './globus/client.ts';
import { createTransferMetrics, type TransferMetrics } from './metrics.ts';
import type { CallObserver } from './retries.ts';
import { createSciCat } from './scicat/client.ts';
import { acceptTransfer } from './store/accept.ts';
import { requestCancel } from './store/cancel.ts';
import { listTransfers } from './store/list.ts';
import { openStore } from './store/open.ts';
import { countByState, findTransfer, findTransferByJob } from './store/read.ts';
import type { Store } from './store/schema.ts';

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
  readonly timing?: { readonly pollIntervalMs: number; readonly reportIntervalMs: number };
};

/** @throws ConfigError; Error that names what is in the way: an address in use, a database that cannot be opened. */
export async function startTransferService(
  config: TransferConfig,
  {
    credentials,
    version,
    log = createLogger({ service: 'transfer-service', level: config.logLevel }),
    timing,
  }: StartOptions,
): Promise<RunningTransferService> {
  const readCaller = callerReader(config);
  const store = await openStore(config.database);
  const registry = createRegistry('transfer-service');
  const metrics = createTransferMetrics(registry, () => countByState(store));
  const dependencies = new Dependencies(['scicat', 'globus-auth', 'globus', 'gateway']);
  const onCall = callObserver(metrics, dependencies);
  const clients = createClients(config, credentials, onCall);
  const engine = new Engine({
    ...{ store, log, ...clients },
    clock,
    onBytes: (bytes) => metrics.bytes.inc(Math.max(bytes, 0)),
    settings: {
      maxConcurrency: config.task.maxConcurrency,
      settleMs: 2 * config.globus.timeoutMs,
      ...(timing ?? {
        pollIntervalMs: config.task.pollIntervalSeconds * 1000,
        reportIntervalMs: 30_000,
      }),
    },
  });
  let isDraining = false;
  const app = createApp({
    ...{ version, readCaller, log, now: Date.now, newRequestId: randomUUID },
    ...actions({ config, store, engine, fetchDataset: clients.scicat.fetchDataset }),
    onAnswer: ({ route, status }) => metrics.answers.inc({ route, status: String(status) }),
  });
  const operations = createOperations({
    version,
    registry,
    dependencies,
    required: [],
    isDraining: () => isDraining,
  });
  const listener = await listen(config.listen, fetchListener(app.fetch));
  const operationsListener = await listen(config.operations, fetchListener(operations.fetch));
  await engine.start();
  const addresses = {
    listen: renderAddress(listener.address),
    operations: renderAddress(operationsListener.address),
  };
  for (const { reason, message } of config.warnings) log.warn({ reason }, message);
  log.info({ version, ...addresses, facilities: [...config.facilities.keys()] }, 'listening');
  return {
    addresses,
    close: async (graceMs) => {
      isDraining = true;
      await Promise.all([listener.close(graceMs), engine.stop()]);
      await operationsListener.close(0);
      await store.destroy();
      log.info('ended');
      log.flush();
    },
  };
}

const clock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** @throws ConfigError: without it nobody could be believed. */
function callerReader({ callers }: TransferConfig): ReadCaller {
  if (callers === undefined) {
    const message =
      'missing: say whose word it is who asks, `{ believe: assertion, issuer, jwksUrl }` of the gateway; `beamgate globus-proxy` needs no such key';
    throw new ConfigError([{ file: 'config', line: 1, path: ['callers'], message }]);
  }
  if (callers.believe === 'plain-headers') return createHeaderReader(callers.trustedProxies);
  const { issuer, jwksUrl, audience } = callers;
  return createAssertionReader({ issuer, jwksUrl, audience, timeoutMs: 5_000, now: Date.now });
}

function createClients(config: TransferConfig, credentials: Credentials, onCall: CallObserver) {
  const retry = { attempts: 3, firstDelayMs: 200, maxDelayMs: 5_000 };
  const { syncLevel, verifyChecksum, encryptData, deadlineHours, authUrl, transferUrl } = config.globus;
  return {
    scicat: createSciCat({
      url: config.scicatUrl,
      username: credentials.scicatUsername,
      password: credentials.scicatPassword,
      timeoutMs: config.scicat.timeoutMs,
      maxBytes: 4 * 1024 * 1024,
      maxFileListBytes: 512 * 1024 * 1024,
      ...{ retry, onCall },
    }),
    globus: createGlobus({
      ...{ syncLevel, verifyChecksum, encryptData, deadlineHours, authUrl, transferUrl },
      clientId: credentials.globusClientId,
      clientSecret: credentials.globusClientSecret,
      timeoutMs: config.globus.timeoutMs,
      maxBytes: 16 * 1024 * 1024,
      ...{ retry, onCall },
    }),
  };
}

type ActionParts = {
  readonly config: TransferConfig;
  readonly store: Store;
  readonly engine: Engine;
  readonly fetchDataset: AppParts['transfers']['fetchDataset'];
};

/** What the API asks for, done with the store and the engine. */
function actions({ config, store, engine, fetchDataset }: ActionParts) {
  const { maxConcurrency, queueSize } = config.task;
  const limits = {
    itemsPerTask: config.globus.itemsPerTask,
    maxOpen: queueSize === 0 ? 0 : maxConcurrency + queueSize,
  };
  const awaitJob = (id: string) =>
    engine.follow(id, ({ job, endedAt }) => job.id !== undefined || endedAt !== undefined, jobTimeout());
  return {
    transfers: {
      facilities: config.facilities,
      realms: config.realms,
      fetchDataset,
      accept: (transfer) => acceptTransfer(store, transfer, limits, Date.now()),
      awaitJob,
      newId: randomUUID,
    } satisfies AppParts['transfers'],
    find: (jobId: string) => findTransferByJob(store, jobId),
    list: (question) => listTransfers(store, question),
    cancel: (wish) => cancel({ store, engine }, wish),
  } satisfies Partial<AppParts>;
}

/** The wish is stored, so an outage on the way only delays it: the answer says how far it is. */
async function cancel(
  { store, engine }: Pick<ActionParts, 'store' | 'engine'>,
  wish: Parameters<AppParts['cancel']>[0],
): Promise<Transfer> {
  await requestCancel(store, wish, Date.now());
  const isDecided = ({ endedAt, isSettled, cancel }: Transfer) =>
    cancel.problem !== undefined || (wish.deleteJob ? isSettled : endedAt !== undefined);
  try {
    return await engine.follow(wish.id, isDecided, AbortSignal.timeout(10_000));
  } catch (error) {
    const isDelay = error instanceof Unavailable || (error instanceof Error && error.name === 'TimeoutError');
    if (!isDelay) throw error;
    const transfer = await findTransfer(store, wish.id);
    if (transfer === undefined) throw new Error(`transfer ${wish.id} has vanished from the store`);
    return transfer;
  }
}

function jobTimeout(): AbortSignal {
  const controller = new AbortController();
  const message = 'scicat has not created the job in time';
  const outage = new Unavailable({ dependency: 'scicat', reason: 'timeout', message });
  setTimeout(() => controller.abort(outage), 25_000).unref();
  return controller.signal;
}

function callObserver(metrics: TransferMetrics, dependencies: Dependencies): CallObserver {
  return ({ dependency, outcome }) => {
    metrics.calls.inc({ dependency, outcome });
    if (/^[234]xx$/.test(outcome)) dependencies.succeeded(dependency);
    else dependencies.failed(dependency, outcome);
  };
}
