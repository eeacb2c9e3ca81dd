// Reading transfers: one, those that are not settled, the tasks in flight, a chunk's items.
import type { Transfer } from '../engine/types.ts';
import type { TransferItem } from '../types.ts';
import { parseItems, readTransferRow } from './rows.ts';
import type { Store, TransferRow } from './schema.ts';

export async function findTransfer(store: Store, id: string): Promise<Transfer | undefined> {
  const row = await store.selectFrom('transfers').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : withTasks(store, row);
}

/** By the SciCat job's id, which clients know; or by the transfer's own, for one whose job was refused. */
export async function findTransferByJob(store: Store, id: string): Promise<Transfer | undefined> {
  const row = await store.selectFrom('transfers').selectAll().where('job_id', '=', id).executeTakeFirst();
  return row === undefined ? findTransfer(store, id) : withTasks(store, row);
}

/** What the engine has to follow on after a start, oldest first. */
export async function findUnsettled(store: Store): Promise<readonly string[]> {
  const rows = await store
    .selectFrom('transfers')
    .select('id')
    .where('settled_at', 'is', null)
    .orderBy('created_at')
    .execute();
  return rows.map(({ id }) => id);
}

export async function findItems(store: Store, id: string, chunk: number): Promise<readonly TransferItem[]> {
  const row = await store
    .selectFrom('items')
    .select('items')
    .where('transfer_id', '=', id)
    .where('chunk', '=', chunk)
    .executeTakeFirstOrThrow();
  return parseItems(row.items);
}

export async function countByState(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store
    .selectFrom('transfers')
    .select((select) => ['state', select.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  return new Map(rows.map(({ state, count }) => [state, count]));
}

async function withTasks(store: Store, row: TransferRow): Promise<Transfer> {
  const tasks = await store
    .selectFrom('tasks')
    .selectAll()
    .where('transfer_id', '=', row.id)
    .orderBy('chunk')
    .execute();
  return readTransferRow(row, tasks);
}
