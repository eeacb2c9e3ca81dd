// The transfer-service as it runs, between the simulators: started from a file's text, asked over HTTP as alice.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { Secret } from '../../platform/config/secrets.ts';
import { createLogger } from '../../platform/log.ts';
import { loadTransferConfig } from '../../transfer-service/config.ts';
import type { Credentials, LoadedCredentials } from '../../transfer-service/config-credentials.ts';
import { type RunningTransferService, startTransferService } from '../../transfer-service/start.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { type Facility, type FacilityOptions, startFacility } from '../simulators/facility.ts';

export type AskOptions = {
  readonly body?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
};

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
};

export type SceneOptions = {
  readonly facility?: FacilityOptions;
  /** Lines of the file besides the usual ones. */
  readonly config?: string;
  /** By which the service goes, with the waits of its file; without it, the machine's and shorter waits. */
  readonly clock?: Clock;
  /** What is changed of the file's text. */
  readonly edit?: (text: string) => string;
  /** Where the service reads its credentials again; without it, nowhere. */
  readonly readCredentials?: () => LoadedCredentials;
};

export type Scene = Awaited<ReturnType<typeof startScene>>;

export async function startScene(t: TestContext, options: SceneOptions = {}) {
  const facility = await startFacility(options.facility);
  // Deadlines are by the service's clock, and Globus ends tasks by its own.
  if (options.clock !== undefined) facility.globus.setClockOffset(options.clock.now() - Date.now());
  const log: string[] = [];
  let service: RunningTransferService | undefined;
  const start = async () => {
    service = await startService(facility, options, (line) => log.push(line));
  };
  const stop = async () => {
    await service?.close(2_000);
    service = undefined;
  };
  await start();
  t.after(async () => {
    await stop();
    await facility.stop();
  });
  const running = () => {
    assert.ok(service !== undefined, 'the service is stopped');
    return service;
  };
  const addresses = () => running().addresses;
  const ask = (method: string, path: string, asked: AskOptions = {}) =>
    askService(`http://${addresses().listen}${path}`, method, asked);
  return {
    facility,
    ...{ ask, start, stop },
    /** With another text of the file, or other credentials. */
    reload: (edit: (text: string) => string = (text) => text, credentials = credentialsOf(facility)) =>
      running().reload(async () => {
        const loaded = loadConfig(edit(fileText(facility, options)));
        return loaded.ok ? { ...loaded, value: { ...loaded.value, credentials } } : loaded;
      }),
    restart: async () => {
      await stop();
      await start();
    },
    /** The Ingestor's request for alice's run7, from FAC-A to FAC-B, or with other parameters. */
    request: (parameters: Readonly<Record<string, string>> = {}, asked: AskOptions = {}) => {
      const query = new URLSearchParams({ ...usualQuery(facility), ...parameters });
      return ask('POST', `/transfer?${query}`, asked);
    },
    /** Until the transfer of this job has this status; then as GET shows it. */
    until: async (jobId: string, status: string) => {
      let latest: Reply['json'] = {};
      await waitFor(`transfer ${jobId} is ${status}`, async () => {
        latest = (await ask('GET', `/transfer/${jobId}`)).json;
        return latest.status === status;
      });
      return latest;
    },
    logged: () => log.join(''),
    askOperations: (path: string) => askService(`http://${addresses().operations}${path}`, 'GET', {}),
  };
}

export function usualQuery({ source, destination, datasets, collectionRootPath }: Facility) {
  return {
    sourceFacility: source.name,
    destFacility: destination.name,
    scicatPid: datasets.run7.pid,
    collectionRootPath,
  };
}

/** The job id that a request was answered with. */
export function jobIdOf(reply: Reply): string {
  assert.equal(reply.status, 200, reply.text);
  return z.object({ jobId: z.string() }).parse(reply.json).jobId;
}

async function startService(
  facility: Facility,
  options: SceneOptions,
  write: (line: string) => void,
): Promise<RunningTransferService> {
  const loaded = loadConfig(fileText(facility, options));
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const { clock, readCredentials } = options;
  return startTransferService(loaded.value, {
    credentials: credentialsOf(facility),
    ...(readCredentials === undefined ? {} : { readCredentials }),
    version: '0.0.0-test',
    log: createLogger({ service: 'transfer-service', level: 'info', destination: { write } }),
    ...(clock === undefined ? { timing: shortWaits } : { clock }),
  });
}

function loadConfig(text: string) {
  return loadTransferConfig({ file: 'scene.yaml', text }, { readFile: () => '' });
}

function fileText(facility: Facility, { config = '', edit = (text) => text }: SceneOptions): string {
  return edit(configText(facility, config));
}

export function credentialsOf({ accounts, globusAccount }: Facility): Credentials {
  return {
    globusClientId: globusAccount.clientId,
    globusClientSecret: new Secret('a test', globusAccount.clientSecret),
    scicatUsername: accounts.svcAdmin.username,
    scicatPassword: new Secret('a test', accounts.svcAdmin.password),
  };
}

const shortWaits = { pollIntervalMs: 30, reportIntervalMs: 60, settleMs: 1_000, jobSettleMs: 300 };

function configText({ scicat, globus, root, source, destination }: Facility, extra: string): string {
  return `
scicatUrl: ${scicat.url}
port: 8080
listen: 127.0.0.1:0
operations: 127.0.0.1:0
database: sqlite:${join(root, 'transfers.sqlite')}
callers: { believe: plain-headers, trustedProxies: [127.0.0.1] }
globus: { authUrl: '${globus.authUrl}', transferUrl: '${globus.transferUrl}', itemsPerTask: 2, requestsPerSecond: 15 }
facilities:
  - name: ${source.name}
    collection: ${source.collectionId}
    collectionRoots: [/data]
    sourceWithin: '/{{ .OwnerGroup }}'
  - name: ${destination.name}
    collection: ${destination.collectionId}
    direction: DST
    destinationPath: '/received/{{ .RelativeSourceFolder }}'
    destinationWithin: /received
${extra}`;
}

async function askService(url: string, method: string, asked: AskOptions): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: {
      'X-Auth-Username': asked.username ?? 'alice',
      'X-Auth-Realm': 'scicat',
      'X-Auth-Groups': (asked.groups ?? ['p1', 'FAC-A', 'FAC-B']).join(','),
      ...(asked.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...asked.headers,
    },
    ...(asked.body === undefined ? {} : { body: asked.body }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const json = isJson ? z.record(z.string(), z.unknown()).parse(JSON.parse(text)) : {};
  return { status: response.status, headers: response.headers, text, json };
}
