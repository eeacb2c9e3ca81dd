// SciCat's backend over HTTP, held to contracts/scicat.md and to the recordings of the real one.
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, jsonAnswer, type Question, readJson } from '../http/exchange.ts';
import { findRoute, type Route } from '../http/routes.ts';
import { startServer } from '../http/server.ts';
import type { Backend } from './backend.ts';
import { scicatControls } from './controls.ts';
import { datasetRoutes } from './datasets.ts';
import { jobV3Routes } from './jobs-v3.ts';
import { jobRoutes } from './jobs-v4.ts';
import { origDatablockRoutes } from './orig-datablocks.ts';
import { recordedUsers } from './recorded-users.ts';
import { bodyTooLarge, internalError, refusal, unauthenticated } from './refusals.ts';
import { createStore } from './store.ts';
import { createTokens } from './tokens.ts';
import type { ScicatDatabase, ScicatOptions, ScicatSimulator } from './types.ts';
import { userRoutes } from './users.ts';

export type * from './types.ts';

const maxBodyBytes = 16 * 1024 * 1024;

/** Listens on 127.0.0.1. */
export async function startScicat(options: ScicatOptions = {}): Promise<ScicatSimulator> {
  const jwtSecret = options.jwtSecret ?? randomBytes(32).toString('hex');
  const backend: Backend = {
    store: createStore(options.users ?? recordedUsers),
    tokens: createTokens(jwtSecret),
    groups: { admin: ['admin'], deleteJob: ['jobdeleters'], createDataset: ['ingestor'], ...options.groups },
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 3600,
    limitsBeforeSkip: options.limitsBeforeSkip ?? false,
    startedAt: new Date().toISOString(),
  };
  const stopping = new AbortController();
  let database: ScicatDatabase = { kind: 'up' };
  const routes = routesOf(backend, options.version ?? '4.27.0', () => database);
  const answer = async (question: Question): Promise<Answer> => {
    const asked = { ...question, body: isJson(question) ? question.body : '' };
    if (asked.body !== '' && readJson(asked.body) === undefined)
      return refusal(400, 'Unexpected token in JSON');
    if (database.kind === 'up' || question.path.endsWith('/health')) return route(routes, asked);
    return failWithoutDatabase(backend, asked, database.answersAfterMs, stopping.signal);
  };
  const server = await startServer({
    port: options.port ?? 0,
    ...(options.host === undefined ? {} : { host: options.host }),
    maxBodyBytes,
    answer,
    bodyTooLarge,
  });
  const controls = scicatControls(backend);
  for (const dataset of options.datasets ?? []) controls.addDataset(dataset);
  return {
    ...server,
    ...controls,
    jwtSecret,
    setDatabase: (next) => {
      database = next;
    },
    stop: () => {
      stopping.abort();
      return server.stop();
    },
  };
}

function routesOf(backend: Backend, version: string, database: () => ScicatDatabase): readonly Route[] {
  return [
    { method: 'GET', path: '/api/v3/health', handle: () => health(database()) },
    ...userRoutes(backend),
    ...datasetRoutes(backend, { hasLifecycle: isAtLeast(version, [4, 19, 0]) }),
    ...origDatablockRoutes(backend),
    ...jobV3Routes(backend),
    ...(isAtLeast(version, [4, 17, 1]) ? jobRoutes(backend) : []),
  ];
}

async function route(routes: readonly Route[], question: Question): Promise<Answer> {
  const match = findRoute(routes, question);
  if (match.kind === 'found') return match.route.handle(question, match.params);
  if (match.kind === 'malformed') return refusal(400, `Failed to decode param '${match.part}'`);
  return refusal(404, `Cannot ${question.method} ${question.path}`);
}

function health(database: ScicatDatabase): Answer {
  const isUp = database.kind === 'up';
  const mongodb = isUp ? { status: 'up' } : { status: 'down', message: 'connection is not available' };
  const [info, error] = isUp ? [{ mongodb }, {}] : [{}, { mongodb }];
  return jsonAnswer(isUp ? 200 : 503, { status: isUp ? 'ok' : 'error', info, error, details: { mongodb } });
}

/** The slow 401: a valid token looks like a bad one, only later. */
async function failWithoutDatabase(
  backend: Backend,
  question: Question,
  answersAfterMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const claims = await backend.tokens.read(question.headers.authorization);
  if (claims === undefined && question.path.endsWith('/users/my/identity')) return unauthenticated();
  await wait(answersAfterMs, undefined, { signal });
  return claims === undefined ? internalError() : unauthenticated();
}

/** The backend reads no other body: of another type it is as if there were none. */
function isJson(question: Question): boolean {
  return /^application\/(merge-patch\+)?json\b/.test(question.headers['content-type'] ?? '');
}

function isAtLeast(version: string, needed: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const at = needed.findIndex((number, index) => parts[index] !== number);
  return at < 0 || (parts[at] ?? 0) > (needed[at] ?? 0);
}
