// Has everything that SciCat lists of the dataset arrived? Only then is it marked archivable: what is archived may be
// deleted at its source. Pure.
import type { DatasetFile, TransferItem } from '../types.ts';
import type { Totals } from './totals.ts';

export type Completeness = {
  readonly listed: readonly DatasetFile[];
  /** SciCat's folder of the dataset: some backends list absolute paths below it. */
  readonly datasetFolder: string;
  /** The resolved folder that items lie in. */
  readonly sourceFolder: string;
  /** `folder`: all that lies in it. */
  readonly asked:
    | { readonly kind: 'folder' }
    | { readonly kind: 'items'; readonly items: readonly TransferItem[] };
  readonly totals: Totals;
};

/** What is missing, in sentences; empty: nothing. */
export function shortfallsOf(question: Completeness): readonly string[] {
  const { listed, totals } = question;
  if (listed.length === 0) return ['SciCat lists no files for the dataset, so nothing can be compared'];
  const expected =
    question.asked.kind === 'folder' ? ofFolder(listed) : ofItems(question, question.asked.items);
  return [
    ...missing(expected.missing),
    ...(totals.filesSkipped > 0 ? [`Globus skipped ${files(totals.filesSkipped)}`] : []),
    ...(totals.filesTransferred === expected.fileCount
      ? []
      : [`Globus transferred ${totals.filesTransferred} of ${files(expected.fileCount)}`]),
    ...sizes(totals.bytesTransferred, expected),
  ];
}

type Expected = {
  readonly missing: readonly string[];
  readonly fileCount: number;
  readonly bytes: number;
  /** Files were asked for that SciCat does not list: how large these are nobody knows. */
  readonly hasUnlisted: boolean;
};

function ofFolder(listed: readonly DatasetFile[]): Expected {
  return { missing: [], fileCount: listed.length, bytes: bytesOf(listed), hasUnlisted: false };
}

function ofItems(question: Completeness, items: readonly TransferItem[]): Expected {
  const kinds = new Map(
    items.map(({ kind, sourcePath }) => [sourcePath.slice(question.sourceFolder.length + 1), kind]),
  );
  const listed = question.listed.map((file) => ({ ...file, path: relativePath(file.path, question) }));
  const moved = listed.filter(({ path }) => kinds.get(path) === 'file');
  const fileCount = items.filter(({ kind }) => kind === 'file').length;
  return {
    missing: listed.filter(({ path }) => !kinds.has(path)).map(({ path }) => path),
    fileCount,
    // A link has no size of its own.
    bytes: bytesOf(moved),
    hasUnlisted: fileCount > moved.length,
  };
}

function relativePath(path: string, { datasetFolder }: Completeness): string {
  const folder = datasetFolder.endsWith('/') ? datasetFolder : `${datasetFolder}/`;
  return path.startsWith(folder) ? path.slice(folder.length) : path.replace(/^\.\//, '');
}

function missing(paths: readonly string[]): readonly string[] {
  const [first] = paths;
  if (first === undefined) return [];
  const others = paths.length > 1 ? ` and ${paths.length - 1} more` : '';
  return [`not asked for, though SciCat lists it: ${first}${others}`];
}

function sizes(bytesTransferred: number, { bytes, hasUnlisted }: Expected): readonly string[] {
  const agree = hasUnlisted ? bytesTransferred >= bytes : bytesTransferred === bytes;
  return agree ? [] : [`Globus transferred ${bytesTransferred} bytes where SciCat lists ${bytes}`];
}

function bytesOf(listed: readonly DatasetFile[]): number {
  return listed.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}

function files(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}
