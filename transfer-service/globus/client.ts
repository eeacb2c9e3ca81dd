// Globus Transfer, as the engine needs it: every call bounded, repeated where that is safe, with a token for its
// scopes. What the answers mean is next door: answers, tasks, refusals.
import type { Dispatcher } from 'undici';
import type { Secret } from '../../platform/config/secrets.ts';
import { type OutgoingAnswer, type OutgoingRequest, parseAnswer } from '../../platform/outgoing.ts';
import { type Retrying, sendWithRetries } from '../retries.ts';
import type { Globus, GlobusTask } from '../types.ts';
import {
  cancelAnswer,
  openTasksAnswer,
  submissionIdAnswer,
  submitAnswer,
  taskAnswer,
  taskFields,
  taskListAnswer,
} from './answers.ts';
import { refusalOf, scopesToConsent } from './refusals.ts';
import { RequestRate } from './request-rate.ts';
import { isSuccess, pathSegment, succeeded, unexpected } from './responses.ts';
import { type SubmitOptions, submitBody, taskLabel } from './submission.ts';
import { fetchErrors, fetchPause } from './task-details.ts';
import { newestLabelled, readTask } from './tasks.ts';
import { GlobusTokens } from './tokens.ts';

export type GlobusOptions = SubmitOptions &
  Retrying & {
    readonly clientId: string;
    readonly clientSecret: Secret;
    /** Reads it from where it is now, once it is refused. */
    readonly readSecretAgain?: () => Secret | undefined;
    /** Without a final slash: `https://auth.globus.org`. */
    readonly authUrl: string;
    /** Without version and final slash: `https://transfer.api.globus.org`. */
    readonly transferUrl: string;
    /** For each single exchange. */
    readonly timeoutMs: number;
    /** Of each single answer. */
    readonly maxBytes: number;
    /** To the Transfer API. */
    readonly requestsPerSecond: number;
    readonly dispatcher?: Dispatcher;
  };

export function createGlobus(options: GlobusOptions): Globus {
  const { tokens, call } = createCaller(options);
  return {
    fetchUnavailableScopes: (scopes, signal) => tokens.fetchUnknown(scopes, signal),

    async fetchSubmissionId(scopes, signal) {
      const answer = await call({ method: 'GET', path: '/submission_id', scopes, signal });
      return succeeded(answer, submissionIdAnswer).value;
    },

    async submit(submission, scopes, signal) {
      // Its items can be gone through once only, and it may be sent again with other scopes.
      let text: string | undefined;
      const body = () => (text ??= submitBody(submission, options));
      // Once: when it was sent last is stored by who asks, and asks again with the same submission id.
      const request = { method: 'POST', path: '/transfer', body, scopes, signal, attempts: 1 } as const;
      const answer = await call(request);
      if (!isSuccess(answer)) return refusalOf(answer);
      return { kind: 'accepted', taskId: parseAnswer('globus', submitAnswer, answer).task_id };
    },

    async fetchOpenTasks(signal) {
      const tasks: GlobusTask[] = [];
      let offset = 0;
      for (let page = 0; page < maxPages; page += 1) {
        const query = { filter: 'type:TRANSFER/status:ACTIVE,INACTIVE', offset };
        const { DATA, total } = succeeded(await listTasks(call, query, signal), openTasksAnswer);
        // Whose entry cannot be read is asked about by its id.
        tasks.push(...DATA.flatMap((task) => (task === undefined ? [] : [readTask(task)])));
        offset += DATA.length;
        if (DATA.length === 0 || offset >= total) break;
      }
      return tasks;
    },

    async fetchTask(taskId, signal) {
      const path = `/task/${pathSegment(taskId)}`;
      const answer = await call({ method: 'GET', path, scopes: [], signal });
      if (isSuccess(answer)) return readTask(parseAnswer('globus', taskAnswer, answer));
      const refusal = refusalOf(answer);
      if (answer.status === 404) return undefined;
      throw unexpected(refusal.code);
    },

    async findTaskByLabel(label, signal) {
      const wanted = taskLabel(label);
      const query = { filter: `type:TRANSFER/label:${wanted}`, offset: 0 };
      const { DATA } = succeeded(await listTasks(call, query, signal), taskListAnswer);
      const found = newestLabelled(DATA, wanted);
      return found === undefined ? undefined : readTask(found);
    },

    fetchErrors: (taskId, signal) => fetchErrors(call, taskId, signal),
    fetchPause: (taskId, signal) => fetchPause(call, taskId, signal),

    async cancel(taskId, signal) {
      const path = `/task/${pathSegment(taskId)}/cancel`;
      const answer = await call({ method: 'POST', path, scopes: [], signal });
      if (!isSuccess(answer)) return refusalOf(answer);
      return { kind: 'cancelled', code: parseAnswer('globus', cancelAnswer, answer).code };
    },
  };
}

