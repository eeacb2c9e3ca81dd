// The SciCat job that carries a transfer's status: it exists before Globus is asked for anything. A create without an
// answer is looked up; only when SciCat can no longer be at work on it is another one sent.
import { writeChange } from '../store/change.ts';
import type { EngineContext } from './context.ts';
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
    const event = { kind: 'job_created', detail: { jobId: created.jobId } } as const;
    await writeChange(store, transfer, { state: 'recorded', jobId: created.jobId, event }, clock.now());
    return 'done';
  }
  const message = `SciCat refused to create the job that carries the status: ${created.message}. Ask SciCat's administrators for the job type globus_transfer_job and the service account's rights, then ask for the transfer again`;
  const event = { kind: 'ended', detail: { reason: 'job_refused', code: created.code, message } } as const;
  await writeChange(store, transfer, { state: 'failed', reason: 'job_refused', message, event }, clock.now());
  return 'done';
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
