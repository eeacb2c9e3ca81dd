// Handing a chunk to Globus so that it runs once: the submission id is stored before the submit, the dataset is read
// again before anything of it was accepted, and a submit without an answer is repeated with the same id.
import { Unavailable } from '../../platform/unavailable.ts';
import { writeChange } from '../store/change.ts';
import { hasEarlierTransfer } from '../store/earlier.ts';
import { findItems } from '../store/read.ts';
import type { PermanentRefusal } from '../types.ts';
import { announceSubmitted } from './announce.ts';
import type { EngineContext } from './context.ts';
import { changeOf } from './dataset-change.ts';
import { fetchUsableDataset } from './fetch-dataset.ts';
import { FacilityUnavailable } from './obstacle.ts';
import { type BetweenCollections, refusalText, unknownScopesText } from './refusal-text.ts';
import { taskDeadlineAt } from './time-limits.ts';
import type { Chunk, EndReason, Transfer } from './types.ts';

/** A submission id, stored. Whatever stands in the way of this facility's transfers shows here, before it counts. */
export async function prepareChunk(context: EngineContext, transfer: Transfer, chunk: Chunk): Promise<void> {
  const { globus, store, clock, signal } = context;
  const { scopes } = transfer.authorised;
  const unavailable = await globus.fetchUnavailableScopes(scopes, signal);
  if (unavailable.length > 0) throw scopesUnavailable(unavailable, transfer.authorised);
  const submissionId = await globus.fetchSubmissionId(scopes, signal);
  await writeChange(
    store,
    transfer,
    {
      ...(transfer.state === 'recorded' ? { state: 'submitting' } : {}),
      chunk: {
        ...{ index: chunk.index, status: 'submitting', submissionId },
        ...(chunk.status === 'expired' ? { resubmissions: chunk.resubmissions + 1 } : {}),
      },
      event: { kind: 'submission_prepared', detail: { chunk: chunk.index, submissionId } },
    },
    clock.now(),
  );
}

export async function submitChunk(context: EngineContext, transfer: Transfer, chunk: Chunk): Promise<void> {
  const { globus, store, clock, signal } = context;
  const { authorised } = transfer;
  const { submissionId } = chunk;
  if (submissionId === undefined)
    throw new Error(`chunk ${chunk.index} of ${transfer.id} has no submission id`);
  const isFirst = transfer.chunks.every(
    ({ attempt, taskId }) => attempt < transfer.attempt || taskId === undefined,
  );
  if (isFirst && !(await isStillAllowed(context, transfer))) return;
  const items = await findItems(store, transfer.id, chunk.index);
  const now = clock.now();
  await writeChange(store, transfer, { chunk: { index: chunk.index, attemptedAt: now } }, now);
  const submission = { submissionId, ...(await headOf(context, transfer, chunk)), items };
  const answer = await globus.submit(submission, authorised.scopes, signal).catch(async (error: unknown) => {
    // It may have been sent until now, so that Globus may be at work on it from now.
    const attemptedAt = clock.now();
    await writeChange(store, transfer, { chunk: { index: chunk.index, attemptedAt } }, attemptedAt);
    throw error;
  });
  if (answer.kind === 'accepted') return writeAccepted(context, transfer, { chunk, taskId: answer.taskId });
  await afterRefusal(context, transfer, { chunk, refusal: answer });
}

async function headOf({ clock, settings, store }: EngineContext, transfer: Transfer, chunk: Chunk) {
  const isRepeat =
    transfer.attempt > 1 || chunk.resubmissions > 0 || (await hasEarlierTransfer(store, transfer));
  const { sourceCollection, destinationCollection, sourceLocalUser, destinationLocalUser } =
    transfer.authorised;
  return {
    ...{ sourceCollection, destinationCollection },
    ...(sourceLocalUser === undefined ? {} : { sourceLocalUser }),
    ...(destinationLocalUser === undefined ? {} : { destinationLocalUser }),
    label: labelOf(transfer, chunk),
    isRepeat,
    deadlineAt: taskDeadlineAt(transfer, { now: clock.now(), sinceMs: clock.sinceMs, settings }),
  };
}

