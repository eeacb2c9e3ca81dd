// A page of the transfers that a caller may see, newest first.
import type { Transfer, TransferState } from '../engine/types.ts';
import { readTransferRow } from './rows.ts';
import type { Store, TaskRow, TransferRow } from './schema.ts';

export type ListQuestion = {
  readonly subject: string;
  /** Besides their own: those of these ownerGroups. */
  readonly groups: readonly string[];
  readonly states: readonly TransferState[] | undefined;
  readonly pid: string | undefined;
  readonly limit: number;
  readonly offset: number;
};

export type Page = { readonly total: number; readonly transfers: readonly Transfer[] };

export async function listTransfers(store: Store, question: ListQuestion): Promise<Page> {
  const { count } = await matching(store, question)
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const ids = await pageOf(store, question);
  const rows = await rowsOf(store, ids);
  const tasks = await tasksOf(store, ids);
  return {
    total: Number(count),
    transfers: rows.map((row) => readTransferRow(row, tasks.get(row.id) ?? [])),
  };
}

/** Apart from the rows, of which only a page's are read, not all that could be on it. */
async function pageOf(store: Store, question: ListQuestion): Promise<readonly string[]> {
  const rows = await matching(store, question)
    .select('id')
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(question.limit)
    .offset(question.offset)
    .execute();
  return rows.map(({ id }) => id);
}

async function rowsOf(store: Store, ids: readonly string[]): Promise<readonly TransferRow[]> {
  if (ids.length === 0) return [];
  const rows = await store.selectFrom('transfers').selectAll().where('id', 'in', ids).execute();
  return rows.toSorted((left, right) => ids.indexOf(left.id) - ids.indexOf(right.id));
}

function matching(store: Store, { subject, groups, states, pid }: ListQuestion) {
  const visible = store
    .selectFrom('transfers')
    .where((where) =>
      where.or([
        where('subject', '=', subject),
        ...(groups.length === 0 ? [] : [where('owner_group', 'in', groups)]),
      ]),
    );
  const ofStates = states === undefined ? visible : visible.where('state', 'in', states);
  return pid === undefined ? ofStates : ofStates.where('pid', '=', pid);
}

async function tasksOf(store: Store, ids: readonly string[]): Promise<ReadonlyMap<string, TaskRow[]>> {
  if (ids.length === 0) return new Map();
  const rows = await store
    .selectFrom('tasks')
    .selectAll()
    .where('transfer_id', 'in', ids)
    .orderBy('chunk')
    .execute();
  return Map.groupBy(rows, (row) => row.transfer_id);
}
