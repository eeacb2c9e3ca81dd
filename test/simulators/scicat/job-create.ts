// Who may create which job, in the backend's order of checks, and the job that comes of it.
import type { Answer } from '../http/exchange.ts';
import { isRecord } from '../http/exchange.ts';
import { type Backend, isAdmin, type ScicatCaller } from './backend.ts';
import { jobRefusal, refusal } from './refusals.ts';
import { type JobDocument, newId } from './store.ts';

export type NewJob = {
  readonly type: string;
  readonly jobParams: Readonly<Record<string, unknown>>;
  readonly ownerUser?: string;
  readonly ownerGroup?: string;
  readonly contactEmail?: string;
  readonly statusCode?: string;
  readonly statusMessage?: string;
};

export type Created =
  | { readonly kind: 'created'; readonly job: JobDocument }
  | { readonly kind: 'refused'; readonly answer: Answer };

type Somebody = Extract<ScicatCaller, { kind: 'somebody' }>;
type Owner = Pick<JobDocument, 'contactEmail' | 'ownerUser' | 'ownerGroup'> & {
  /** Groups of another user that the job is made for. */
  readonly userGroups: readonly string[] | undefined;
};

/** Both types are created by the owner group of the datasets, as in the recordings. */
const jobTypes = ['globus_transfer_job', 'archive'];

export function createJob(backend: Backend, caller: Somebody, asked: NewJob): Created {
  if (!jobTypes.includes(asked.type)) return refused(jobRefusal(`Invalid job type: ${asked.type}`));
  const pids = readPids(backend, asked.jobParams);
  if (pids.kind === 'refused') return pids;
  const owner = isAdmin(backend, caller)
    ? ownerForAdmin(backend, caller, asked)
    : ownerForUser(caller, asked);
  if ('kind' in owner) return owner;
  if (pids.list === undefined) return refused(jobRefusal('Dataset ids list was not provided in jobParams'));
  if (!ownsAll(backend, owner, pids.list)) return refused(refusal(403, 'Unauthorized to create this job.'));
  const { userGroups: _, ...ownership } = owner;
  const job = buildJob(caller, asked, ownership);
  backend.store.jobs.set(job.id, job);
  return { kind: 'created', job };
}

function ownerForAdmin(backend: Backend, caller: Somebody, asked: NewJob): Owner | Created {
  if (asked.ownerGroup === undefined && asked.ownerUser === undefined && asked.contactEmail === undefined) {
    return refused(jobRefusal('Contact email should be specified for an anonymous job.'));
  }
  const another =
    asked.ownerUser === caller.username ? undefined : backend.store.users.get(asked.ownerUser ?? '');
  return {
    // An unknown user silently becomes the caller.
    ...(asked.ownerUser === undefined ? {} : { ownerUser: another?.user.username ?? caller.username }),
    ...(asked.ownerGroup === undefined ? {} : { ownerGroup: asked.ownerGroup }),
    contactEmail: asked.contactEmail ?? another?.user.email ?? caller.email,
    userGroups: another?.groups,
  };
}

function ownerForUser(caller: Somebody, asked: NewJob): Owner | Created {
  const { ownerGroup, ownerUser } = asked;
  if (ownerGroup === undefined) {
    return refused(jobRefusal('Invalid new job. Owner group should be specified.'));
  }
  if (ownerUser !== undefined && ownerUser !== caller.username) {
    return refused(jobRefusal('Invalid new job. User owning the job should match user logged in.'));
  }
  if (!caller.groups.includes(ownerGroup)) {
    return refused(jobRefusal('Invalid new job. User needs to belong to job owner group.'));
  }
  const contactEmail = asked.contactEmail ?? caller.email;
  return { ownerUser: caller.username, ownerGroup, contactEmail, userGroups: undefined };
}

/** `#datasetOwner`: the job's group owns every dataset, and so does the user that it is made for. */
function ownsAll(backend: Backend, { ownerGroup, userGroups }: Owner, pids: readonly string[]): boolean {
  const groups = ownerGroup === undefined ? userGroups : [ownerGroup];
  const allowed = groups?.filter((group) => userGroups === undefined || userGroups.includes(group)) ?? [];
  // Counted as the backend counts: one pid twice is two asked for and one found.
  const owned = new Set(
    pids.filter((pid) => allowed.includes(backend.store.datasets.get(pid)?.ownerGroup ?? '')),
  );
  return owned.size === pids.length;
}

type Pids =
  | { readonly kind: 'read'; readonly list: readonly string[] | undefined }
  | Extract<Created, { kind: 'refused' }>;

function readPids(backend: Backend, jobParams: Readonly<Record<string, unknown>>): Pids {
  if (!('datasetList' in jobParams)) return { kind: 'read', list: undefined };
  const items = jobParams.datasetList;
  if (!Array.isArray(items)) return refused(jobRefusal('Invalid dataset list'));
  if (items.length === 0) return refused(jobRefusal('List of passed datasets is empty.'));
  const pids: string[] = [];
  for (const item of items) {
    const complaint = complainOfItem(item);
    if (complaint !== undefined) return refused(jobRefusal(complaint));
    pids.push(item.pid);
  }
  const unknown = pids.filter((pid) => !backend.store.datasets.has(pid));
  if (unknown.length > 0) return refused(jobRefusal(`Datasets with pid ${unknown} do not exist.`));
  if (!items.every((item) => hasFiles(backend, item))) {
    return refused(jobRefusal('At least one requested file could not be found.'));
  }
  return { kind: 'read', list: pids };
}

function complainOfItem(item: unknown): string | undefined {
  const keys = isRecord(item) ? Object.keys(item).toSorted().join() : '';
  if (!isRecord(item) || keys !== 'files,pid')
    return 'Dataset list is expected to contain sets of pid and files.';
  if (typeof item.pid !== 'string') return "In datasetList each 'pid' field should be a string.";
  if (!Array.isArray(item.files)) return "In datasetList each 'files' field should be an array.";
  return undefined;
}

function hasFiles(
  backend: Backend,
  item: { readonly pid: string; readonly files: readonly unknown[] },
): boolean {
  if (item.files.length === 0) return true;
  const blocks = backend.store.blocks.get(item.pid) ?? [];
  const known = new Set<unknown>(blocks.flatMap((block) => block.dataFileList.map((file) => file.path)));
  return item.files.every((file) => known.has(file));
}

function buildJob(caller: Somebody, asked: NewJob, ownership: Omit<Owner, 'userGroups'>): JobDocument {
  const id = newId();
  const now = new Date().toISOString();
  return {
    createdBy: caller.username,
    updatedBy: caller.username,
    createdAt: now,
    updatedAt: now,
    ...ownership,
    accessGroups: [],
    isPublished: false,
    _id: id,
    id,
    type: asked.type,
    statusCode: asked.statusCode ?? 'jobSubmitted',
    statusMessage: asked.statusMessage ?? 'Job submitted.',
    jobParams: { ...asked.jobParams },
    configVersion: 'test-1',
    jobResultObject: {},
    __v: 0,
  };
}

function refused(answer: Answer): Extract<Created, { kind: 'refused' }> {
  return { kind: 'refused', answer };
}
