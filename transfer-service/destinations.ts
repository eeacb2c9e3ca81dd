// Begins a transfer, or a new attempt at one, where the destination folder is free, or becomes free because SciCat has the
// other dataset no more. Decides who may read in the refusal whose files are in the way.
import { Unavailable } from '../platform/unavailable.ts';
import { authorizeManaging, visibilityOf } from './facilities.ts';
import type { DestinationUsed } from './store/accept.ts';
import type { Release, UsedBy } from './store/destination.ts';
import type { Caller, SciCat } from './types.ts';

export type DestinationParts = {
  readonly fetchDataset: SciCat['fetchDataset'];
  /** Lets other datasets use the destination of a transfer that has ended. */
  readonly release: (release: Release) => Promise<boolean>;
};

/** More transfers of deleted datasets in one folder than this: somebody should look. */
const maxReleases = 100;

/**
 * A folder of a dataset that SciCat has no more is free: there is nothing left that its files could belong to. Of two
 * requests for it at once, the store lets one begin, and the other is refused because of that one.
 * @param begin what the store decides in one transaction.
 * @throws Unavailable when SciCat is down, so that nobody knows whether it has the other dataset.
 */
export async function beginWhereFree<Begun extends { readonly kind: string }>(
  parts: DestinationParts,
  by: string,
  begin: () => Promise<Begun | DestinationUsed>,
): Promise<Begun | DestinationUsed> {
  const gone = new Set<string>();
  for (let count = 0; ; count += 1) {
    const begun = await begin();
    if (!isDestinationUsed(begun) || count === maxReleases) return begun;
    const { id, pid, hasEnded } = begun.usedBy;
    if (!hasEnded || !(gone.has(pid) || (await isGone(parts, pid)))) return begun;
    gone.add(pid);
    await parts.release({ id, why: 'dataset_gone', by });
  }
}

/** A 404 of SciCat's own. What the service account may not read is there, and an outage says nothing. */
async function isGone({ fetchDataset }: DestinationParts, pid: string): Promise<boolean> {
  try {
    return (await fetchDataset(pid)) === undefined;
  } catch (error) {
    if (error instanceof Unavailable && error.reason === 'misconfigured') return false;
    throw error;
  }
}

export type DestinationRefusal = DestinationUsed & {
  /** Whether the caller may know whose files are in the way. */
  readonly isShown: boolean;
};

/**
 * Pid, job and folder are shown to those who may see the other transfer, and to nobody else: that a dataset exists, and
 * where it went, is its group's to know.
 */
export function shownToCaller<Other extends { readonly reason: string }>(
  refusal: Other | DestinationUsed,
  caller: Caller,
  realms: ReadonlySet<string>,
): Other | DestinationRefusal {
  if (!isDestinationUsed(refusal)) return refusal;
  return { ...refusal, isShown: isVisible(refusal.usedBy, caller, realms) };
}

function isVisible(usedBy: UsedBy, caller: Caller, realms: ReadonlySet<string>): boolean {
  return authorizeManaging(usedBy, visibilityOf(caller, realms)).kind === 'allowed';
}

function isDestinationUsed(begun: object): begun is DestinationUsed {
  return 'usedBy' in begun;
}
