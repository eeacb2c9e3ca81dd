// The tasks in flight at Globus, and what a poll has learned of them, written for many transfers at once.
import type { ChunkStatus, Progress } from '../engine/types.ts';
import { appendEvent } from './events.ts';
import { readTaskRow } from './rows.ts';
import type { Store, TaskRow } from './schema.ts';

export type ActiveTask = {
  readonly transferId: string;
  readonly chunk: number;
  readonly taskId: string;
  /** When its submit was sent, epoch milliseconds. */
  readonly attemptedAt: number | undefined;
  readonly progress: Progress;
};

export type TaskNews = Omit<ActiveTask, 'attemptedAt'> & {
  readonly status: ChunkStatus;
  /** More files or bytes than before; not merely other words. */
  readonly hasMoved: boolean;
  readonly problem: string | undefined;
};

export async function findActiveTasks(store: Store): Promise<readonly ActiveTask[]> {
  const rows = await store.selectFrom('tasks').selectAll().where('status', '=', 'active').execute();
  return rows.flatMap((row) => {
    const { index: chunk, taskId, attemptedAt, progress } = readTaskRow(row);
    return taskId === undefined
      ? []
      : [{ transferId: row.transfer_id, chunk, taskId, attemptedAt, progress }];
  });
}

/** A task that has ended in the meantime stays as it is. */
export async function writeNews(store: Store, news: readonly TaskNews[], now: number): Promise<void> {
  for (let start = 0; start < news.length; start += newsPerTransaction) {
    const part = news.slice(start, start + newsPerTransaction);
    await store.transaction().execute(async (transaction) => {
      for (const one of part) await writeOne(transaction, one, now);
    });
  }
}

/** The loop has to breathe between two. */
const newsPerTransaction = 200;

async function writeOne(transaction: Store, news: TaskNews, now: number): Promise<void> {
  const { numUpdatedRows } = await transaction
    .updateTable('tasks')
    .set(newsColumns(news))
    .where('transfer_id', '=', news.transferId)
    .where('chunk', '=', news.chunk)
    .where('status', '=', 'active')
    .where('task_id', '=', news.taskId)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return;
  await transaction
    .updateTable('transfers')
    .set({ updated_at: now, ...(news.hasMoved ? { progress_at: now, stuck_since: null } : {}) })
    .where('id', '=', news.transferId)
    .execute();
  if (news.status !== 'active') await tellOfEnd(transaction, news, now);
}

async function tellOfEnd(transaction: Store, news: TaskNews, now: number): Promise<void> {
  const { state } = await transaction
    .selectFrom('transfers')
    .select('state')
    .where('id', '=', news.transferId)
    .executeTakeFirstOrThrow();
  await appendEvent(transaction, news.transferId, {
    at: now,
    kind: 'task_ended',
    state,
    detail: { chunk: news.chunk, status: news.status, problem: news.problem ?? '' },
  });
}

function newsColumns({ status, problem, progress }: TaskNews): Partial<TaskRow> {
  return {
    status,
    problem: problem ?? null,
    nice_status: progress.niceStatus ?? null,
    is_paused: progress.isPaused ? 1 : 0,
    faults: progress.faults,
    files: progress.files,
    files_transferred: progress.filesTransferred,
    files_skipped: progress.filesSkipped,
    bytes_transferred: progress.bytesTransferred,
  };
}
