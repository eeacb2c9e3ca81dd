// A page of the transfers that a caller may see, newest first.
import type { Transfer, TransferState } from '../engine/types.ts';
import { readTransferRow } from './rows.ts';
import type { Store, TaskRow } from './schema.ts';

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
  const rows = await matching(store, question)
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(question.limit)
    .offset(question.offset)
    .execute();
  const tasks = await tasksOf(
    store,
    rows.map(({ id }) => id),
  );
  return {
    total: Number(count),
    transfers: rows.map((row) => readTransferRow(row, tasks.get(row.id) ?? [])),
  };
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
