// SciCat, as the engine needs it: every call as the service account, bounded, and repeated where that is safe.
// A status alone proves nothing (contracts/scicat.md): every answer that is used has a schema.
import { type OutgoingAnswer, type OutgoingRequest, parseAnswer } from '../../platform/outgoing.ts';
import { openWithRetries, sendWithRetries } from '../retries.ts';
import type { CreateOptions, PermanentRefusal, SciCat } from '../types.ts';
import { jobAnswer, jobsAnswer } from './answers.ts';
import { readDataset } from './dataset.ts';
import { readFileList } from './file-list.ts';
import { archiveJobBody, type NewJob, transferJobBody } from './jobs.ts';
import { type LoginOptions, ServiceLogin } from './login.ts';
import { markArchivable } from './mark-archivable.ts';
import { isDone, isMissing, isSuccess, outage, refusalOf, succeeded, unreadable } from './refusals.ts';

export type SciCatOptions = LoginOptions & {
  /** Of a list of jobs, which is held as a whole. */
  readonly maxJobListBytes: number;
  /** Of a dataset's file list, which grows with the dataset and is read as it comes in. */
  readonly maxFileListBytes: number;
};

export type ProbedSciCat = SciCat & {
  /** Whether the account can log in and read v4 jobs. @throws Unavailable that says what is in the way. */
  readonly probe: (signal?: AbortSignal) => Promise<void>;
};

export function createSciCat(options: SciCatOptions): ProbedSciCat {
  const login = new ServiceLogin(options);
  const call = (request: Call) => callSignedIn(options, login, request);

  async function createJob(job: NewJob, path: string, body: object, create: CreateOptions) {
    const { mayExist, isPending = false, signal } = create;
    const asked = { job, limit: firstJobs, maxBytes: options.maxJobListBytes };
    const existing = mayExist ? await findJob(call, asked, signal) : undefined;
    if (existing !== undefined) return { kind: 'created', jobId: existing } as const;
    if (isPending) return { kind: 'not_yet' } as const;
    // Once only: a create whose answer was lost may have been done. The caller comes back with `mayExist`.
    const answer = await call({ method: 'POST', path, body, signal, attempts: 1 });
    if (answer.status === 404 && path === '/api/v4/jobs') throw noV4Jobs();
    if (!isSuccess(answer)) return refusalOf(answer);
    return { kind: 'created', jobId: parseAnswer('scicat', jobAnswer, answer).id } as const;
  }

  return {
    probe: async (signal) => {
      const filter = JSON.stringify({ where: { type: 'globus_transfer_job' }, limits: { limit: 1 } });
      const path = `/api/v4/jobs?${new URLSearchParams({ filter })}`;
      const { maxJobListBytes: maxBytes } = options;
      const answer = await call({ method: 'GET', path, signal, maxBytes });
      if (answer.status === 404) throw noV4Jobs();
      succeeded(answer, jobsAnswer);
    },

    async fetchDataset(pid, signal) {
      const segment = pathSegment(pid);
      if (segment === undefined) return undefined;
      const answer = await call({ method: 'GET', path: `/api/v3/datasets/${segment}`, signal });
      if (isMissing(answer)) return undefined;
      return readDataset(pid, answer);
    },

    async fetchFiles(pid, signal) {
      const segment = pathSegment(pid);
      if (segment === undefined) return undefined;
      const path = `/api/v3/datasets/${segment}/origdatablocks`;
      const answer = await openSignedIn(options, login, { method: 'GET', path, signal });
      if ('chunks' in answer) return readFileList(answer.chunks, options.maxFileListBytes);
      if (isMissing(answer)) return undefined;
      throw unreadable(answer);
    },

    createTransferJob: (job, create) =>
      createJob(
        { type: 'globus_transfer_job', transferId: job.transferId },
        '/api/v4/jobs',
        transferJobBody(job),
        create,
      ),

    createArchiveJob: (job, create) =>
      createJob(
        { type: 'archive', transferId: job.transferId },
        '/api/v3/jobs',
        archiveJobBody(job, options.clock.now()),
        create,
      ),

    async updateJob(jobId, { statusCode, statusMessage, result }, signal) {
      const segment = pathSegment(jobId);
      if (segment === undefined) return noSuchId;
      const body = { statusCode, statusMessage, jobResultObject: result };
      const answer = await call({ method: 'PATCH', path: `/api/v4/jobs/${segment}`, body, signal });
      return isDone(answer) ? { kind: 'updated' } : refusalOf(answer);
    },

    async deleteJob(jobId, signal) {
      const segment = pathSegment(jobId);
      if (segment === undefined) return noSuchId;
      const answer = await call({ method: 'DELETE', path: `/api/v4/jobs/${segment}`, signal });
      if (isDone(answer)) return { kind: 'deleted' };
      const refusal = refusalOf(answer);
      // 400 is how SciCat says that there is no such job: what was wanted.
      return answer.status === 400 ? { kind: 'deleted' } : refusal;
    },

    markArchivable: async (pid, signal) => {
      const segment = pathSegment(pid);
      return segment === undefined ? noSuchId : markArchivable(call, { pid, segment, signal });
    },
  };
}

