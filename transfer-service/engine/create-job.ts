// The SciCat job that carries a transfer's status: it exists before Globus is asked for anything. A create without an
// answer is looked up; only when SciCat can no longer be at work on it is another one sent.
import { Unavailable } from '../../platform/unavailable.ts';
import { writeChange } from '../store/change.ts';
import { announceAccepted, announceEnded } from './announce.ts';
import type { EngineContext } from './context.ts';
import { reportOf } from './report.ts';
import type { Transfer } from './types.ts';

export async function createJob(context: EngineContext, transfer: Transfer): Promise<Created> {
  const { store, clock, scicat, signal } = context;
  const { pid, ownerGroup, username, email } = transfer.authorised;
  const attempt = createAttempt(transfer.job.attemptedAt, context);
  if (!attempt.isPending) await writeChange(store, transfer, { jobAttemptedAt: clock.now() }, clock.now());
  const created = await scicat.createTransferJob(
    { transferId: transfer.id, pid, ownerGroup, ownerUser: username, contactEmail: email },
    { ...attempt, signal },
  );
  if (created.kind === 'not_yet') return 'not_yet';
  if (created.kind === 'created') {
    const { jobId } = created;
    const event = { kind: 'job_created', detail: { jobId } } as const;
    const reported = await reportStart(context, transfer, jobId);
    await writeChange(store, transfer, { state: 'recorded', jobId, event, ...reported }, clock.now());
    announceAccepted(context, transfer, jobId);
    return 'done';
  }
  const message = `SciCat refused to create the job that carries the status: ${created.message}. Ask SciCat's administrators for the job type globus_transfer_job and the service account's rights, then ask for the transfer again`;
  const event = { kind: 'ended', detail: { reason: 'job_refused', code: created.code, message } } as const;
  await writeChange(store, transfer, { state: 'failed', reason: 'job_refused', message, event }, clock.now());
  announceEnded(context, transfer, { state: 'failed', reason: 'job_refused' });
  return 'done';
}

/**
 * Says 001 in the new job before anybody learns its id: the Ingestor polls it at once and expects a status.
 * An outage does not hold the transfer up; the engine's next report makes up for it.
 */
async function reportStart(
  { scicat, log, signal }: EngineContext,
  transfer: Transfer,
  jobId: string,
): Promise<{ readonly reportText: string } | undefined> {
  const report = reportOf({ ...transfer, state: 'recorded' });
  try {
    const told = await scicat.updateJob(jobId, report, signal);
    return told.kind === 'updated' ? { reportText: JSON.stringify(report) } : undefined;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    log.warn({ transferId: transfer.id, jobId, error }, 'first status of the SciCat job not written');
    return undefined;
  }
}

export type Created = 'done' | 'not_yet';

/** @param attemptedAt when the latest create was sent. */
export function createAttempt(
  attemptedAt: number | undefined,
  { clock, settings }: Pick<EngineContext, 'clock' | 'settings'>,
) {
  const mayExist = attemptedAt !== undefined;
  return { mayExist, isPending: mayExist && clock.ageMs(attemptedAt) < settings.jobSettleMs };
}
