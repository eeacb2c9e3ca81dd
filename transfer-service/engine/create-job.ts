// The SciCat job that carries a transfer's status: it exists before Globus is asked for anything.
import { writeChange } from '../store/change.ts';
import type { EngineContext } from './context.ts';
import type { Transfer } from './types.ts';

export async function createJob(context: EngineContext, transfer: Transfer): Promise<void> {
  const { store, clock, scicat, signal } = context;
  const { pid, ownerGroup, username, email } = transfer.authorised;
  const mayExist = transfer.job.isAttempted;
  if (!mayExist) await writeChange(store, transfer, { jobIsAttempted: true }, clock.now());
  const created = await scicat.createTransferJob(
    { transferId: transfer.id, pid, ownerGroup, ownerUser: username, contactEmail: email },
    { mayExist, signal },
  );
  if (created.kind === 'created') {
    const event = { kind: 'job_created', detail: { jobId: created.jobId } } as const;
    await writeChange(store, transfer, { state: 'recorded', jobId: created.jobId, event }, clock.now());
    return;
  }
  const message = `SciCat refused to create the job that carries the status: ${created.message}`;
  const event = { kind: 'ended', detail: { reason: 'job_refused', code: created.code, message } } as const;
  await writeChange(store, transfer, { state: 'failed', reason: 'job_refused', message, event }, clock.now());
}
