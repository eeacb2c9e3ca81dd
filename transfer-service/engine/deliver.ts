// The SciCat job told how the transfer stands, and deleted where that was wished. It is only a report: a job that
// somebody deleted, or that refuses an update, stops no transfer.
import { writeChange } from '../store/change.ts';
import type { EngineContext } from './context.ts';
import type { Report } from './report.ts';
import type { Transfer } from './types.ts';

export async function deliverReport(
  { scicat, store, clock, log, signal }: EngineContext,
  transfer: Transfer,
  { report, text }: { report: Report; text: string },
): Promise<void> {
  const jobId = transfer.job.id;
  if (jobId === undefined) throw new Error(`transfer ${transfer.id} has no job to report to`);
  const answer = await scicat.updateJob(jobId, report, signal);
  if (answer.kind === 'updated') {
    await writeChange(store, transfer, { reportText: text, reportIsRefused: false }, clock.now());
    return;
  }
  log.warn({ transferId: transfer.id, jobId, code: answer.code }, 'scicat refused an update of the job');
  const event = { kind: 'report_refused', detail: { code: answer.code, message: answer.message } } as const;
  const change = { reportText: text, reportIsRefused: true, event } as const;
  await writeChange(store, transfer, change, clock.now());
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
