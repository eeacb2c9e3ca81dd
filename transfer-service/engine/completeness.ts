// Has everything that SciCat lists of the dataset arrived? Only then is it marked archivable: what is archived may be
// deleted at its source. Pure.
import type { ListSums } from './list-tally.ts';
import type { Totals } from './totals.ts';
import type { PastAttempt } from './types.ts';

export type Completeness = {
  readonly listed: ListSums;
  /** `folder`: all that lies in it. */
  readonly asked:
    | { readonly kind: 'folder' }
    | { readonly kind: 'items'; readonly fileCount: number }
    /** SciCat's own list; whether it is still the same. */
    | { readonly kind: 'listed'; readonly fileCount: number; readonly isSame: boolean };
  readonly totals: Totals;
  /**
   * Transfers of the same dataset between the same folders, attempts and expired tasks before, oldest first: what is
   * skipped now was found to be the same.
   */
  readonly earlier: readonly Pick<PastAttempt, 'filesTransferred' | 'filesSkipped' | 'bytesTransferred'>[];
};

/** What is missing, in sentences; empty: nothing. */
export function shortfallsOf(question: Completeness): readonly string[] {
  const { listed, totals, earlier } = question;
  if (listed.entries === 0) return ['SciCat lists no files for the dataset, so nothing can be compared'];
  const expected = expectedOf(question);
  const skipsCount = earlier.length > 0;
  const arrived = totals.filesTransferred + (skipsCount ? totals.filesSkipped : 0);
  return [
    ...named('not asked for, though SciCat lists it', listed.missing, listed.firstMissing),
    ...named('moved as a link alone, though SciCat lists content of it', listed.linked, listed.firstLinked),
    ...named('moved as a file, though SciCat lists a link', listed.followed, listed.firstFollowed),
    ...(question.asked.kind === 'listed' && !question.asked.isSame
      ? ['SciCat lists other files than when they were handed over']
      : []),
    ...(totals.filesSkipped > 0 && !skipsCount ? [`Globus skipped ${files(totals.filesSkipped)}`] : []),
    ...(arrived === expected.fileCount
      ? []
      : [`Globus transferred ${arrived} of ${files(expected.fileCount)}`]),
    ...sizes(question, expected),
  ];
}

type Expected = {
  readonly fileCount: number;
  readonly bytes: number;
  /** Files were asked for that SciCat does not list: how large these are nobody knows. */
  readonly hasUnlisted: boolean;
};

function expectedOf({ asked, listed }: Completeness): Expected {
  if (asked.kind === 'folder') return { fileCount: listed.files, bytes: listed.bytes, hasUnlisted: false };
  if (asked.kind === 'listed') return { fileCount: asked.fileCount, bytes: listed.bytes, hasUnlisted: false };
  const fileCount = asked.fileCount - listed.askedFolders;
  return { fileCount, bytes: listed.askedBytes, hasUnlisted: fileCount > listed.askedFiles };
}

function named(what: string, count: number, first: string | undefined): readonly string[] {
  if (first === undefined) return [];
  return [`${what}: ${first}${count > 1 ? ` and ${count - 1} more` : ''}`];
}

/**
 * A skipped file has the content of its source and no bytes of this attempt. Where an attempt moved nothing at all, the
 * source is as it was at the latest one that did: had all of it another size then than SciCat lists, it still has.
 */
function sizes({ totals, earlier }: Completeness, expected: Expected): readonly string[] {
  const isPartly = totals.filesSkipped > 0;
  if (!isPartly) return compare(totals.bytesTransferred, expected);
  const mover =
    totals.filesTransferred > 0 ? undefined : earlier.findLast((attempt) => attempt.filesTransferred > 0);
  const movedAll = mover?.filesSkipped === 0 && mover.filesTransferred === expected.fileCount;
  if (mover !== undefined && movedAll) return compare(mover.bytesTransferred, expected);
  const isTooMuch = !expected.hasUnlisted && totals.bytesTransferred > expected.bytes;
  return isTooMuch ? [disagreement(totals.bytesTransferred, expected.bytes)] : [];
}

function compare(bytesTransferred: number, { bytes, hasUnlisted }: Expected): readonly string[] {
  const agree = hasUnlisted ? bytesTransferred >= bytes : bytesTransferred === bytes;
  return agree ? [] : [disagreement(bytesTransferred, bytes)];
}

function disagreement(bytesTransferred: number, bytes: number): string {
  return `Globus transferred ${bytesTransferred} bytes where SciCat lists ${bytes}`;
}

function files(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}
