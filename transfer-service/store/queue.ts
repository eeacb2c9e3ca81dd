// How many transfers may wait.
import type { Store } from './schema.ts';

export type QueueLimits = {
  /** How many transfers may be open that Globus has not finished; 0: no bound. */
  readonly maxOpen: number;
};

export type QueueRefusal = { readonly kind: 'refused'; readonly reason: 'queue_full' };

export async function refuseIfFull(
  transaction: Store,
  { maxOpen }: QueueLimits,
): Promise<QueueRefusal | undefined> {
  const isFull = maxOpen > 0 && (await countOpen(transaction)) >= maxOpen;
  return isFull ? { kind: 'refused', reason: 'queue_full' } : undefined;
}

async function countOpen(transaction: Store): Promise<number> {
  const { count } = await transaction
    .selectFrom('transfers')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('state', 'in', ['requested', 'recorded', 'submitting', 'transferring', 'cancelling'])
    .executeTakeFirstOrThrow();
  return Number(count);
}
