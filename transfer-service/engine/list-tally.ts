// Counts SciCat's file list of a dataset while it comes in, against what was asked for. It holds sums, not the list.
import type { DatasetEntry } from '../types.ts';
import type { AskedPaths } from './asked-paths.ts';
import { ListDigest } from './list-digest.ts';
import { type ListedFolders, ListReading } from './listed-folders.ts';

export type Asked =
  /** All that lies in it. */
  | { readonly kind: 'folder' }
  | { readonly kind: 'items'; readonly paths: AskedPaths }
  /** SciCat's list as it was. */
  | { readonly kind: 'listed' };

export type ListSums = {
  /** Of any kind. */
  readonly entries: number;
  /** Neither folders nor links. */
  readonly files: number;
  readonly bytes: number;
  /** Of the listed files that were asked for as files. */
  readonly askedFiles: number;
  readonly askedBytes: number;
  /** Asked for by name without saying that they are folders. */
  readonly askedFolders: number;
  /** Files and links that are listed and were not asked for. */
  readonly missing: number;
  readonly firstMissing: string | undefined;
  /** Asked for as a link, while the listed size is that of its target: its content stays at the source. */
  readonly linked: number;
  readonly firstLinked: string | undefined;
  /** Listed as a link and asked for as a file: Globus may have moved the content of its target. */
  readonly followed: number;
  readonly firstFollowed: string | undefined;
  /** Links of a whole folder, which Globus leaves out. */
  readonly leftOut: number;
  readonly firstLeftOut: string | undefined;
};

/** A link is as large as the path that it holds, which no system lets be longer. */
const longestLinkBytes = 4096;

export class ListTally {
  readonly #asked: AskedPaths | undefined;
  readonly #digest: ListDigest | undefined;
  readonly #reading: ListReading;
  #sums: { -readonly [Key in keyof ListSums]: ListSums[Key] } = { ...nothing };

  /** @param folders of the same list, read before: see `doubtful`. */
  constructor({ asked, datasetFolder, folders }: ListQuestion) {
    this.#asked = asked.kind === 'items' ? asked.paths : undefined;
    this.#digest = asked.kind === 'listed' ? new ListDigest() : undefined;
    this.#reading = new ListReading(datasetFolder, folders);
  }

  get sums(): ListSums {
    return this.#sums;
  }

  /** Of a list that is compared with an earlier one. */
  get digest(): string | undefined {
    return this.#digest?.text;
  }

  /** Folders of which some may have been counted as files: counting the list again with them gives the right sums. */
  get doubtful(): ListedFolders | undefined {
    return this.#reading.doubtful;
  }

  add(entries: readonly DatasetEntry[]): void {
    for (const entry of entries) {
      const read = this.#reading.read(entry);
      if (read !== undefined) this.#count(read, entry.sizeBytes);
    }
  }

  #count({ path, kind }: Pick<DatasetEntry, 'path' | 'kind'>, sizeBytes: number): void {
    this.#sums.entries += 1;
    this.#digest?.add(path);
    if (kind === 'folder') this.#countFolder(path);
    else if (kind === 'symlink') this.#countLink(path);
    else this.#countFile(path, sizeBytes);
  }

  #countFolder(path: string): void {
    if (this.#asked?.kindOf(path) === 'file') this.#sums.askedFolders += 1;
  }

  #countLink(path: string): void {
    const kind = this.#asked?.kindOf(path);
    if (this.#asked === undefined) {
      this.#sums.leftOut += 1;
      this.#sums.firstLeftOut ??= path;
    } else if (kind === undefined) this.#miss(path);
    else if (kind === 'file') {
      this.#sums.followed += 1;
      this.#sums.firstFollowed ??= path;
    }
  }

  #countFile(path: string, sizeBytes: number): void {
    this.#sums.files += 1;
    this.#sums.bytes += sizeBytes;
    if (this.#asked === undefined) return;
    const kind = this.#asked.kindOf(path);
    if (kind === undefined) this.#miss(path);
    if (kind === 'symlink' && sizeBytes > longestLinkBytes) {
      this.#sums.linked += 1;
      this.#sums.firstLinked ??= path;
    }
    // Globus counts no bytes of a link.
    if (kind !== 'file') return;
    this.#sums.askedFiles += 1;
    this.#sums.askedBytes += sizeBytes;
  }

  #miss(path: string): void {
    this.#sums.missing += 1;
    this.#sums.firstMissing ??= path;
  }
}

export type ListQuestion = {
  readonly asked: Asked;
  readonly datasetFolder: string;
  readonly folders?: ListedFolders | undefined;
};

const nothing: ListSums = {
  entries: 0,
  files: 0,
  bytes: 0,
  askedFiles: 0,
  askedBytes: 0,
  askedFolders: 0,
  missing: 0,
  firstMissing: undefined,
  linked: 0,
  firstLinked: undefined,
  followed: 0,
  firstFollowed: undefined,
  leftOut: 0,
  firstLeftOut: undefined,
};