/** Of open tasks; Globus lets an identity have some 100. */
const maxPages = 20;
const pageSize = 1000;

export type Call = {
  readonly method: 'GET' | 'POST';
  /** Below the API's version. */
  readonly path: string;
  readonly body?: () => string;
  readonly scopes: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly attempts?: number;
};

export type Caller = (request: Call) => Promise<OutgoingAnswer>;

/** The one way to the Transfer API: with a token, and no more often than it allows, whatever is repeated. */
export function createCaller(options: GlobusOptions): {
  readonly tokens: GlobusTokens;
  readonly call: Caller;
} {
  const tokens = new GlobusTokens(options);
  const rate = new RequestRate(options.requestsPerSecond, options.clock);
  const inTurn = { ...options, beforeEach: (signal: AbortSignal | undefined) => rate.turn(signal) };
  return { tokens, call: (request) => callWithToken(inTurn, tokens, request) };
}

function listTasks(
  call: Caller,
  { filter, offset }: { filter: string; offset: number },
  signal: AbortSignal | undefined,
): Promise<OutgoingAnswer> {
  const query = new URLSearchParams({
    filter,
    fields: taskFields,
    limit: `${pageSize}`,
    offset: `${offset}`,
  });
  return call({ method: 'GET', path: `/task_list?${query}`, scopes: [], signal });
}

/** A token may have been revoked early: one more attempt with a new one. */
async function callWithToken(
  options: GlobusOptions,
  tokens: GlobusTokens,
  request: Call,
): Promise<OutgoingAnswer> {
  const token = await tokens.fetchToken(request.scopes, request.signal);
  const first = await exchange(options, request, token);
  if (first.status !== 401) return consent(options, tokens, request, first);
  tokens.forget(token);
  return exchange(options, request, await tokens.fetchToken(request.scopes, request.signal));
}

/** A collection may want a scope that the facility's entry does not name: once for each end of a transfer. */
async function consent(
  options: GlobusOptions,
  tokens: GlobusTokens,
  request: Call,
  first: OutgoingAnswer,
): Promise<OutgoingAnswer> {
  let answer = first;
  let scopes = request.scopes;
  for (let end = 0; end < 2; end += 1) {
    const missing = scopesToConsent(answer) ?? [];
    if (missing.length === 0) return answer;
    scopes = [...scopes, ...missing];
    answer = await exchange(options, request, await tokens.fetchTokenForExactly(scopes, request.signal));
  }
  return answer;
}

function exchange(options: GlobusOptions, request: Call, token: string): Promise<OutgoingAnswer> {
  const { method, path, body, signal } = request;
  const outgoing: OutgoingRequest = {
    dependency: 'globus',
    method,
    url: `${options.transferUrl}/v0.10${path}`,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    timeoutMs: options.timeoutMs,
    maxBytes: options.maxBytes,
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
    ...(options.dispatcher === undefined ? {} : { dispatcher: options.dispatcher }),
  };
  const retry = { ...options.retry, attempts: request.attempts ?? options.retry.attempts };
  return sendWithRetries(outgoing, { ...options, retry });
}
