// Where a dataset is on its way into the archive. SciCat's lifecycle says so in words that are a convention among the
// backend, its clients and the archive systems; a word that is not among them is one of before. Pure.
import type { Lifecycle } from './answers.ts';

/**
 * Marked it may be archived. What is on its way into the archive, or lies there, was marked before: marked once more it
 * would be said never to have been archived. After an archiving that failed it may well be marked anew.
 */
export function wasMarked(lifecycle: Lifecycle | null | undefined): boolean {
  if (lifecycle === null || lifecycle === undefined) return false;
  const { archivable, retrievable, archiveStatusMessage } = lifecycle;
  if (retrievable === true || archived.has(archiveStatusMessage)) return true;
  return archivable === true && archiveStatusMessage === markedMessage;
}

export const markedMessage = 'datasetCreated';

const archived: ReadonlySet<unknown> = new Set([
  'scheduledForArchiving',
  'started',
  'datasetOnArchiveDisk',
  'dataArchivedOnTape',
]);
