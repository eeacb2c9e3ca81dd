// Remembers the paths that a file list named, in eight bytes each, so that lists of any length are compared with SciCat's.
import type { TransferItem } from '../types.ts';
import { createPathMark } from './path-mark.ts';

export type AskedKind = 'file' | 'symlink';

export class AskedPaths {
  readonly #prefixLength: number;
  readonly #pathMark = createPathMark();
  #marks = new BigUint64Array(1024);
  #count = 0;
  #files = 0;

  /** @param sourceFolder the resolved folder that the items lie in. */
  constructor(sourceFolder: string) {
    this.#prefixLength = sourceFolder.length + 1;
  }

  /** How many of the paths are files or, where the request did not say, folders; links are not counted. */
  get fileCount(): number {
    return this.#files;
  }

  add(items: Iterable<TransferItem>): void {
    for (const { kind, sourcePath } of items) {
      // An empty folder that was named as one: it holds nothing to compare.
      if (kind === 'folder') continue;
      const isFile = kind !== 'symlink';
      if (isFile) this.#files += 1;
      if (this.#count === this.#marks.length) this.#grow();
      this.#marks[this.#count] = this.#markOf(sourcePath.slice(this.#prefixLength), isFile);
      this.#count += 1;
    }
  }

  /** Nothing can be added any more, and paths can be looked up. */
  seal(): void {
    this.#marks = this.#marks.slice(0, this.#count).sort();
  }

  /** @param path relative to the dataset's folder. */
  kindOf(path: string): AskedKind | undefined {
    if (this.#has(this.#markOf(path, true))) return 'file';
    return this.#has(this.#markOf(path, false)) ? 'symlink' : undefined;
  }

  #grow(): void {
    const larger = new BigUint64Array(this.#marks.length * 2);
    larger.set(this.#marks);
    this.#marks = larger;
  }

  #markOf(path: string, isFile: boolean): bigint {
    const even = this.#pathMark(path) & ~1n;
    return isFile ? even | 1n : even;
  }

  #has(mark: bigint): boolean {
    let [from, to] = [0, this.#marks.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#marks[middle] ?? 0n) < mark) from = middle + 1;
      else to = middle;
    }
    return this.#marks[from] === mark;
  }
}
