// Globus Auth and Globus Transfer over HTTP, on one port, held to contracts/globus.md. It really copies files.
import { randomBytes } from 'node:crypto';
import { type Answer, jsonAnswer, type Question } from '../http/exchange.ts';
import { findRoute, type Params, param, type Route } from '../http/routes.ts';
import { startServer } from '../http/server.ts';
import { createRateLimit, findCollection, readGrant } from './access.ts';
import { globusControls } from './controls.ts';
import { createMover } from './mover.ts';
import { TransferRefusal, transferRefusalAnswer } from './refusals.ts';
import type { Grant, Limits, Service } from './service.ts';
import { giveSubmissionId, submit } from './submit.ts';
import type { Task, Trouble } from './task.ts';
import { cancelTask, getPauseInfo, getTask, listEvents, listTasks, listTransferred } from './tasks.ts';
import { giveToken } from './token.ts';
import type { GlobusAccount, GlobusCollection, GlobusOptions, GlobusSimulator } from './types.ts';

export type * from './types.ts';

/** What one submit may weigh. */
const maxBodyBytes = 64 * 1024 * 1024;

const defaultAccount: GlobusAccount = {
  clientId: '5d2b6f0c-9a41-4c8e-8f5e-1b7c3c1a0e11',
  clientSecret: 'globus-simulator-secret',
};

/** Listens on 127.0.0.1. */
export async function startGlobus(options: GlobusOptions): Promise<GlobusSimulator> {
  const limits = limitsOf(options);
  const tasks = new Map<string, Task>();
  const collections = new Map(options.collections.map((collection) => [collection.id, collection]));
  const settings = {
    bytesPerSecond: options.bytesPerSecond ?? Number.POSITIVE_INFINITY,
    clockOffsetMs: 0,
    skipped: new Set<RegExp>(),
    spoiled: new Map<RegExp, Trouble>(),
  };
  const now = () => Date.now() + settings.clockOffsetMs;
  const mover = createMover({
    collections,
    maxRunningTasks: limits.maxRunningTasks,
    retryIntervalMs: limits.retryIntervalMs,
    bytesPerSecond: () => settings.bytesPerSecond,
    isSkipped: (path) => [...settings.skipped].some((pattern) => path.search(pattern) >= 0),
    spoiledBy: (path) => [...settings.spoiled].find(([pattern]) => path.search(pattern) >= 0)?.[1],
    deadlines: limits,
    now,
  });
  const accounts = options.accounts ?? [defaultAccount];
  const service: Service = {
    accounts: new Map(accounts.map((account) => [account.clientId, account])),
    ...{ collections, limits, tasks, mover, now },
    grants: new Map(),
    submissionIds: new Map(),
  };
  const answer = answerOf(service);
  const server = await startServer({
    port: options.port ?? 0,
    ...(options.host === undefined ? {} : { host: options.host }),
    maxBodyBytes,
    answer,
    bodyTooLarge,
  });
  return {
    ...server,
    ...globusControls(service, settings),
    ...{ authUrl: server.url, transferUrl: server.url, accounts },
    async stop() {
      await Promise.all([server.stop(), mover.stop()]);
    },
  };
}

function limitsOf(options: GlobusOptions): Limits {
  return {
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 172_800,
    requestsPerSecond: options.requestsPerSecond ?? 20,
    maxRunningTasks: options.maxRunningTasks ?? 3,
    maxPendingTasks: options.maxPendingTasks ?? 100,
    deadlineMs: options.deadlineMs ?? 24 * hourMs,
    progressDeadlineMs: options.progressDeadlineMs ?? 72 * hourMs,
    pausedDeadlineMs: options.pausedDeadlineMs ?? 90 * 24 * hourMs,
    retryIntervalMs: options.retryIntervalMs ?? 100,
    cancelTakesMs: options.cancelTakesMs ?? 0,
  };
}

const hourMs = 3_600_000;

type Call = {
  readonly grant: Grant;
  readonly question: Question;
  readonly params: Params;
  readonly requestId: string;
};

