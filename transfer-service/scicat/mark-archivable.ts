// A dataset is marked archivable once. A mark whose answer was lost, or that a restored database knows nothing of, may
// have led to the archive by now: the dataset is asked first.
import { type OutgoingAnswer, parseJson } from '../../platform/outgoing.ts';
import type { PermanentRefusal } from '../types.ts';
import { lifecycleAnswer } from './answers.ts';
import type { Call } from './client.ts';
import { readLifecycle } from './dataset.ts';
import { markedMessage, wasMarked } from './lifecycle.ts';
import { isDone, isMissing, isSuccess, outage, refusalOf } from './refusals.ts';

type Send = (request: Call) => Promise<OutgoingAnswer>;

type Marking = {
  readonly pid: string;
  /** The pid as a part of a path. */
  readonly segment: string;
  readonly signal: AbortSignal | undefined;
};

export async function markArchivable(
  send: Send,
  marking: Marking,
): Promise<{ readonly kind: 'marked' } | PermanentRefusal> {
  const { pid, segment, signal } = marking;
  const before = await send({ method: 'GET', path: `/api/v3/datasets/${segment}`, signal });
  if (isMissing(before)) return refusalOf(before);
  if (wasMarked(readLifecycle(pid, before))) return { kind: 'marked' };
  const answer = await mark(send, marking);
  if (!isDone(answer)) return refusalOf(answer);
  if (!saysArchivable(answer)) await makeSureItIsMarked(send, marking);
  return { kind: 'marked' };
}

async function mark(send: Send, { segment, signal }: Marking): Promise<OutgoingAnswer> {
  const body = { archivable: true, archiveStatusMessage: markedMessage };
  const path = `/api/v3/Datasets/${segment}`;
  // Once only: a mark whose answer was lost may have been set. The engine comes back, and the dataset is asked first.
  const once = { method: 'PATCH', signal, attempts: 1 } as const;
  const marked = await send({ ...once, path: `${path}/datasetlifecycle`, body });
  // Before v4.19 there is no such endpoint, and the lifecycle is a part of the dataset.
  return isMissing(marked) ? send({ ...once, path, body: { datasetlifecycle: body } }) : marked;
}

/** What the answer to the mark does not say, the dataset does: what is not marked must not be said to be. */
async function makeSureItIsMarked(send: Send, { segment, signal }: Marking): Promise<void> {
  const dataset = await send({ method: 'GET', path: `/api/v3/datasets/${segment}`, signal });
  if (isSuccess(dataset) && saysArchivable(dataset)) return;
  throw outage('bad_answer', 'scicat took the mark, but does not say that the dataset is archivable');
}

/** The lifecycle itself, or the dataset that it is a part of. */
function saysArchivable({ body }: OutgoingAnswer): boolean {
  const said = lifecycleAnswer.safeParse(parseJson(body)).data;
  return (said?.archivable ?? said?.datasetlifecycle?.archivable) === true;
}
