// The tasks in flight at Globus, and what a poll has learned of them, written for many transfers at once.
import { setImmediate } from 'node:timers/promises';
import { CompiledQuery, sql } from 'kysely';
import { transactWithoutWait } from '../../platform/transact-without-wait.ts';
import type { Claim } from '../engine/places.ts';
import type { Chunk, ChunkStatus, Progress, TaskTrouble } from '../engine/types.ts';
import { appendEvent } from './events.ts';
import { readTaskRow } from './rows.ts';
import type { Store, TaskRow } from './schema.ts';
import { renderTrouble } from './stored-trouble.ts';

export type ActiveTask = {
  readonly transferId: string;
  readonly chunk: number;
  readonly taskId: string;
  /** When its submit was sent, epoch milliseconds. */
  readonly attemptedAt: number | undefined;
  readonly progress: Progress;
  readonly trouble: TaskTrouble | undefined;
};

export type TaskNews = Omit<ActiveTask, 'attemptedAt'> & {
  readonly status: ChunkStatus;
  /** More files or bytes than before, or it has begun or ceased to wait; not merely other words. */
  readonly hasMoved: boolean;
  /** Working, queued, paused, hindered: not what it was. */
  readonly hasNewStanding: boolean;
  readonly problem: string | undefined;
};

export async function hasActiveTasks(store: Store): Promise<boolean> {
  const row = await store
    .selectFrom('tasks')
    .select('chunk')
    .where('status', '=', 'active')
    .executeTakeFirst();
  return row !== undefined;
}

/** Some at a time: thousands at once would hold up everybody else. What is written of these meanwhile moves no other. */
export async function* findActiveTasks(store: Store): AsyncGenerator<readonly ActiveTask[]> {
  let latest = { id: '', chunk: -1 };
  for (;;) {
    const { id, chunk } = latest;
    const rows = await store
      .selectFrom('tasks')
      .selectAll()
      .where('status', '=', 'active')
      .where('transfer_id', '>=', id)
      .where((where) => where.or([where('transfer_id', '>', id), where('chunk', '>', chunk)]))
      .orderBy('transfer_id')
      .orderBy('chunk')
      .limit(tasksAtOnce)
      .execute();
    if (rows.length > 0) yield rows.flatMap(readActive);
    const last = rows.at(-1);
    if (last === undefined || rows.length < tasksAtOnce) return;
    latest = { id: last.transfer_id, chunk: last.chunk };
    await setImmediate();
  }
}

const tasksAtOnce = 250;

function readActive(row: TaskRow): readonly ActiveTask[] {
  const { index: chunk, taskId, attemptedAt, progress, trouble } = readTaskRow(row);
  if (taskId === undefined) return [];
  return [{ transferId: row.transfer_id, chunk, taskId, attemptedAt, progress, trouble }];
}

/** The transfers that have tasks at Globus, with these tasks. */
export async function findHeldPlaces(
  store: Store,
): Promise<readonly { readonly claim: Claim; readonly tasks: readonly Chunk[] }[]> {
  const rows = await store
    .selectFrom('tasks')
    .innerJoin('transfers', 'transfers.id', 'tasks.transfer_id')
    .selectAll('tasks')
    .select(['subject', 'source_facility', 'destination_facility'])
    .where('tasks.status', '=', 'active')
    .execute();
  return [...Map.groupBy(rows, (row) => row.transfer_id)].flatMap(([id, [row, ...others]]) => {
    if (row === undefined) return [];
    const facilities = [...new Set([row.source_facility, row.destination_facility])];
    return [{ claim: { id, user: row.subject, facilities }, tasks: [row, ...others].map(readTaskRow) }];
  });
}

/** A task that has ended in the meantime stays as it is. */
export async function writeNews(store: Store, news: readonly TaskNews[], now: number): Promise<void> {
  const statements = compileStatements(store);
  for (let start = 0; start < news.length; start += newsPerTransaction) {
    const part = news.slice(start, start + newsPerTransaction);
    // What is lost of it the next poll learns again.
    await transactWithoutWait(store, async (transaction) => {
      for (const one of part) await writeOne(transaction, statements, one, now);
    });
    // Nothing above waits for anything outside of this process: requests would wait until all of it is written.
    await setImmediate();
  }
}

const newsPerTransaction = 100;

async function writeOne(
  transaction: Store,
  { task, touch, moved }: Statements,
  news: TaskNews,
  now: number,
): Promise<void> {
  const key = [news.transferId, news.chunk, 'active', news.taskId];
  const written = CompiledQuery.raw(task, [...Object.values(newsColumns(news)), ...key]);
  const { numAffectedRows } = await transaction.executeQuery(written);
  if (numAffectedRows === 0n) return;
  await transaction.executeQuery(
    news.hasMoved
      ? CompiledQuery.raw(moved, [now, now, news.transferId])
      : CompiledQuery.raw(touch, [now, news.transferId]),
  );
  if (news.status !== 'active') await tellOfEnd(transaction, news, now);
}

type Statements = { readonly task: string; readonly touch: string; readonly moved: string };

/** In the dialect's own words, once for all rows: that takes longer than to run them. */
function compileStatements(store: Store): Statements {
  const task = store
    .updateTable('tasks')
    .set(newsColumns(anyNews))
    .where('transfer_id', '=', '')
    .where('chunk', '=', 0)
    .where('status', '=', 'active')
    .where('task_id', '=', '');
  const touch = store.updateTable('transfers').set({ updated_at: 0 }).where('id', '=', '');
  const moved = store
    .updateTable('transfers')
    .set({ updated_at: 0, progress_at: 0, stuck_since: sql`null` })
    .where('id', '=', '');
  return { task: task.compile().sql, touch: touch.compile().sql, moved: moved.compile().sql };
}

const anyNews: Written = {
  status: 'active',
  problem: '',
  trouble: undefined,
  progress: {
    ...{ niceStatus: '', isPaused: false, faults: 0 },
    ...{ files: 0, filesTransferred: 0, filesSkipped: 0, bytesTransferred: 0 },
  },
};

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

type Written = Pick<TaskNews, 'status' | 'problem' | 'progress' | 'trouble'>;

function newsColumns({ status, problem, trouble, progress }: Written): Partial<TaskRow> {
  return {
    status,
    problem: problem ?? null,
    trouble: renderTrouble(trouble),
    nice_status: progress.niceStatus ?? null,
    is_paused: progress.isPaused ? 1 : 0,
    faults: progress.faults,
    files: progress.files,
    files_transferred: progress.filesTransferred,
    files_skipped: progress.filesSkipped,
    bytes_transferred: progress.bytesTransferred,
  };
}