function answerOf(service: Service): (question: Question) => Promise<Answer> {
  const rateLimit = createRateLimit(service.limits.requestsPerSecond);
  const call =
    (work: (call: Call) => unknown): Route['handle'] =>
    (question, params) => {
      const grant = readGrant(service, question);
      rateLimit.admit(grant.clientId);
      service.mover.expire();
      const requestId = newRequestId();
      return withRequestId(
        jsonAnswer(200, work({ grant, question, params, requestId }), 'application/json'),
        requestId,
      );
    };
  const routes = routesOf(service, call);
  return async (question) => {
    const answer = await route(routes, question).catch((error: unknown) => refuse(error, question));
    return { ...answer, headers: { ...answer.headers, date: new Date(service.now()).toUTCString() } };
  };
}

function refuse(error: unknown, question: Question): Answer {
  if (!(error instanceof TransferRefusal)) throw error;
  const requestId = newRequestId();
  return withRequestId(transferRefusalAnswer(error, question.path, requestId), requestId);
}

function routesOf(
  service: Service,
  call: (work: (call: Call) => unknown) => Route['handle'],
): readonly Route[] {
  const taskId = (params: Params) => param(params, 'taskId');
  const get = (path: string, work: (call: Call) => unknown): Route => ({
    method: 'GET',
    path,
    handle: call(work),
  });
  const post = (path: string, work: (call: Call) => unknown): Route => ({
    method: 'POST',
    path,
    handle: call(work),
  });
  return [
    { method: 'POST', path: '/v2/oauth2/token', handle: (question) => giveToken(service, question) },
    get('/v0.10/submission_id', ({ grant }) => giveSubmissionId(service, grant)),
    post('/v0.10/transfer', ({ grant, question, requestId }) => submit(service, grant, question, requestId)),
    get('/v0.10/task_list', ({ grant, question }) => listTasks(service, grant, question)),
    get('/v0.10/task/:taskId', ({ grant, question, params }) =>
      getTask(service, grant, question, taskId(params)),
    ),
    get('/v0.10/task/:taskId/event_list', ({ grant, question, params }) =>
      listEvents(service, grant, question, taskId(params)),
    ),
    get('/v0.10/task/:taskId/pause_info', ({ grant, params }) =>
      getPauseInfo(service, grant, taskId(params)),
    ),
    get('/v0.10/task/:taskId/successful_transfers', ({ grant, question, params }) =>
      listTransferred(service, grant, question, taskId(params)),
    ),
    post('/v0.10/task/:taskId/cancel', ({ grant, params, requestId }) =>
      cancelTask(service, grant, taskId(params), requestId),
    ),
    get('/v0.10/endpoint/:id', ({ grant, params }) =>
      endpointDocument(findCollection(service, grant, param(params, 'id'))),
    ),
  ];
}

async function route(routes: readonly Route[], question: Question): Promise<Answer> {
  const match = findRoute(routes, question);
  if (match.kind === 'found') return match.route.handle(question, match.params);
  throw new TransferRefusal(
    404,
    'ClientError.NotFound',
    `No such resource: ${question.method} ${question.path}`,
  );
}

function endpointDocument({ id, name, kind }: GlobusCollection): unknown {
  const entity = kind === 'guest' ? 'GCSv5_guest_collection' : 'GCSv5_mapped_collection';
  const highAssurance = kind === 'mapped_high_assurance';
  return {
    DATA_TYPE: 'endpoint',
    id,
    display_name: name,
    entity_type: entity,
    high_assurance: highAssurance,
  };
}

function bodyTooLarge(): Answer {
  const refusal = new TransferRefusal(413, 'ClientError.RequestEntityTooLarge', 'Request body is too large');
  return transferRefusalAnswer(refusal, '/v0.10', newRequestId());
}

function withRequestId(answer: Answer, requestId: string): Answer {
  return { ...answer, headers: { ...answer.headers, 'x-request-id': requestId } };
}

function newRequestId(): string {
  return randomBytes(7).toString('base64url').slice(0, 9);
}
