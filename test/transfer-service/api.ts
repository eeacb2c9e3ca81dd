// The REST API with no socket: the app over an engine between fakes, asked as a caller of the test's choice.
import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import { createLogger } from '../../platform/log.ts';
import { createRefusalBook } from '../../platform/refusal-book.ts';
import { createActions } from '../../transfer-service/actions.ts';
import { type AppParts, createApp } from '../../transfer-service/app.ts';
import type { CallerReading } from '../../transfer-service/caller.ts';
import type { AcceptLimits } from '../../transfer-service/store/accept.ts';
import type { Caller, Facility } from '../../transfer-service/types.ts';
import { assertAsDescribed, operationOf } from './description.ts';
import { Stage } from './engine/stage.ts';
import { facility } from './facility.ts';

export const alice: Caller = {
  subject: 'scicat:alice',
  username: 'alice',
  realm: 'scicat',
  groups: ['p1', 'LAB', 'ARCHIVE'],
  email: 'alice@lab.org',
  attributes: {},
};

export const usual = {
  sourceFacility: 'LAB',
  destFacility: 'ARCHIVE',
  scicatPid: '20.500/run7',
  collectionRootPath: '/data',
};

export type ApiOptions = {
  readonly facilities?: readonly Facility[];
  readonly limits?: Partial<AcceptLimits>;
  readonly parts?: Partial<AppParts>;
};

const lab = facility();
const archive = facility({
  name: 'ARCHIVE',
  collection: '22222222-2222-4222-8222-222222222222',
  access: { kind: 'member', path: 'profile.accessGroups', value: 'ARCHIVE' },
});

export async function openApi(t: TestContext, options: ApiOptions = {}) {
  const stage = await Stage.open(t);
  const facilities = new Map((options.facilities ?? [lab, archive]).map((one) => [one.name, one]));
  let reading: CallerReading = { kind: 'caller', caller: alice };
  let ids = 0;
  const refusals = createRefusalBook();
  const app = createApp({
    ...createActions({
      store: stage.store,
      engine: stage.engine,
      facilities,
      realms: new Set(['scicat']),
      listFoldersAbove: 100_000,
      fetchDataset: stage.services.scicat.fetchDataset,
      limits: { itemsPerTask: 100, maxOpen: 0, maxOpenPerUser: 0, ...options.limits },
      log: createLogger({ service: 'test', level: 'silent' }),
      now: () => stage.clock.now(),
      newId: () => `id-${ids++}`,
    }),
    version: '1.2.3',
    readCaller: async () => reading,
    newRequestId: () => 'request-1',
    now: () => stage.clock.now(),
    onAnswer: () => {},
    refusals,
    log: createLogger({ service: 'test', level: 'silent' }),
    ...options.parts,
  });
  const ask = async (
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const asked = { method, headers, ...(body === undefined ? {} : { body }) };
    const response = await app.request(path, asked, bindings());
    const reply = await readReply(response);
    const name = operationOf(method, path);
    if (name !== undefined) assertAsDescribed(name, reply);
    return reply;
  };
  return {
    app,
    refusals,
    stage,
    facilities,
    ask,
    as: (next: CallerReading | Caller) => {
      reading = 'kind' in next ? next : { kind: 'caller', caller: next };
    },
    request: (parameters: Readonly<Record<string, string>> = {}, body?: string) =>
      ask('POST', `/transfer?${new URLSearchParams({ ...usual, ...parameters })}`, body),
  };
}

export type Reply = Awaited<ReturnType<typeof readReply>>;

/** As the Ingestor reads it: JSON with a message, or it crashes. */
export function assertRefused(reply: Reply, status: number, reason: string): void {
  assert.deepEqual([reply.status, reply.json.reason], [status, reason], reply.text);
  assert.match(reply.headers.get('content-type') ?? '', /json/);
  assert.ok(typeof reply.json.message === 'string' && reply.json.message.length > 0);
}

async function readReply(response: Response) {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const json = isJson ? z.record(z.string(), z.unknown()).parse(JSON.parse(text)) : {};
  return { status: response.status, headers: response.headers, text, json };
}

/** What node-server gives the app with each request. */
function bindings() {
  const incoming = new IncomingMessage(new Socket());
  return { incoming, outgoing: new ServerResponse(incoming) };
}
