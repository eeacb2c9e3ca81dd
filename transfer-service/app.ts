// The REST API (contracts/transfer-api.md): who asks, what they ask for, and the answer in JSON whatever happens. What
// it means to move data is transfers.ts and the engine.
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { Logger } from '../platform/log.ts';
import type { RefusalBook } from '../platform/refusal-book.ts';
import { Unavailable } from '../platform/unavailable.ts';
import type { ReadCaller } from './caller.ts';
import { createDocs } from './docs.ts';
import type { Transfer } from './engine/types.ts';
import { type Asked, explainFailure, explainRefusal } from './explain-refusal.ts';
import { authorizeManaging, visibilityOf } from './facilities.ts';
import { limitLargeBodies, maxBodyBytes, readFileList } from './read-body.ts';
import { answerTo, type Refusal } from './refusals.ts';
import { readCancelQuery, readListQuery, readRetryQuery, readTransferQuery } from './request.ts';
import type { CancelWish } from './store/cancel.ts';
import type { ListQuestion, Page } from './store/list.ts';
import { requestRetry, requestTransfer, type TransferParts } from './transfers.ts';
import type { Caller } from './types.ts';
import { type Past, statesOf, viewOf, viewWithPast } from './view.ts';

export type AppParts = {
  readonly version: string;
  readonly transfers: TransferParts;
  readonly readCaller: ReadCaller;
  readonly find: (jobId: string) => Promise<Transfer | undefined>;
  readonly findPast: (transferId: string) => Promise<Past>;
  readonly list: (question: ListQuestion) => Promise<Page>;
  /** Stores the wish and, for a short while, waits for what comes of it. */
  readonly cancel: (wish: CancelWish) => Promise<Transfer>;
  readonly newRequestId: () => string;
  readonly now: () => number;
  readonly onAnswer: (answer: { readonly route: string; readonly status: number }) => void;
  /** Where the admin finds a refusal by its code. */
  readonly refusals: Pick<RefusalBook, 'enter'>;
  readonly log: Logger;
};

type Env = {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    caller: Caller;
    reason: string | undefined;
    code: string | undefined;
    refusals: Pick<RefusalBook, 'enter'>;
  };
};

const queueRetrySeconds = 30;

export function createApp(parts: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  const identified = identify(parts);
  app.use(account(parts));
  app.get('/version', (context) => context.json({ version: parts.version }));
  app.route('/', createDocs());
  app.post('/transfer', identified, limitBody, limitLargeBodies(), (context) => postTransfer(context, parts));
  app.get('/transfer', identified, (context) => listTransfers(context, parts));
  app.get('/transfer/:jobId', identified, (context) => getTransfer(context, parts));
  app.post('/transfer/:jobId/retry', identified, (context) => retryTransfer(context, parts));
  app.delete('/transfer/:jobId', identified, (context) => deleteTransfer(context, parts));
  app.notFound((context) => refuse(context, { kind: 'refused', reason: 'no_such_path' }));
  app.onError((error, context) => answerError(error, context, parts));
  return app;
}

async function postTransfer(context: Context<Env>, parts: AppParts): Promise<Response> {
  const query = readTransferQuery(context.req.queries());
  if (query.kind === 'refused') return refuse(context, query);
  const files = await readFileList(context.req);
  if (files.kind === 'refused') return refuse(context, files);
  const request = { ...query.value, files: files.value };
  const outcome = await requestTransfer(parts.transfers, context.get('caller'), request);
  if (outcome.kind === 'refused') return refuse(context, outcome);
  return context.json({ jobId: outcome.jobId });
}

async function listTransfers(context: Context<Env>, parts: AppParts): Promise<Response> {
  const query = readListQuery(context.req.queries());
  if (query.kind === 'refused') return refuse(context, query);
  const { statuses, ...rest } = query.value;
  const visible = visibilityOf(context.get('caller'), parts.transfers.realms);
  const states = statuses === undefined ? undefined : statesOf(statuses);
  const page = await parts.list({ ...rest, ...visible, states });
  const { limit, offset } = rest;
  return context.json({ total: page.total, limit, offset, transfers: page.transfers.map(viewOf) });
}

async function getTransfer(context: Context<Env>, parts: AppParts): Promise<Response> {
  const found = await findManaged(context, parts, { isOldCall: false });
  if (found.kind === 'refused') return refuse(context, found);
  return context.json(viewWithPast(found.transfer, await parts.findPast(found.transfer.id)));
}

async function retryTransfer(context: Context<Env>, parts: AppParts): Promise<Response> {
  const query = readRetryQuery(context.req.queries());
  if (query.kind === 'refused') return refuse(context, query);
  const found = await findManaged(context, parts, { isOldCall: false });
  if (found.kind === 'refused') return refuse(context, found);
  const wish = { transfer: found.transfer, attempt: query.value.attempt };
  const outcome = await requestRetry(parts.transfers, context.get('caller'), wish);
  return outcome.kind === 'refused' ? refuse(context, outcome) : context.json(viewOf(outcome.transfer));
}

async function deleteTransfer(context: Context<Env>, parts: AppParts): Promise<Response> {
  const query = readCancelQuery(context.req.queries());
  if (query.kind === 'refused') return refuse(context, query);
  const found = await findManaged(context, parts, { isOldCall: true });
  if (found.kind === 'refused') return refuse(context, found);
  const { subject } = context.get('caller');
  const transfer = await parts.cancel({ id: found.transfer.id, subject, ...query.value });
  const isKept = transfer.isSettled && transfer.job.id !== undefined && !transfer.job.isDeleted;
  if (query.value.deleteJob && isKept) return refuse(context, { kind: 'refused', reason: 'job_not_deleted' });
  return context.json(viewOf(transfer));
}

