// After the data: is it all there, then the dataset is marked archivable, then, if wished, it is archived in the name
// of the user who asked. Each is stored before the next is begun.
import { writeChange } from '../store/change.ts';
import { findEarlierMoves } from '../store/earlier.ts';
import { findItems, findPastAttempts } from '../store/read.ts';
import type { PermanentRefusal } from '../types.ts';
import { announceEnded } from './announce.ts';
import { AskedPaths } from './asked-paths.ts';
import { type Completeness, shortfallsOf } from './completeness.ts';
import type { EngineContext } from './context.ts';
import { type Created, createAttempt } from './create-job.ts';
import { changeOf } from './dataset-change.ts';
import { fetchUsableDataset } from './fetch-dataset.ts';
import { type Asked, type ListQuestion, ListTally } from './list-tally.ts';
import { totalsOf } from './totals.ts';
import type { EndReason, EndState, Transfer } from './types.ts';

export async function judge(context: EngineContext, transfer: Transfer): Promise<void> {
  const { pid, datasetFolder } = transfer.authorised;
  if (await hasChanged(context, transfer)) return;
  const asked = await findAsked(context, transfer);
  const tally = await countList(context, pid, { asked, datasetFolder });
  if (tally === undefined) return endFinished(context, transfer, 'incomplete', gone(pid));
  if ('kind' in tally) return endFinished(context, transfer, 'file_list_invalid', unusable(tally.message));
  const shortfalls = shortfallsOf({
    listed: tally.sums,
    asked: comparedWith(asked, transfer, tally.digest),
    totals: totalsOf(transfer),
    earlier: [
      ...(await findEarlierMoves(context.store, transfer)),
      ...(await findPastAttempts(context.store, transfer.id)),
      ...expiredTasks(transfer),
    ],
  });
  if (shortfalls.length > 0) {
    const message = `finished, but not marked archivable: ${shortfalls.join('; ')}`;
    return endFinished(context, transfer, 'incomplete', message);
  }
  const { files, bytes, leftOut } = tally.sums;
  const event = { kind: 'complete', detail: { files, bytes, linksLeftOut: leftOut } } as const;
  await writeChange(
    context.store,
    transfer,
    { state: 'archiving', bytesTotal: bytes, event },
    context.clock.now(),
  );
}

/** @returns what is wrong with the list; `undefined` where SciCat has no such dataset. */
async function countList(
  context: EngineContext,
  pid: string,
  question: ListQuestion,
): Promise<ListTally | PermanentRefusal | undefined> {
  const list = await context.scicat.fetchFiles(pid, context.signal);
  if (list === undefined) return undefined;
  const tally = new ListTally(question);
  for await (const part of list) {
    if ('kind' in part) return part;
    tally.add(part);
  }
  const folders = tally.doubtful;
  return folders === undefined ? tally : countList(context, pid, { ...question, folders });
}

/** What an expired task had moved, the one after it skips; how much that was is not kept. */
function expiredTasks({ chunks }: Transfer) {
  const hasExpired = chunks.some(({ resubmissions }) => resubmissions > 0);
  return hasExpired ? [{ filesTransferred: 0, filesSkipped: 0, bytesTransferred: 0 }] : [];
}

/** Whose it is now decides whether it may be deleted at its source. */
async function hasChanged(context: EngineContext, transfer: Transfer): Promise<boolean> {
  const { pid } = transfer.authorised;
  const dataset = await fetchUsableDataset(context, pid);
  if (dataset === undefined) {
    await endFinished(context, transfer, 'incomplete', gone(pid));
    return true;
  }
  const change = changeOf(dataset, transfer.authorised);
  if (change !== undefined) await endFinished(context, transfer, 'dataset_changed', changed(change));
  return change !== undefined;
}

export async function markArchivable(context: EngineContext, transfer: Transfer): Promise<void> {
  const { scicat, store, clock, signal } = context;
  const marked = await scicat.markArchivable(transfer.authorised.pid, signal);
  if (marked.kind === 'refused') {
    const message = `finished, but SciCat refused to mark the dataset archivable: ${marked.message}`;
    return endFinished(context, transfer, 'archivable_refused', message);
  }
  const event = { kind: 'marked_archivable', detail: {} } as const;
  await writeChange(store, transfer, { archiveIsMarked: true, event }, clock.now());
}

export async function createArchiveJob(context: EngineContext, transfer: Transfer): Promise<Created> {
  const { scicat, store, clock, signal } = context;
  const { pid, ownerGroup, username, email } = transfer.authorised;
  const attempt = createAttempt(transfer.archive.attemptedAt, context);
  if (!attempt.isPending)
    await writeChange(store, transfer, { archiveAttemptedAt: clock.now() }, clock.now());
  const created = await scicat.createArchiveJob(
    { transferId: transfer.id, pid, ownerGroup, username, contactEmail: email },
    // Looked up always: a database that was restored from a backup may not know that it was created.
    { ...attempt, mayExist: true, signal },
  );
  if (created.kind === 'not_yet') return 'not_yet';
  if (created.kind === 'refused') {
    const message = `finished and marked archivable, but SciCat refused the archive job: ${created.message}`;
    await endFinished(context, transfer, 'archive_job_refused', message);
    return 'done';
  }
  const event = { kind: 'archive_job_created', detail: { jobId: created.jobId } } as const;
  await writeChange(store, transfer, { archiveJobId: created.jobId, event }, clock.now());
  return 'done';
}

export async function end(
  context: EngineContext,
  transfer: Transfer,
  { state, reason, message }: { state: EndState; reason?: EndReason; message?: string },
): Promise<void> {
  const detail = { reason: reason ?? '', message: message ?? '' };
  const given = {
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
  const { store, clock } = context;
  await writeChange(store, transfer, { state, ...given, event: { kind: 'ended', detail } }, clock.now());
  announceEnded(context, transfer, { state, reason });
}

function endFinished(
  context: EngineContext,
  transfer: Transfer,
  reason: EndReason,
  message: string,
): Promise<void> {
  return end(context, transfer, { state: 'finished', reason, message });
}

async function findAsked({ store }: EngineContext, transfer: Transfer): Promise<Asked> {
  if (transfer.listing.kind === 'stored') return { kind: 'listed' };
  if (transfer.authorised.isWholeFolder) return { kind: 'folder' };
  const paths = new AskedPaths(transfer.authorised.sourceFolder);
  for (const { index } of transfer.chunks) paths.add(await findItems(store, transfer.id, index));
  paths.seal();
  return { kind: 'items', paths };
}

function comparedWith(
  asked: Asked,
  { listing }: Transfer,
  digest: string | undefined,
): Completeness['asked'] {
  if (asked.kind === 'items') return { kind: 'items', fileCount: asked.paths.fileCount };
  if (listing.kind !== 'stored') return { kind: 'folder' };
  return { kind: 'listed', fileCount: listing.files, isSame: listing.digest === digest };
}

function gone(pid: string): string {
  return `finished, but SciCat has no dataset ${pid} any more, so it was not marked archivable`;
}

function unusable(problem: string): string {
  return `finished, but not marked archivable: ${problem}. Mend that in SciCat, then retry the transfer`;
}

function changed(change: string): string {
  return `finished, but not marked archivable: the dataset has changed since the transfer was asked for (${change})`;
}
