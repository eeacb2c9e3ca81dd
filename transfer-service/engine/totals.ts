// The chunks of a transfer counted together. Pure.
import type { Transfer } from './types.ts';

export type Totals = {
  readonly bytesTransferred: number;
  readonly filesTransferred: number;
  readonly filesSkipped: number;
  /** Of a whole folder it grows while Globus walks it. */
  readonly filesTotal: number;
  readonly faults: number;
};

export function totalsOf({ chunks, filesTotal }: Pick<Transfer, 'chunks' | 'filesTotal'>): Totals {
  const sum = (count: (chunk: Transfer['chunks'][number]) => number) =>
    chunks.reduce((total, chunk) => total + count(chunk), 0);
  return {
    bytesTransferred: sum(({ progress }) => progress.bytesTransferred),
    filesTransferred: sum(({ progress }) => progress.filesTransferred),
    filesSkipped: sum(({ progress }) => progress.filesSkipped),
    filesTotal: filesTotalOf(
      chunks,
      filesTotal,
      sum(({ progress }) => progress.files),
    ),
    faults: sum(({ progress }) => progress.faults),
  };
}

/** Once every task has succeeded Globus knows the number: SciCat's includes folders and links. */
function filesTotalOf(chunks: Transfer['chunks'], expected: number, found: number): number {
  const isKnown = chunks.length > 0 && chunks.every(({ status }) => status === 'succeeded');
  return isKnown ? found : Math.max(expected, found);
}
