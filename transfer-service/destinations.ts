// Accepts a transfer whose destination folder is free, or becomes free because SciCat has the other dataset no more.
import type { Accepted, DestinationUsed, NewTransfer } from './store/accept.ts';
import type { Release } from './store/destination.ts';
import type { Caller, SciCat } from './types.ts';

export type DestinationParts = {
  readonly accept: (transfer: NewTransfer) => Promise<Accepted>;
  readonly fetchDataset: SciCat['fetchDataset'];
  /** Lets other datasets use the destination of a transfer that has ended. */
  readonly release: (release: Release) => Promise<boolean>;
};

/** More datasets in one folder than this were deleted: somebody should look. */
const maxReleases = 10;

/** A folder of a dataset that SciCat has no more is free: there is nothing left that its files could belong to. */
export async function acceptWhereFree(parts: DestinationParts, transfer: NewTransfer): Promise<Accepted> {
  let accepted = await parts.accept(transfer);
  for (let count = 0; count < maxReleases; count += 1) {
    if (accepted.kind !== 'refused' || accepted.reason !== 'destination_used') break;
    const { usedBy } = accepted;
    if (!usedBy.hasEnded || (await parts.fetchDataset(usedBy.pid)) !== undefined) break;
    await parts.release({ id: usedBy.id, why: 'dataset_gone', by: transfer.authorised.subject });
    accepted = await parts.accept(transfer);
  }
  return accepted;
}

/** The pid of another group's dataset is not the caller's to know. */
export function namedForCaller<Other extends { readonly reason: string }>(
  refusal: Other | DestinationUsed,
  { groups }: Caller,
) {
  if (!isDestinationUsed(refusal)) return refusal;
  const { kind, reason, usedBy } = refusal;
  return { kind, reason, pid: groups.includes(usedBy.ownerGroup) ? usedBy.pid : undefined };
}

function isDestinationUsed(refusal: object): refusal is DestinationUsed {
  return 'usedBy' in refusal;
}
