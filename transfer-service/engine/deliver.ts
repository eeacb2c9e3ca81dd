// The SciCat job told how the transfer stands, and deleted where that was wished. It is only a report: a job that
// somebody deleted, or that refuses an update, stops no transfer.
import { writeChange } from '../store/change.ts';
import type { EngineContext } from './context.ts';
import type { Report } from './report.ts';
import type { Transfer } from './types.ts';

export async function deliverReport(
  { scicat, store, clock, log, signal }: EngineContext,
  transfer: Transfer,
  { report: told, text }: { report: Report; text: string },
): Promise<void> {
  const jobId = transfer.job.id;
  if (jobId === undefined) throw new Error(`transfer ${transfer.id} has no job to report to`);
  const answer = await scicat.updateJob(jobId, told, signal);
  if (answer.kind === 'updated') {
    await writeChange(store, transfer, { reportText: text, report: 'taken' }, clock.now());
    return;
  }
  log.warn({ transferId: transfer.id, jobId, code: answer.code }, 'scicat refused an update of the job');
  const report = answer.code === 'scicat_403' ? 'forbidden' : 'refused';
  const detail = { code: answer.code, message: answer.message };
  const event = transfer.report.isRefused ? {} : { event: { kind: 'report_refused', detail } as const };
  await writeChange(store, transfer, { reportText: text, report, ...event }, clock.now());
}

export async function deleteJob(
  { scicat, store, clock, log, signal }: EngineContext,
  transfer: Transfer,
  jobId: string,
): Promise<void> {
  const answer = await scicat.deleteJob(jobId, signal);
  if (answer.kind === 'refused') {
    log.warn({ transferId: transfer.id, jobId, code: answer.code }, 'scicat refused to delete the job');
  }
  const jobDeletion = answer.kind === 'deleted' ? 'done' : 'refused';
  const event = { kind: 'job_deletion', detail: { jobId, jobDeletion } } as const;
  await writeChange(store, transfer, { jobDeletion, event }, clock.now());
}

/** @param isUntold SciCat did not take the last report, or did not delete the job, for as long as it was asked. */
export async function settle(
  { store, clock, log }: EngineContext,
  transfer: Transfer,
  { isUntold }: { readonly isUntold: boolean },
): Promise<void> {
  if (!isUntold) return writeChange(store, transfer, { settled: transfer }, clock.now());
  log.warn(
    { transferId: transfer.id, jobId: transfer.job.id },
    'scicat was told in vain how a transfer ended',
  );
  const event = { kind: 'report_given_up', detail: {} } as const;
  await writeChange(store, transfer, { settled: transfer, event }, clock.now());
}