export type Call = {
  readonly method: OutgoingRequest['method'];
  readonly path: string;
  readonly body?: object;
  readonly signal: AbortSignal | undefined;
  readonly attempts?: number;
  readonly maxBytes?: number;
};

/**
 * The list is asked for by our transfer's id. Not every version filters by a key of ours: then it is a list of anybody's
 * jobs, and what is not among the newest may still be there; taken for missing, it would be created a second time.
 */
async function findJob(
  call: (request: Call) => Promise<OutgoingAnswer>,
  { job, limit, maxBytes }: { readonly job: NewJob; readonly limit: number; readonly maxBytes: number },
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { type, transferId } = job;
  const filter = JSON.stringify({
    where: { type, 'jobParams.beamgateTransferId': transferId },
    limits: { limit },
    sort: { createdAt: -1 },
  });
  const path = `/api/v4/jobs?${new URLSearchParams({ filter })}`;
  const jobs = succeeded(await call({ method: 'GET', path, signal, maxBytes }), jobsAnswer);
  const found = jobs.find(({ jobParams }) => jobParams?.beamgateTransferId === transferId);
  if (found !== undefined || jobs.length !== limit) return found?.id;
  // From the first again: some versions limit before they skip.
  return findJob(call, { job, limit: limit * 10, maxBytes }, signal);
}

const firstJobs = 10;

export function callSignedIn(
  options: SciCatOptions,
  login: ServiceLogin,
  request: Call,
): Promise<OutgoingAnswer> {
  const retry = { ...options.retry, attempts: request.attempts ?? options.retry.attempts };
  return withLogin(login, request, (token) =>
    sendWithRetries(outgoingOf(options, request, token), { ...options, retry }),
  );
}

/** For the one answer that grows with the dataset. */
function openSignedIn(options: SciCatOptions, login: ServiceLogin, request: Call) {
  const limits = { maxBytes: options.maxFileListBytes, maxDurationMs: maxListDurationMs };
  return withLogin(login, request, (token) =>
    openWithRetries({ ...outgoingOf(options, request, token), ...limits }, options),
  );
}

/** What is read is stored on the way: some GB of it take their time. */
const maxListDurationMs = 6 * 60 * 60_000;

/** A login may have been ended early: one more attempt with a new one. */
async function withLogin<Answer extends { readonly status: number }>(
  login: ServiceLogin,
  { signal }: Call,
  exchange: (token: string) => Promise<Answer>,
): Promise<Answer> {
  const token = await login.fetchToken(signal);
  const first = await exchange(token);
  // Some endpoints take a token that is good no more for no token, and answer 403.
  const isStale = first.status === 401 || (first.status === 403 && !login.isFresh(token));
  if (!isStale) return first;
  login.forget(token);
  return exchange(await login.fetchToken(signal));
}

function outgoingOf(options: SciCatOptions, request: Call, token: string): OutgoingRequest {
  const { method, path, body, signal } = request;
  return {
    dependency: 'scicat',
    method,
    url: `${options.url}${path}`,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    timeoutMs: options.timeoutMs,
    maxBytes: request.maxBytes ?? options.maxBytes,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
    ...(options.dispatcher === undefined ? {} : { dispatcher: options.dispatcher }),
  };
}

const noSuchId: PermanentRefusal = {
  kind: 'refused',
  code: 'id_invalid',
  message: 'no id of SciCat looks like this',
};

/** `.` and `..` survive percent-encoding, and would address another resource. */
function pathSegment(id: string): string | undefined {
  if (id === '' || id === '.' || id === '..' || !id.isWellFormed()) return undefined;
  return encodeURIComponent(id);
}

function noV4Jobs(): ReturnType<typeof outage> {
  return outage(
    'misconfigured',
    'scicat has no v4 jobs: the backend is older than 4.17.1, or scicatUrl is wrong',
  );
}
