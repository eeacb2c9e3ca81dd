// Tasks as their account sees them: one, a filtered list, events, what was transferred, cancel.
import type { Question } from '../http/exchange.ts';
import { badRequest, TransferRefusal } from './refusals.ts';
import type { Grant, Service } from './service.ts';
import { hasEnded, isoSeconds, type PauseMessage, type Task, taskDocument } from './task.ts';
import { matchesFilter, parseFilters } from './task-filter.ts';

const maxLimit = 1000;
const defaultLimit = 10;

/** @throws TransferRefusal 404 */
export function findTask({ tasks }: Service, grant: Grant, taskId: string): Task {
  const task = tasks.get(taskId);
  if (task !== undefined && task.clientId === grant.clientId) return task;
  throw new TransferRefusal(404, 'ClientError.NotFound', `No task found with id '${taskId}'`);
}

export function getTask(service: Service, grant: Grant, question: Question, taskId: string): unknown {
  return pickFields(question, documentOf(service, findTask(service, grant, taskId)));
}

export function listTasks(service: Service, grant: Grant, question: Question): unknown {
  const filters = parseFilters(question.query.getAll('filter'));
  const own = [...service.tasks.values()].filter((task) => task.clientId === grant.clientId);
  const found = own.filter((task) => matchesFilter(task, filters)).toReversed();
  return listDocument(question, 'task_list', inOrder(question, found), (task) =>
    pickFields(question, documentOf(service, task)),
  );
}

export function listEvents(service: Service, grant: Grant, question: Question, taskId: string): unknown {
  const task = findTask(service, grant, taskId);
  const wanted = readErrorFilter(question);
  const found = task.events.filter((event) => wanted === undefined || event.isError === wanted).toReversed();
  return listDocument(question, 'event_list', found, (event) => ({
    DATA_TYPE: 'event',
    parent_task_id: null,
    code: event.code,
    is_error: event.isError,
    time: isoSeconds(event.timeMs),
    description: event.description,
    details: event.details,
  }));
}

function readErrorFilter({ query }: Question): boolean | undefined {
  const filter = query.get('filter');
  if (filter === null || filter === '') return undefined;
  const match = /^is_error:([01])$/.exec(filter);
  if (match === null) throw badRequest(`Invalid filter '${filter}'`);
  return match[1] === '1';
}

/** @see https://docs.globus.org/api/transfer/task/#get_task_pause_info */
export function getPauseInfo(service: Service, grant: Grant, taskId: string): unknown {
  const task = findTask(service, grant, taskId);
  const pause = task.isPaused ? task.pauseMessage : undefined;
  const byHand = (side: 'source' | 'destination') =>
    pause?.by === 'task' && pause.side === side ? pause.message : null;
  return {
    DATA_TYPE: 'pause_info_limited',
    source_pause_message: byHand('source'),
    destination_pause_message: byHand('destination'),
    source_pause_message_share: null,
    destination_pause_message_share: null,
    pause_rules: pause?.by === 'rule' ? [pauseRule(service, task, pause)] : [],
  };
}

function pauseRule({ collections }: Service, { submission }: Task, { side, message }: PauseMessage): unknown {
  const id = side === 'source' ? submission.source_endpoint : submission.destination_endpoint;
  return {
    DATA_TYPE: 'pause_rule_limited',
    id: '6f0c7b52-2b7e-4a52-9d0f-5a3c8e1d9f77',
    message,
    start_time: null,
    modified_time: '2026-11-01T08:00:00+00:00',
    endpoint_id: id,
    endpoint_display_name: collections.get(id)?.name ?? id,
    identity_id: null,
    pause_ls: false,
    pause_mkdir: false,
    pause_symlink: false,
    pause_rename: false,
    pause_task_delete: false,
    pause_task_transfer_write: side === 'destination',
    pause_task_transfer_read: side === 'source',
  };
}

export function listTransferred(service: Service, grant: Grant, question: Question, taskId: string): unknown {
  const { transferred } = findTask(service, grant, taskId);
  const marker = Number(question.query.get('marker') ?? 0);
  const end = marker + maxLimit;
  return {
    DATA_TYPE: 'successful_transfers',
    marker,
    next_marker: end < transferred.length ? end : null,
    DATA: transferred.slice(marker, end).map(({ sourcePath, destinationPath, bytes }) => ({
      DATA_TYPE: 'successful_transfer',
      source_path: sourcePath,
      destination_path: destinationPath,
      size: bytes,
      dynamic: false,
      checksum: null,
      checksum_algorithm: null,
    })),
  };
}

export const canceled = {
  status: 'FAILED',
  fatalError: { code: 'CANCELED', description: 'The task was canceled by its owner' },
} as const;

export function cancelTask(service: Service, grant: Grant, taskId: string, requestId: string): unknown {
  const task = findTask(service, grant, taskId);
  const result = { DATA_TYPE: 'result', request_id: requestId, resource: `/v0.10/task/${taskId}/cancel` };
  if (hasEnded(task)) {
    return {
      ...result,
      code: 'TaskComplete',
      message: 'The task completed before the cancel request was processed.',
    };
  }
  if (service.limits.cancelTakesMs === 0) {
    service.mover.end(task, canceled);
    return { ...result, code: 'Canceled', message: 'The task has been cancelled successfully.' };
  }
  setTimeout(() => service.mover.end(task, canceled), service.limits.cancelTakesMs).unref();
  return { ...result, code: 'CancelAccepted', message: 'The cancel request has been queued for processing.' };
}

function documentOf({ collections, now }: Service, task: Task): Readonly<Record<string, unknown>> {
  const { source_endpoint, destination_endpoint } = task.submission;
  return taskDocument(task, {
    source: collections.get(source_endpoint)?.name ?? source_endpoint,
    destination: collections.get(destination_endpoint)?.name ?? destination_endpoint,
    nowMs: now(),
  });
}

function pickFields(
  question: Question,
  document: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const fields = question.query.get('fields');
  if (fields === null) return document;
  const names = fields.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(name in document));
  if (unknown !== undefined) throw badRequest(`Unknown field '${unknown}'`);
  return Object.fromEntries(Object.entries(document).filter(([name]) => names.includes(name)));
}

/** Newest first, unless asked for otherwise. */
function inOrder(question: Question, newestFirst: readonly Task[]): readonly Task[] {
  const order = question.query.get('orderby') ?? 'request_time DESC';
  if (order === 'request_time DESC' || order === 'request_time desc') return newestFirst;
  if (order === 'request_time' || order.toUpperCase() === 'REQUEST_TIME ASC') return newestFirst.toReversed();
  throw badRequest(`Invalid orderby '${order}'`);
}

function listDocument<Item>(
  question: Question,
  type: string,
  found: readonly Item[],
  document: (item: Item) => unknown,
): unknown {
  const limit = count(question, 'limit', defaultLimit);
  const offset = count(question, 'offset', 0);
  if (limit > maxLimit) throw badRequest(`limit must not exceed ${maxLimit}`);
  const page = found.slice(offset, offset + limit);
  return {
    DATA_TYPE: type,
    length: page.length,
    limit,
    offset,
    total: found.length,
    DATA: page.map(document),
  };
}

function count({ query }: Question, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`Invalid ${name} '${text}'`);
  return Number(text);
}
