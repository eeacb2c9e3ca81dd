// Submission ids, and the one task that each of them makes, however often it is sent.
import { createHash, randomUUID } from 'node:crypto';
import type { Question } from '../http/exchange.ts';
import { findCollection } from './access.ts';
import { resetForPause } from './deadlines.ts';
import { badRequest, TransferRefusal } from './refusals.ts';
import type { Grant, Service } from './service.ts';
import { parseSubmission, type Submission } from './submission.ts';
import type { Task } from './task.ts';
import type { GlobusCollection } from './types.ts';

export function giveSubmissionId(service: Service, grant: Grant): unknown {
  const value = randomUUID();
  service.submissionIds.set(value, { clientId: grant.clientId, taskId: undefined });
  return { DATA_TYPE: 'submission_id', value };
}

export function submit(service: Service, grant: Grant, question: Question, requestId: string): unknown {
  const submission = parseSubmission(question.body);
  const id = service.submissionIds.get(submission.submission_id);
  if (id?.clientId !== grant.clientId)
    throw badRequest(`Invalid submission_id '${submission.submission_id}'`);
  const answer = { submission_id: submission.submission_id, request_id: requestId };
  if (id.taskId !== undefined) return resultDocument({ ...answer, code: 'Duplicate', task_id: id.taskId });
  const { source_endpoint, source_local_user, destination_endpoint, destination_local_user } = submission;
  refuseLocalUser(findCollection(service, grant, source_endpoint), source_local_user);
  refuseLocalUser(findCollection(service, grant, destination_endpoint), destination_local_user);
  refuseWhatIsNotSimulated(submission);
  const deadlineTimeMs = readDeadline(service, submission);
  const pathsHash = hashPaths(submission);
  refuseConflicts(service, grant, pathsHash);
  const task = newTask(service, grant, { submission, pathsHash, deadlineTimeMs });
  pauseByRule(service, task);
  service.tasks.set(task.taskId, task);
  service.mover.add(task);
  id.taskId = task.taskId;
  return resultDocument({ ...answer, code: 'Accepted', task_id: task.taskId });
}

const messages = {
  Accepted: 'The transfer has been accepted and a task has been created and queued for execution',
  Duplicate: 'This submission_id was used before; its task is answered',
};

function resultDocument(answer: {
  readonly code: keyof typeof messages;
  readonly task_id: string;
  readonly submission_id: string;
  readonly request_id: string;
}): unknown {
  const href = `/v0.10/task/${answer.task_id}?format=json`;
  return {
    DATA_TYPE: 'transfer_result',
    ...answer,
    message: messages[answer.code],
    resource: '/v0.10/transfer',
    task_link: { DATA_TYPE: 'link', href, rel: 'related', resource: 'task', title: 'related task' },
  };
}

/** Louder than doing something else than was asked. */
function refuseWhatIsNotSimulated(submission: Submission): void {
  if (submission.delete_destination_extra === true || (submission.filter_rules ?? []).length > 0) {
    throw badRequest('this simulator has no delete_destination_extra and no filter_rules');
  }
}

/** Its identities are mapped to no account of the collection's machine. */
function refuseLocalUser({ id, kind }: GlobusCollection, localUser: string | null | undefined): void {
  if (kind !== 'guest' || localUser === undefined || localUser === null) return;
  throw badRequest(`Local user is not supported for guest collection '${id}'`);
}

function pauseByRule({ collections, limits, now }: Service, task: Task): void {
  const sides = {
    source: task.submission.source_endpoint,
    destination: task.submission.destination_endpoint,
  };
  for (const side of ['source', 'destination'] as const) {
    const message = collections.get(sides[side])?.pauseRule;
    if (message === undefined) continue;
    task.isPaused = true;
    task.pauseMessage = { by: 'rule', side, message };
    resetForPause(task, limits, now());
  }
}

/** Neither answer says which task is in the way. */
function refuseConflicts(service: Service, grant: Grant, pathsHash: string): void {
  const pending = service.mover.openTasks(grant.clientId);
  if (pending.values().some((task) => task.pathsHash === pathsHash)) {
    throw new TransferRefusal(409, 'Conflict', 'A transfer with identical paths has not yet completed');
  }
  if (pending.size < service.limits.maxPendingTasks) return;
  const message = `There are already ${pending.size} pending tasks`;
  throw new TransferRefusal(409, 'ClientError.Conflict.TooManyPendingJobs', message);
}

/** The same for the same collections and the same pairs of paths, in whatever order. */
function hashPaths({ source_endpoint, destination_endpoint, DATA }: Submission): string {
  const pairs = DATA.map((item) => JSON.stringify([item.source_path, item.destination_path])).toSorted();
  const hash = createHash('sha256').update(JSON.stringify([source_endpoint, destination_endpoint]));
  for (const pair of pairs) hash.update(pair);
  return hash.digest('hex');
}

function readDeadline(service: Service, { deadline }: Submission): number {
  if (deadline === undefined || deadline === null) return service.now() + service.limits.deadlineMs;
  const timeMs = Date.parse(deadline);
  if (Number.isNaN(timeMs) || timeMs <= service.now()) throw badRequest('deadline must be a time to come');
  return timeMs;
}

function newTask(
  service: Service,
  grant: Grant,
  asked: Pick<Task, 'submission' | 'pathsHash' | 'deadlineTimeMs'>,
): Task {
  return {
    taskId: randomUUID(),
    clientId: grant.clientId,
    ...asked,
    requestTimeMs: service.now(),
    hasOwnDeadline: asked.submission.deadline !== undefined && asked.submission.deadline !== null,
    stopping: new AbortController(),
    events: [],
    transferred: [],
    status: 'ACTIVE',
    isPaused: false,
    pauseMessage: undefined,
    isRunning: false,
    isBackingOff: false,
    completionTimeMs: undefined,
    fatalError: undefined,
    trouble: undefined,
    faults: 0,
    files: 0,
    directories: 0,
    symlinks: 0,
    filesTransferred: 0,
    filesSkipped: 0,
    skippedErrors: 0,
    bytesTransferred: 0,
  };
}
