// Jobs, version 4: created, updated, read, listed, counted, deleted.
import { type Answer, isRecord, jsonAnswer, type Question, readJson } from '../http/exchange.ts';
import { type Params, param, type Route } from '../http/routes.ts';
import { type Backend, bodyRecord, isAdmin, isMember, readCaller, type ScicatCaller } from './backend.ts';
import { readJobUpdate, readNewJob } from './job-bodies.ts';
import { createJob } from './job-create.ts';
import { BadFilter, matchesWhere, sortBy } from './job-filter.ts';
import { forbiddenResource, jobRefusal, refusal } from './refusals.ts';
import type { JobDocument } from './store.ts';

export function jobRoutes(backend: Backend): readonly Route[] {
  return [
    { method: 'POST', path: '/api/v4/jobs', handle: (question) => postJob(backend, question) },
    { method: 'GET', path: '/api/v4/jobs', handle: (question) => listJobs(backend, question) },
    { method: 'GET', path: '/api/v4/jobs/fullfacet', handle: (question) => countJobs(backend, question) },
    { method: 'GET', path: '/api/v4/jobs/:id', handle: (...asked) => findJob(backend, ...asked) },
    { method: 'PATCH', path: '/api/v4/jobs/:id', handle: (...asked) => updateJob(backend, ...asked) },
    { method: 'DELETE', path: '/api/v4/jobs/:id', handle: (...asked) => deleteJob(backend, ...asked) },
  ];
}

async function postJob(backend: Backend, question: Question): Promise<Answer> {
  const caller = await readCaller(backend, question);
  if (caller.kind === 'nobody') return forbiddenResource();
  const asked = readNewJob(bodyRecord(question));
  if (asked.kind === 'refused') return refusal(400, asked.complaints);
  const created = createJob(backend, caller, asked.job);
  return created.kind === 'refused' ? created.answer : jsonAnswer(201, created.job);
}

async function findJob(backend: Backend, question: Question, params: Params): Promise<Answer> {
  const caller = await readCaller(backend, question);
  if (caller.kind === 'nobody') return forbiddenResource();
  const job = backend.store.jobs.get(param(params, 'id'));
  if (job === undefined) return jobRefusal('Invalid job id.');
  return mayReadJob(backend, caller, job)
    ? jsonAnswer(200, job)
    : refusal(403, 'Unauthorized to get this job.');
}

async function updateJob(backend: Backend, question: Question, params: Params): Promise<Answer> {
  const caller = await readCaller(backend, question);
  if (caller.kind === 'nobody') return forbiddenResource();
  const update = readJobUpdate(bodyRecord(question));
  if (update.kind === 'refused') return refusal(400, update.complaints);
  const job = backend.store.jobs.get(param(params, 'id'));
  if (job === undefined) return jobRefusal('Invalid job id.');
  if (!isAdmin(backend, caller)) return refusal(403, 'Unauthorized to update this job.');
  const merges = question.headers['content-type'] === 'application/merge-patch+json';
  const { jobResultObject, ...status } = update.change;
  Object.assign(job, status, { updatedBy: caller.username, updatedAt: new Date().toISOString() });
  if (jobResultObject !== undefined) {
    job.jobResultObject = merges ? mergePatch(job.jobResultObject, jobResultObject) : { ...jobResultObject };
  }
  return jsonAnswer(200, job);
}

async function deleteJob(backend: Backend, question: Question, params: Params): Promise<Answer> {
  const caller = await readCaller(backend, question);
  if (!isMember(caller, backend.groups.deleteJob)) return forbiddenResource();
  const id = param(params, 'id');
  const job = backend.store.jobs.get(id);
  if (job === undefined) return jobRefusal(`Job id ${id} doesn't exist.`);
  backend.store.jobs.delete(id);
  return jsonAnswer(200, job);
}

async function listJobs(backend: Backend, question: Question): Promise<Answer> {
  const caller = await readCaller(backend, question);
  if (caller.kind === 'nobody') return forbiddenResource();
  const filter = readJson(question.query.get('filter') ?? '{}');
  if (!isRecord(filter)) return jobRefusal('Unexpected token in JSON');
  return answerFilter(() => {
    const found = sortBy(visibleJobs(backend, caller, record(filter.where)), record(filter.sort));
    return limit(found, record(filter.limits), backend);
  });
}

async function countJobs(backend: Backend, question: Question): Promise<Answer> {
  const caller = await readCaller(backend, question);
  if (caller.kind === 'nobody') return forbiddenResource();
  const fields = readJson(question.query.get('fields') ?? '{}');
  if (!isRecord(fields)) return jobRefusal('Unexpected token in JSON');
  return answerFilter(() => {
    const found = visibleJobs(backend, caller, fields).length;
    return [{ all: found === 0 ? [] : [{ totalSets: found }] }];
  });
}

function answerFilter(find: () => unknown): Answer {
  try {
    return jsonAnswer(200, find());
  } catch (error) {
    if (error instanceof BadFilter) return jobRefusal(error.message);
    throw error;
  }
}

function visibleJobs(
  backend: Backend,
  caller: ScicatCaller,
  where: Readonly<Record<string, unknown>>,
): readonly JobDocument[] {
  const jobs = [...backend.store.jobs.values()];
  return jobs.filter((job) => matchesWhere(job, where) && mayReadJob(backend, caller, job));
}

/** No limit unless one is asked for. */
function limit<Document>(
  documents: readonly Document[],
  limits: Readonly<Record<string, unknown>>,
  { limitsBeforeSkip }: Backend,
): Document[] {
  const skip = typeof limits.skip === 'number' ? limits.skip : 0;
  const count = typeof limits.limit === 'number' ? limits.limit : documents.length;
  return documents.slice(skip, limitsBeforeSkip ? count : skip + count);
}

function mayReadJob(backend: Backend, caller: ScicatCaller, job: JobDocument): boolean {
  if (caller.kind === 'nobody') return false;
  const inGroup = job.ownerGroup !== undefined && caller.groups.includes(job.ownerGroup);
  return isAdmin(backend, caller) || inGroup || job.ownerUser === caller.username;
}

/** RFC 7396: null takes a key away. */
function mergePatch(
  target: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = isRecord(value) ? mergePatch(record(merged[key]), value) : value;
  }
  return merged;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
