// How many transfers may wait, in all and of one user.
import type { Store } from './schema.ts';

export type QueueLimits = {
  /** How many transfers may be open that Globus has not finished; 0: no bound. */
  readonly maxOpen: number;
  /** The same, of one user. */
  readonly maxOpenPerUser: number;
};

export type QueueRefusal = {
  readonly kind: 'refused';
  readonly reason: 'queue_full' | 'user_queue_full';
};

/** @param subject whose transfer it is. */
export async function refuseIfFull(
  transaction: Store,
  subject: string,
  { maxOpen, maxOpenPerUser }: QueueLimits,
): Promise<QueueRefusal | undefined> {
  if (maxOpenPerUser > 0 && (await countOpen(transaction, subject)) >= maxOpenPerUser)
    return { kind: 'refused', reason: 'user_queue_full' };
  const isFull = maxOpen > 0 && (await countOpen(transaction)) >= maxOpen;
  return isFull ? { kind: 'refused', reason: 'queue_full' } : undefined;
}

async function countOpen(transaction: Store, subject?: string): Promise<number> {
  const open = transaction
    .selectFrom('transfers')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('state', 'in', ['requested', 'recorded', 'submitting', 'transferring', 'cancelling']);
  const counted = subject === undefined ? open : open.where('subject', '=', subject);
  return Number((await counted.executeTakeFirstOrThrow()).count);
}
