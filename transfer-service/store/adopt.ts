// A transfer that the SciCat Globus Proxy began enters the store as one that is at Globus already, in one transaction:
// a crash between two leaves the ones before it taken over, and the next attempt finds them known.

import type { TransferItem } from '../types.ts';
import type { NewTransfer } from './accept.ts';
import { appendEvent } from './events.ts';
import { renderItems } from './items-text.ts';
import { transferRow, untouchedTask } from './new-rows.ts';
import type { Store } from './schema.ts';

export type AdoptedTransfer = Omit<NewTransfer, 'files' | 'items'> & {
  readonly items: readonly TransferItem[];
  readonly jobId: string;
  readonly taskId: string;
  /** When Globus was asked for the task, epoch milliseconds. */
  readonly submittedAt: number;
};

/** `known`: a transfer with this job or this task is stored already. */
export function adoptTransfer(
  store: Store,
  adopted: AdoptedTransfer,
  now: number,
): Promise<'adopted' | 'known'> {
  return store.transaction().execute(async (transaction) => {
    if (await isStored(transaction, adopted)) return 'known';
    const { id, jobId, taskId, submittedAt } = adopted;
    await transaction
      .insertInto('transfers')
      .values({
        ...transferRow(adopted, { key: null, now }),
        state: 'transferring',
        created_at: submittedAt,
        job_id: jobId,
        job_attempted_at: submittedAt,
        destination_used_at: submittedAt,
      })
      .execute();
    const task = { status: 'active', task_id: taskId, attempted_at: submittedAt };
    await transaction
      .insertInto('tasks')
      .values({
        ...untouchedTask,
        ...task,
        transfer_id: id,
        chunk: 0,
        attempt: 1,
        item_count: adopted.items.length,
      })
      .execute();
    await transaction
      .insertInto('items')
      .values({ transfer_id: id, chunk: 0, items: renderItems(adopted.items).text })
      .execute();
    const detail = { jobId, taskId };
    await appendEvent(transaction, id, { at: now, kind: 'adopted', state: 'transferring', detail });
    return 'adopted';
  });
}

/** The jobs and tasks at Globus that are followed here, or were. */
export async function findKnown(
  store: Store,
): Promise<{ readonly jobs: ReadonlySet<string>; readonly tasks: ReadonlySet<string> }> {
  const jobs = await store.selectFrom('transfers').select('job_id').where('job_id', 'is not', null).execute();
  const tasks = await store.selectFrom('tasks').select('task_id').where('task_id', 'is not', null).execute();
  return {
    jobs: new Set(jobs.flatMap(({ job_id: id }) => id ?? [])),
    tasks: new Set(tasks.flatMap(({ task_id: id }) => id ?? [])),
  };
}

async function isStored(transaction: Store, { jobId, taskId }: AdoptedTransfer): Promise<boolean> {
  const job = await transaction
    .selectFrom('transfers')
    .select('id')
    .where('job_id', '=', jobId)
    .executeTakeFirst();
  const task = await transaction
    .selectFrom('tasks')
    .select('transfer_id')
    .where('task_id', '=', taskId)
    .executeTakeFirst();
  return job !== undefined || task !== undefined;
}
