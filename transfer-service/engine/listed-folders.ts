// The folders that a file list implies: every parent of an entry, in eight bytes each, so that lists of any length fit.
import { hash, randomBytes } from 'node:crypto';

export class ListedFolders {
  /** Of this process alone, so that nobody can make two paths that are taken for one. */
  readonly #key = randomBytes(16).toString('hex');
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

  #markOf(path: string): bigint {
    return hash('sha256', this.#key + path, 'buffer').readBigUInt64LE(0);
  }
}

/** `a/b/c` -> `a/b`, `a` -> the empty string. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
