// The wish to cancel, stored: the engine's worker finds it, whatever it is doing, also after a restart.

import { appendEvent } from './events.ts';
import { readTransferRow } from './rows.ts';
import type { Store } from './schema.ts';

export type CancelWish = { readonly id: string; readonly subject: string; readonly deleteJob: boolean };

/** Wished again after cancelling had failed, it is tried again. Of one that has ended only its job can be deleted. */
export async function requestCancel(store: Store, wish: CancelWish, now: number): Promise<void> {
  await store.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom('transfers')
      .selectAll()
      .where('id', '=', wish.id)
      .executeTakeFirstOrThrow();
    const { state, endedAt, cancel } = readTransferRow(row, []);
    if (endedAt !== undefined && !wish.deleteJob) return;
    await transaction
      .updateTable('transfers')
      .set({
        updated_at: now,
        cancel_problem: null,
        // Asked for again from now on, it is another transfer.
        ...(endedAt === undefined ? { cancel_requested_at: cancel.requestedAt ?? now, dedup_key: null } : {}),
        ...(wish.deleteJob ? { cancel_deletes_job: 1, settled_at: null } : {}),
      })
      .where('id', '=', wish.id)
      .execute();
    await transaction
      .updateTable('tasks')
      .set({ cancel_is_asked: 0 })
      .where('transfer_id', '=', wish.id)
      .where('status', '=', 'active')
      .execute();
    await appendEvent(transaction, wish.id, {
      at: now,
      kind: 'cancel_requested',
      state,
      detail: { subject: wish.subject, deleteJob: wish.deleteJob },
    });
  });
}
