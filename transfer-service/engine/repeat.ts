// What of a transfer that has ended a new attempt may repeat, and what of it has arrived for good. Pure.
import type { Chunk, Transfer } from './types.ts';

/** Why there is nothing to repeat, in words; undefined: it fell short, and can be repeated. */
export function obstacleToRepeat(transfer: Transfer): string | undefined {
  const { state, reason, job, cancel, authorised } = transfer;
  if (transfer.endedAt === undefined) return 'it has not ended yet';
  if (state === 'finished' && reason === undefined) return 'it has finished, and nothing is missing';
  if (state === 'cancelled' && reason !== 'cancelled_at_globus')
    return 'it was cancelled; ask for the transfer anew';
  if (job.isDeleted || cancel.deleteJob) return 'its SciCat job is deleted; ask for the transfer anew';
  if (authorised.collectionRootPath === undefined)
    return 'how it was asked for is not known; ask for the transfer anew';
  return undefined;
}

/**
 * Whether the next attempt hands this chunk over again. Of what was compared with SciCat's list and found short nobody
 * knows which file it is, so all of it: Globus skips what is the same.
 */
export function isToRepeat(chunk: Chunk, { reason }: Pick<Transfer, 'reason'>): boolean {
  if (reason === 'incomplete' || chunk.status !== 'succeeded') return true;
  // Only a repeat skips by content; a file that a first attempt skipped may be anybody's.
  return chunk.attempt === 1 && chunk.progress.filesSkipped > 0;
}
