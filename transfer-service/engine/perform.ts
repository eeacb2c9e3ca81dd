// Each step of the state machine and what does it. The next step is read from what this one has stored.
import { writeChange } from '../store/change.ts';
import { abandonTask, beginCancelling, cancelTask, findLostTask, giveUpLate } from './cancel.ts';
import { createArchiveJob, end, judge, markArchivable } from './conclude.ts';
import type { EngineContext } from './context.ts';
import { createJob } from './create-job.ts';
import { deleteJob, deliverReport, settle } from './deliver.ts';
import { listFiles } from './list-files.ts';
import type { Step } from './next-step.ts';
import { prepareChunk, submitChunk } from './submit.ts';
import type { Transfer } from './types.ts';

export type WorkStep = Exclude<Step, { kind: 'rest' }>;

/** `not_yet`: nothing could be decided, ask again a little later. */
export async function perform(
  context: EngineContext,
  transfer: Transfer,
  step: WorkStep,
): Promise<'done' | 'not_yet'> {
  switch (step.kind) {
    case 'find_task':
      return (await findLostTask(context, transfer, step.chunk)) === 'not_yet' ? 'not_yet' : 'done';
    case 'create_job':
      return createJob(context, transfer);
    case 'create_archive_job':
      return createArchiveJob(context, transfer);
  }
  await performDecided(context, transfer, step);
  return 'done';
}

function performDecided(
  context: EngineContext,
  transfer: Transfer,
  step: Exclude<WorkStep, { kind: 'find_task' | 'create_job' | 'create_archive_job' }>,
): Promise<void> {
  const now = context.clock.now();
  switch (step.kind) {
    case 'list_files':
      return listFiles(context, transfer);
    case 'prepare':
      return prepareChunk(context, transfer, step.chunk);
    case 'submit':
      return submitChunk(context, transfer, step.chunk);
    case 'mark_stuck': {
      const event = { kind: 'stuck', detail: {} } as const;
      return writeChange(context.store, transfer, { stuckSince: transfer.progressAt, event }, now);
    }
    case 'give_up':
      return giveUpLate(context, transfer, step);
    case 'abandon_task':
      return abandonTask(context, transfer, step.chunk);
    case 'begin_cancelling':
      return beginCancelling(context, transfer);
    case 'cancel_task':
      return cancelTask(context, transfer, step.chunk);
    case 'begin_concluding': {
      const event = { kind: 'all_arrived', detail: {} } as const;
      return writeChange(context.store, transfer, { state: 'concluding', event }, now);
    }
    case 'judge':
      return judge(context, transfer);
    case 'mark_archivable':
      return markArchivable(context, transfer);
    case 'end':
      return end(context, transfer, step);
    case 'report':
      return deliverReport(context, transfer, step);
    case 'delete_job':
      return deleteJob(context, transfer, step.jobId);
    case 'settle':
      return settle(context, transfer, step);
  }
}
