// The history of a transfer: what happened, in order, never changed. Written only in the transaction of the change
// that it tells of.
import type { Store } from './schema.ts';

export type TransferEvent = {
  readonly at: number;
  readonly kind: EventKind;
  /** The state after it. */
  readonly state: string;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
};

export type EventKind =
  | 'requested'
  /** Taken over from the SciCat Globus Proxy. */
  | 'adopted'
  | 'job_created'
  | 'files_listed'
  | 'submission_prepared'
  | 'task_accepted'
  | 'task_ended'
  | 'cancel_requested'
  | 'cancel_asked'
  | 'cancel_refused'
  | 'cancelling'
  | 'all_arrived'
  | 'complete'
  | 'marked_archivable'
  | 'archive_job_created'
  | 'ended'
  | 'report_refused'
  | 'report_given_up'
  | 'stuck'
  | 'job_deletion'
  | 'retry_requested'
  /** Other datasets may use its destination folder. */
  | 'destination_released';

/** @param transaction the one in which the change itself is written. */
export async function appendEvent(transaction: Store, id: string, event: TransferEvent): Promise<void> {
  const latest = await transaction
    .selectFrom('events')
    .select((select) => select.fn.max('sequence').as('sequence'))
    .where('transfer_id', '=', id)
    .executeTakeFirst();
  await transaction
    .insertInto('events')
    .values({
      transfer_id: id,
      sequence: Number(latest?.sequence ?? 0) + 1,
      at: event.at,
      kind: event.kind,
      state: event.state,
      detail: JSON.stringify(event.detail),
    })
    .execute();
}
