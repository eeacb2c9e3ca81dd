// Reading transfers: one, those that are not settled, the tasks in flight, a chunk's items.
import type { PastAttempt, StateChange, Transfer } from '../engine/types.ts';
import type { TransferItem } from '../types.ts';
import { parseItems } from './items-text.ts';
import { readAttemptRow, readState, readTransferRow } from './rows.ts';
import type { Store, TransferRow } from './schema.ts';

export async function findTransfer(store: Store, id: string): Promise<Transfer | undefined> {
  const row = await store.selectFrom('transfers').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : readTransfer(store, row);
}

/** By the SciCat job's id, which clients know; or by the transfer's own, for one whose job was refused. */
export async function findTransferByJob(store: Store, id: string): Promise<Transfer | undefined> {
  const row = await store.selectFrom('transfers').selectAll().where('job_id', '=', id).executeTakeFirst();
  return row === undefined ? findTransfer(store, id) : readTransfer(store, row);
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

export async function countUnsettled(store: Store): Promise<number> {
  const { count } = await store
    .selectFrom('transfers')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('settled_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** To be gone through once, one after the other. */
export async function findItems(store: Store, id: string, chunk: number): Promise<Iterable<TransferItem>> {
  const row = await store
    .selectFrom('items')
    .select('items')
    .where('transfer_id', '=', id)
    .where('chunk', '=', chunk)
    .executeTakeFirstOrThrow();
  return parseItems(row.items);
}

/** The attempts before the present one, oldest first. */
export async function findPastAttempts(store: Store, id: string): Promise<readonly PastAttempt[]> {
  const rows = await store
    .selectFrom('attempts')
    .selectAll()
    .where('transfer_id', '=', id)
    .orderBy('attempt')
    .execute();
  return rows.map(readAttemptRow);
}

/** Each state that it came to, with the time; an attempt begins anew with the first. */
export async function findHistory(store: Store, id: string): Promise<readonly StateChange[]> {
  const rows = await store
    .selectFrom('events')
    .select(['at', 'kind', 'state'])
    .where('transfer_id', '=', id)
    .orderBy('sequence')
    .execute();
  let attempt = 1;
  const changes: StateChange[] = [];
  for (const { at, kind, state } of rows) {
    const isNewAttempt = kind === 'retry_requested';
    if (isNewAttempt) attempt += 1;
    if (isNewAttempt || changes.at(-1)?.state !== state)
      changes.push({ attempt, state: readState(state), at });
  }
  return changes;
}

export async function hasLinks(store: Store, id: string): Promise<boolean> {
  const row = await store
    .selectFrom('items')
    .select('chunk')
    .where('transfer_id', '=', id)
    // A quote in a path is escaped, so this is no path's text.
    .where('items', 'like', '%["symlink",%')
    .executeTakeFirst();
  return row !== undefined;
}

export async function countByState(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store
    .selectFrom('transfers')
    .select((select) => ['state', select.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  return new Map(rows.map(({ state, count }) => [state, count]));
}

export async function readTransfer(store: Store, row: TransferRow): Promise<Transfer> {
  const tasks = await store
    .selectFrom('tasks')
    .selectAll()
    .where('transfer_id', '=', row.id)
    .orderBy('chunk')
    .execute();
  return readTransferRow(row, tasks);
}