/** The transfer that the address names, if the caller may see and cancel it. */
async function findManaged(
  context: Context<Env>,
  parts: AppParts,
  { isOldCall }: { isOldCall: boolean },
): Promise<{ readonly kind: 'found'; readonly transfer: Transfer } | Refusal> {
  const id = context.req.param('jobId') ?? '';
  const transfer = await parts.find(id);
  if (transfer === undefined) return { kind: 'refused', reason: 'transfer_not_found', id, isOldCall };
  const { subject: ownerSubject, ownerGroup } = transfer.authorised;
  const visible = visibilityOf(context.get('caller'), parts.transfers.realms);
  const decision = authorizeManaging({ ownerSubject, ownerGroup }, visible);
  return decision.kind === 'refused' ? decision : { kind: 'found', transfer };
}

function identify({ readCaller }: AppParts): MiddlewareHandler<Env> {
  return async (context, next) => {
    const { rawHeaders, socket } = context.env.incoming;
    const reading = await readCaller({ rawHeaders, peerAddress: socket.remoteAddress ?? '' });
    if (reading.kind === 'refused') return refuse(context, reading);
    context.set('caller', reading.caller);
    return next();
  };
}

const limitBody = bodyLimit({
  maxSize: maxBodyBytes,
  onError: (context) =>
    refuse(context, { kind: 'refused', reason: 'body_too_large', maxBytes: maxBodyBytes }),
});

/** A log line and a count for each answer: the route's pattern, never the query, which may hold anything. */
function account({ log, newRequestId, now, onAnswer, refusals }: AppParts): MiddlewareHandler<Env> {
  return async (context, next) => {
    const startedAt = now();
    const given = context.req.header('x-request-id') ?? '';
    const requestId = /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : newRequestId();
    context.set('requestId', requestId);
    context.set('refusals', refusals);
    await next();
    const { status } = context.res;
    const route = `${context.req.method} ${context.req.routePath}`;
    const username = context.get('caller')?.username;
    const reason = context.get('reason');
    const code = context.get('code');
    onAnswer({ route, status });
    log.info({ requestId, code, route, status, reason, username, durationMs: now() - startedAt }, 'request');
  };
}

function refuse(context: Context<Env>, refusal: Refusal): Response {
  const { status, message, details } = answerTo(refusal);
  const code = context
    .get('refusals')
    .enter(refusal.reason, explainRefusal(askedOf(context), refusal, { status, message }));
  context.set('code', code);
  context.set('reason', refusal.reason);
  const retryAfter: Record<string, string> = status === 503 ? { 'Retry-After': `${queueRetrySeconds}` } : {};
  const body = { message, reason: refusal.reason, code, ...(details === undefined ? {} : { details }) };
  return context.json(body, status, { ...retryAfter, 'Cache-Control': 'no-store' });
}

function askedOf(context: Context<Env>): Asked {
  return {
    route: `${context.req.method} ${context.req.routePath}`,
    requestId: context.get('requestId'),
    caller: context.get('caller'),
    parameters: { ...context.req.query(), ...context.req.param() },
  };
}

/** The client has gone before all of its request was here. */
function hungUp({ env: { incoming } }: Context<Env>): boolean {
  return incoming.destroyed && !incoming.complete;
}

function enterFailure(context: Context<Env>, reason: string, error: Error): string {
  context.set('reason', reason);
  const code = context.get('refusals').enter(reason, explainFailure(askedOf(context), reason, error));
  context.set('code', code);
  return code;
}

/** Clients of the SciCat Globus Proxy read no `message` of a 503 on DELETE: their description has none there. */
function outageStatus(method: string): 500 | 503 {
  return method === 'DELETE' ? 500 : 503;
}

function answerError(error: Error, context: Context<Env>, { log }: AppParts): Response {
  const requestId = context.get('requestId');
  const details = `request ${requestId}`;
  if (error instanceof Unavailable) {
    log.warn({ requestId, error }, 'request failed');
    const code = enterFailure(context, 'unavailable', error);
    // What an operator of SciCat has to mend is no secret, and the caller is who reports it.
    const isToMend = error.dependency === 'scicat' && error.reason === 'misconfigured';
    const message = isToMend
      ? `${error.message}; tell the operator`
      : `${error.dependency} is not available at present; try again later`;
    const headers = { 'Retry-After': `${error.retryAfterSeconds}`, 'Cache-Control': 'no-store' };
    const body = { message, reason: 'unavailable', code, requestId, details };
    return context.json(body, outageStatus(context.req.method), headers);
  }
  const isClients = (error instanceof HTTPException && error.status < 500) || hungUp(context);
  if (!isClients) log.error({ requestId, error }, 'request failed');
  const code = enterFailure(context, isClients ? 'request_invalid' : 'internal_error', error);
  if (isClients)
    return context.json(
      { message: 'the request cannot be read', reason: 'request_invalid', code, requestId, details },
      400,
    );
  const message = 'something went wrong in this service; its log knows more';
  return context.json({ message, reason: 'internal_error', code, requestId, details }, 500);
}
