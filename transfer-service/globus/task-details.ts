// Fetches details of one task beyond its status: the files in trouble, and why it is paused. To be called rarely: a task of
// very many files has very many events.
import type { OutgoingAnswer } from '../../platform/outgoing.ts';
import { eventListAnswer, type PauseInfoAnswer, pauseInfoAnswer } from './answers.ts';
import type { Caller } from './client.ts';
import { pathSegment, succeeded } from './responses.ts';
import { readTaskError } from './task-errors.ts';
import type { PauseInfo, TaskError } from './task-report.ts';

/** The newest. */
const errorsAtOnce = 20;

export async function fetchErrors(
  call: Caller,
  taskId: string,
  signal: AbortSignal | undefined,
): Promise<readonly TaskError[]> {
  const query = new URLSearchParams({ filter: 'is_error:1', limit: `${errorsAtOnce}`, offset: '0' });
  const path = `/task/${pathSegment(taskId)}/event_list?${query}`;
  const answer = await call({ method: 'GET', path, scopes: [], signal });
  return isGone(answer) ? [] : succeeded(answer, eventListAnswer).DATA.map(readTaskError);
}

export async function fetchPause(
  call: Caller,
  taskId: string,
  signal: AbortSignal | undefined,
): Promise<PauseInfo | undefined> {
  const path = `/task/${pathSegment(taskId)}/pause_info`;
  const answer = await call({ method: 'GET', path, scopes: [], signal });
  return isGone(answer) ? undefined : readPause(succeeded(answer, pauseInfoAnswer));
}

/** Its history is deleted, or the task itself. */
function isGone({ status }: OutgoingAnswer): boolean {
  return status === 404;
}

/** A message for this very task says more than a rule for all. */
function readPause(answer: PauseInfoAnswer): PauseInfo | undefined {
  const source = answer.source_pause_message ?? answer.source_pause_message_share;
  const destination = answer.destination_pause_message ?? answer.destination_pause_message_share;
  if (source) return { message: source, side: 'source', collection: undefined };
  if (destination) return { message: destination, side: 'destination', collection: undefined };
  const rule = answer.pause_rules.find(({ message }) => message);
  if (rule === undefined) return undefined;
  return { message: rule.message ?? '', side: undefined, collection: rule.endpoint_id?.toLowerCase() };
}
