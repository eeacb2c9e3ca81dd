// SciCat's file list of a dataset, counted as it comes in against what was asked for. It holds sums, no list.
import type { DatasetFile } from '../types.ts';
import type { AskedPaths } from './asked-paths.ts';
import { ListDigest } from './list-digest.ts';
import { relativePath } from './listed-path.ts';

export type Asked =
  /** All that lies in it. */
  | { readonly kind: 'folder' }
  | { readonly kind: 'items'; readonly paths: AskedPaths }
  /** SciCat's list as it was. */
  | { readonly kind: 'listed' };

export type ListSums = {
  readonly files: number;
  readonly bytes: number;
  /** Of the listed files that were asked for as files. */
  readonly askedFiles: number;
  readonly askedBytes: number;
  /** Listed, and not asked for. */
  readonly missing: number;
  readonly firstMissing: string | undefined;
  /** Asked for as a link, while the listed size is that of what it leads to: its content stays at the source. */
  readonly linked: number;
  readonly firstLinked: string | undefined;
};

/** A link is as large as the path that it holds, which no system lets be longer. */
const longestLinkBytes = 4096;

export class ListTally {
  readonly #asked: AskedPaths | undefined;
  readonly #digest: ListDigest | undefined;
  readonly #datasetFolder: string;
  #sums: { -readonly [Key in keyof ListSums]: ListSums[Key] } = { ...nothing };

  constructor({ asked, datasetFolder }: { asked: Asked; datasetFolder: string }) {
    this.#asked = asked.kind === 'items' ? asked.paths : undefined;
    this.#digest = asked.kind === 'listed' ? new ListDigest() : undefined;
    this.#datasetFolder = datasetFolder;
  }

  get sums(): ListSums {
    return this.#sums;
  }

  /** Of a list that is compared with an earlier one. */
  get digest(): string | undefined {
    return this.#digest?.text;
  }

  add(files: readonly DatasetFile[]): void {
    for (const { path, sizeBytes } of files) {
      this.#sums.files += 1;
      this.#sums.bytes += sizeBytes;
      this.#digest?.add(relativePath(path, this.#datasetFolder));
      if (this.#asked !== undefined) this.#compare(this.#asked, path, sizeBytes);
    }
  }

  #compare(asked: AskedPaths, path: string, sizeBytes: number): void {
    const relative = relativePath(path, this.#datasetFolder);
    const kind = asked.kindOf(relative);
    if (kind === undefined) {
      this.#sums.missing += 1;
      this.#sums.firstMissing ??= relative;
    }
    if (kind === 'symlink' && sizeBytes > longestLinkBytes) {
      this.#sums.linked += 1;
      this.#sums.firstLinked ??= relative;
    }
    // Globus counts no bytes of a link.
    if (kind !== 'file') return;
    this.#sums.askedFiles += 1;
    this.#sums.askedBytes += sizeBytes;
  }
}

const nothing: ListSums = {
  files: 0,
  bytes: 0,
  askedFiles: 0,
  askedBytes: 0,
  missing: 0,
  firstMissing: undefined,
  linked: 0,
  firstLinked: undefined,
};
