// The files that a request names, one after the other: whether each may be moved, and what is then handed to Globus. Pure.
import { type PathProblem, problemOf } from './path-text.ts';
import type { Facility, RequestedFile, Side, Slices, TransferItem } from './types.ts';

export type FileRefusal = { readonly kind: 'refused' } & (
  | { readonly reason: 'file_list_empty' }
  | { readonly reason: 'file_path_invalid'; readonly path: string; readonly problem: PathProblem }
  | { readonly reason: 'file_path_repeated'; readonly path: string }
  | { readonly reason: 'symlink_not_allowed'; readonly path: string; readonly side: Side }
  | { readonly reason: 'file_below_symlink'; readonly path: string }
);

/** Absolute, no empty or dot part, no final slash; so are the items' paths. */
export type Folders = { readonly sourceFolder: string; readonly destinationFolder: string };

export function* refuseFiles(
  files: readonly RequestedFile[],
  { source, destination }: { readonly source: Facility; readonly destination: Facility },
): Slices<FileRefusal | undefined> {
  if (files.length === 0) return { kind: 'refused', reason: 'file_list_empty' };
  const symlinks = new Set(files.filter((file) => file.isSymlink).map((file) => file.path));
  const seen = new Set<string>();
  for (const { path, isSymlink } of files) {
    const problem = problemOf(path, 'relative');
    if (problem !== undefined) return { kind: 'refused', reason: 'file_path_invalid', path, problem };
    if (seen.size % filesPerSlice === 0) yield;
    if (seen.has(path)) return { kind: 'refused', reason: 'file_path_repeated', path };
    seen.add(path);
    if (isSymlink && !source.allowSymlinks) {
      return { kind: 'refused', reason: 'symlink_not_allowed', path, side: 'source' };
    }
    if (isSymlink && !destination.allowSymlinks) {
      return { kind: 'refused', reason: 'symlink_not_allowed', path, side: 'destination' };
    }
    // The link is made at the destination too, and what is written below it goes to wherever it points.
    if (symlinks.size > 0 && parentsOf(path).some((parent) => symlinks.has(parent))) {
      return { kind: 'refused', reason: 'file_below_symlink', path };
    }
  }
  return undefined;
}

/** Less than a millisecond's. */
const filesPerSlice = 100;

export function wholeFolder({ sourceFolder, destinationFolder }: Folders): TransferItem {
  return { kind: 'folder', sourcePath: sourceFolder, destinationPath: destinationFolder };
}

export function* listedFiles(files: readonly RequestedFile[], folders: Folders): Generator<TransferItem> {
  for (const { path, isSymlink } of files) {
    const sourcePath = `${folders.sourceFolder}/${path}`;
    const destinationPath = `${folders.destinationFolder}/${path}`;
    yield { kind: isSymlink ? 'symlink' : 'file', sourcePath, destinationPath };
  }
}

/** `a/b/c` -> `a`, `a/b`. */
function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
