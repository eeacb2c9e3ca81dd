// What the API asks for, done with the store and the engine: the wish is stored first, then the engine is told, then
// a short while is waited for what comes of it.
import type { Logger } from '../platform/log.ts';
import { Unavailable } from '../platform/unavailable.ts';
import type { AppParts } from './app.ts';
import type { Engine } from './engine/engine.ts';
import type { Transfer } from './engine/types.ts';
import { type AcceptLimits, acceptTransfer } from './store/accept.ts';
import { type CancelWish, requestCancel } from './store/cancel.ts';
import { releaseDestination } from './store/destination.ts';
import { listTransfers } from './store/list.ts';
import { findHistory, findPastAttempts, findTransfer, findTransferByJob, hasLinks } from './store/read.ts';
import { beginAttempt } from './store/retry.ts';
import type { Store } from './store/schema.ts';
import type { TransferParts } from './transfers.ts';

export type ActionParts = Pick<
  TransferParts,
  'facilities' | 'realms' | 'fetchDataset' | 'listFoldersAbove' | 'newId'
> & {
  readonly store: Store;
  readonly engine: Engine;
  readonly limits: AcceptLimits;
  readonly log: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

export type Actions = Pick<AppParts, 'transfers' | 'find' | 'findPast' | 'list' | 'cancel'>;

export function createActions(parts: ActionParts): Actions {
  const { facilities, realms, fetchDataset, listFoldersAbove, newId, store, limits, now } = parts;
  return {
    transfers: {
      ...{ facilities, realms, fetchDataset, listFoldersAbove, newId },
      accept: (transfer) => acceptTransfer(store, transfer, limits, now()),
      awaitJob: (id) => awaitJob(parts, id),
      retry: (wish) => beginAttempt(store, wish, limits, now()),
      hasLinks: (id) => hasLinks(store, id),
      release: async (release) => {
        const isReleased = await releaseDestination(store, release, now());
        if (isReleased)
          parts.log.info(
            { transferId: release.id, why: release.why, by: release.by },
            'destination released',
          );
        return isReleased;
      },
    },
    find: (jobId) => findTransferByJob(store, jobId),
    findPast: async (id) => ({
      history: await findHistory(store, id),
      attempts: await findPastAttempts(store, id),
    }),
    list: (question) => listTransfers(store, question),
    cancel: (wish) => cancel(parts, wish),
  };
}

const jobTimeoutMs = 25_000;
const cancelTimeoutMs = 10_000;

/** @throws Unavailable when SciCat does not create it now; it is created as soon as it can be. */
async function awaitJob({ engine }: ActionParts, id: string): Promise<Transfer> {
  const hasJob = ({ job, endedAt }: Transfer) => job.id !== undefined || endedAt !== undefined;
  try {
    return await engine.follow(id, hasJob, AbortSignal.timeout(jobTimeoutMs));
  } catch (cause) {
    if (!isTimeout(cause)) throw cause;
    const message = 'scicat has not created the job in time';
    throw new Unavailable({ dependency: 'scicat', reason: 'timeout', message }, { cause });
  }
}

/** An outage on the way only delays what is wished: the answer says how far it is. */
async function cancel({ store, engine, now }: ActionParts, wish: CancelWish): Promise<Transfer> {
  await requestCancel(store, wish, now());
  const isDecided = ({ endedAt, isSettled, cancel: { problem } }: Transfer) =>
    problem !== undefined || (wish.deleteJob ? isSettled : endedAt !== undefined);
  try {
    return await engine.follow(wish.id, isDecided, AbortSignal.timeout(cancelTimeoutMs));
  } catch (error) {
    if (!isTimeout(error) && !(error instanceof Unavailable)) throw error;
    const transfer = await findTransfer(store, wish.id);
    if (transfer === undefined) throw new Error(`transfer ${wish.id} has vanished from the store`);
    return transfer;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
