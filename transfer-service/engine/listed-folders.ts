// Tells what the entries of a file list are: a list that does not say it implies its folders, the parents of its entries.
import type { DatasetEntry } from '../types.ts';
import { relativePath } from './listed-path.ts';
import { createPathMark } from './path-mark.ts';

export class ListedFolders {
  readonly #markOf = createPathMark();
  readonly #marks = new Set<bigint>();
  #latest = '';

  /** @param path relative to the dataset's folder. */
  addParentsOf(path: string): void {
    const parent = parentOf(path);
    // Neighbours in a directory walk share their folder.
    if (parent === this.#latest) return;
    this.#latest = parent;
    for (let folder = parent; folder !== ''; folder = parentOf(folder)) {
      const mark = this.#markOf(folder);
      // Its own parents were added with it.
      if (this.#marks.has(mark)) return;
      this.#marks.add(mark);
    }
  }

  /** Whether another entry lies below it. */
  has(path: string): boolean {
    return this.#marks.size > 0 && this.#marks.has(this.#markOf(path));
  }
}

/** `a/b/c` -> `a/b`, `a` -> the empty string. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** One reading of a list, entry by entry. */
export class ListReading {
  readonly #datasetFolder: string;
  readonly #isComplete: boolean;
  readonly #folders: ListedFolders;
  #isDoubtful = false;

  /** @param folders of the same list, read before: see `doubtful`. */
  constructor(datasetFolder: string, folders?: ListedFolders) {
    this.#datasetFolder = datasetFolder;
    this.#isComplete = folders !== undefined;
    this.#folders = folders ?? new ListedFolders();
  }

  /**
   * Some entries that were read as `unknown` may be folders, since the list does not say what they are. Read once more
   * with these folders, the parents of all its entries, the list shows them.
   */
  get doubtful(): ListedFolders | undefined {
    return this.#isDoubtful ? this.#folders : undefined;
  }

  /** @returns the path below the dataset's folder, and what it is; `undefined` for that folder itself. */
  read(entry: DatasetEntry): { readonly path: string; readonly kind: DatasetEntry['kind'] } | undefined {
    const path = relativePath(entry.path, this.#datasetFolder);
    if (path === undefined) return undefined;
    if (!this.#isComplete) this.#folders.addParentsOf(path);
    if (entry.kind !== 'unknown') return { path, kind: entry.kind };
    if (!this.#isComplete) this.#isDoubtful = true;
    return { path, kind: this.#folders.has(path) ? 'folder' : 'unknown' };
  }

  /** Whether another entry, read so far, lies below it. */
  holdsOthers(path: string): boolean {
    return this.#folders.has(path);
  }
}
