// Builds the parts that a reload replaces: who is believed, what the API does, how the engine behaves. A running transfer
// keeps what was authorised by the configuration before.
import { randomUUID } from 'node:crypto';
import type { TimeSource } from '../platform/clock.ts';
import { ConfigError } from '../platform/config/load.ts';
import { createDispatcher } from '../platform/dispatcher.ts';
import type { WebProxies } from '../platform/web-proxies.ts';
import { createActions } from './actions.ts';
import { type AppParts, createApp } from './app.ts';
import { createAssertionReader, createHeaderReader, type ReadCaller } from './caller.ts';
import type { Clients, Setup } from './clients.ts';
import type { TransferConfig } from './config.ts';
import type { EngineSettings } from './engine/context.ts';
import type { Engine } from './engine/engine.ts';
import type { AcceptLimits } from './store/accept.ts';
import type { Store } from './store/schema.ts';

export type ServingParts = Pick<AppParts, 'version' | 'refusals' | 'log' | 'onAnswer'> & {
  readonly store: Store;
  readonly engine: Engine;
  readonly clientsFor: (setup: Setup) => Clients;
  readonly webProxies: WebProxies;
  readonly clock: TimeSource;
};

export type Serving = { readonly fetch: ReturnType<typeof createApp>['fetch'] };

/** @throws ConfigError */
export function serve(setup: Setup, parts: ServingParts): Serving {
  const { version, refusals, log, onAnswer, store, engine, webProxies, clock } = parts;
  const { fetchDataset } = parts.clientsFor(setup).scicat;
  const now = () => clock.now();
  const { facilities, realms } = setup;
  const app = createApp({
    ...{ version, refusals, log, now, newRequestId: randomUUID, onAnswer },
    readCaller: callerReader(setup, { webProxies, clock }),
    ...createActions({
      ...{ store, engine, log, now, newId: randomUUID, limits: limitsOf(setup) },
      ...{ facilities, realms, fetchDataset, listFoldersAbove: setup.globus.listFoldersAbove },
    }),
  });
  return { fetch: app.fetch };
}

/** What was opened at the start stays as it is: by the keys of the file, and a variable of the environment. */
export function fixedAtStart({ port, listen, operations, database, logLevel, credentials }: Setup) {
  return {
    port,
    // Where the file does not say, it follows from the port.
    listen: listen.port === port ? listen.host : listen,
    ...{ operations, database, 'log.level': logLevel },
    GLOBUS_CLIENT_ID: credentials.globusClientId,
  };
}

export type Timing = Partial<Omit<EngineSettings, 'maxConcurrency'>>;

export function settingsOf(
  { task, globus, scicat, facilities }: TransferConfig,
  timing: Timing | undefined,
): EngineSettings {
  return {
    maxConcurrency: task.maxConcurrency,
    pollIntervalMs: task.pollIntervalSeconds * 1000,
    busyPollIntervalMs: 2_000,
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