/** By it a task is found again whose id was never learned; at most 128 characters at Globus. */
export function labelOf(
  { id, attempt }: Pick<Transfer, 'id' | 'attempt'>,
  { index, resubmissions }: Pick<Chunk, 'index' | 'resubmissions'>,
): string {
  // A task that has expired keeps its label.
  const again = resubmissions > 0 ? `.${resubmissions}` : '';
  return `beamgate ${id} ${attempt}-${index}${again}`;
}

export async function writeAccepted(
  context: EngineContext,
  transfer: Transfer,
  { chunk, taskId }: { chunk: Chunk; taskId: string },
): Promise<void> {
  const { store, clock } = context;
  const isMoving = transfer.state === 'recorded' || transfer.state === 'submitting';
  await writeChange(
    store,
    transfer,
    {
      ...(isMoving ? { state: 'transferring' } : {}),
      chunk: { index: chunk.index, status: 'active', taskId },
      event: { kind: 'task_accepted', detail: { chunk: chunk.index, taskId } },
    },
    clock.now(),
  );
  if (isMoving) announceSubmitted(context, transfer, taskId);
}

/** A submit that came before may have been taken although this one is refused: its task carries our label. */
async function afterRefusal(
  context: EngineContext,
  transfer: Transfer,
  { chunk, refusal }: { chunk: Chunk; refusal: PermanentRefusal },
): Promise<void> {
  const task = await context.globus.findTaskByLabel(labelOf(transfer, chunk), context.signal);
  if (task !== undefined) return writeAccepted(context, transfer, { chunk, taskId: task.taskId });
  if (refusal.code.includes('Conflict')) throw pathsInUse(refusal);
  const problem = refusalText(refusal, transfer.authorised);
  const event = { kind: 'task_ended', detail: { chunk: chunk.index, status: 'refused', problem } } as const;
  const change = { chunk: { index: chunk.index, status: 'refused', problem }, event } as const;
  await writeChange(context.store, transfer, change, context.clock.now());
}

/** What was authorised was this owner's dataset in this folder; anything else is another transfer. */
export async function isStillAllowed(context: EngineContext, transfer: Transfer): Promise<boolean> {
  const { pid } = transfer.authorised;
  const dataset = await fetchUsableDataset(context, pid);
  if (dataset === undefined) {
    await giveUp(context, transfer, {
      reason: 'dataset_gone',
      message: `SciCat has no dataset ${pid} any more. Once it is there again, retry the transfer; else ask for that of another`,
    });
    return false;
  }
  const change = changeOf(dataset, transfer.authorised);
  if (change === undefined) return true;
  const message = `the dataset has changed since the transfer was asked for (${change}); ask for it again`;
  await giveUp(context, transfer, { reason: 'dataset_changed', message });
  return false;
}

/** By way of `cancelling`, because an earlier submit may have arrived. */
export async function giveUp(
  { store, clock }: EngineContext,
  transfer: Transfer,
  { reason, message }: { readonly reason: EndReason; readonly message: string },
): Promise<void> {
  const event = { kind: 'cancelling', detail: { reason } } as const;
  const change = { state: 'cancelling', endState: 'failed', reason, message, event } as const;
  await writeChange(store, transfer, change, clock.now());
}

function scopesUnavailable(scopes: readonly string[], between: BetweenCollections): Unavailable {
  const message = `no Globus token can be had for ${scopes.join(', ')}`;
  const outage = { dependency: 'globus', reason: 'misconfigured', message, retryAfterSeconds: 60 } as const;
  return new FacilityUnavailable(outage, unknownScopesText(scopes, between));
}

/** Another task with the same paths has not ended: afterwards this one is taken. */
function pathsInUse({ code }: PermanentRefusal): Unavailable {
  const message = `another Globus task with the same paths has not ended (${code})`;
  return new Unavailable({ dependency: 'globus', reason: 'busy', message, retryAfterSeconds: 30 });
}
