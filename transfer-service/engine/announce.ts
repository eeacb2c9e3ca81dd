// One log line each when a transfer is accepted, submitted to Globus, and ended; names and counts only.
import type { EngineContext } from './context.ts';
import { totalsOf } from './totals.ts';
import type { EndReason, EndState, Transfer } from './types.ts';

type Announcing = Pick<EngineContext, 'log' | 'clock' | 'onEnded'>;

export function announceAccepted({ log }: Announcing, transfer: Transfer, jobId: string): void {
  log.info({ ...who(transfer), jobId }, 'transfer accepted');
}

export function announceSubmitted({ log }: Announcing, transfer: Transfer, taskId: string): void {
  log.info({ ...who(transfer), taskId }, 'transfer submitted');
}

/** `reason` is `complete` where the end has none. */
export function announceEnded(
  { log, clock, onEnded }: Announcing,
  transfer: Transfer,
  { state, reason }: { readonly state: EndState; readonly reason?: EndReason | undefined },
): void {
  const { filesTransferred: files, bytesTransferred: bytes } = totalsOf(transfer);
  const seconds = Math.max(0, Math.round((clock.now() - transfer.attemptBeganAt) / 1000));
  const why = reason ?? 'complete';
  log.info({ ...who(transfer), state, reason: why, files, bytes, seconds }, 'transfer ended');
  onEnded?.({ state, reason: why });
}

function who({ id, attempt, job, authorised }: Transfer) {
  const { pid, sourceFacility, destinationFacility, username } = authorised;
  return { transferId: id, attempt, jobId: job.id, pid, sourceFacility, destinationFacility, username };
}
