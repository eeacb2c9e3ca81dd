// Reads the file list of a request: whether each entry may be moved, and the items that Globus is handed for it. Pure.
// The Ingestor lists every entry of a directory walk, folders included, and does not say which are folders.
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

/** A list of which every entry may be moved. */
export type RequestedList = {
  readonly kind: 'entries';
  readonly files: readonly RequestedFile[];
  /** Folders that other entries lie in: they arrive with these. */
  readonly parents: ReadonlySet<string>;
  /** Neither parents nor links. An empty folder counts too, since the list does not say that it is one. */
  readonly fileCount: number;
};

type Facilities = { readonly source: Facility; readonly destination: Facility };

export function* readFileList(
  files: readonly RequestedFile[],
  facilities: Facilities,
): Slices<FileRefusal | RequestedList> {
  if (files.length === 0) return { kind: 'refused', reason: 'file_list_empty' };
  const symlinks = new Set(files.filter((file) => file.isSymlink).map(({ path }) => path));
  const [seen, parents] = [new Set<string>(), new Set<string>()];
  for (const file of files) {
    const { path } = file;
    const refusal = refuseEntry(file, facilities);
    if (refusal !== undefined) return refusal;
    if (seen.size % filesPerSlice === 0) yield;
    if (seen.has(path)) return { kind: 'refused', reason: 'file_path_repeated', path };
    seen.add(path);
    addParents(path, parents);
    // The link is made at the destination too, and what is written below it goes to wherever it points.
    if (symlinks.size > 0 && parentsOf(path).some((parent) => symlinks.has(parent)))
      return { kind: 'refused', reason: 'file_below_symlink', path };
  }
  const listedParents = yield* countIn(parents, seen);
  return { kind: 'entries', files, parents, fileCount: seen.size - symlinks.size - listedParents };
}

function* countIn(some: ReadonlySet<string>, all: ReadonlySet<string>): Slices<number> {
  let [count, looked] = [0, 0];
  for (const one of some) {
    if (looked % filesPerSlice === 0) yield;
    looked += 1;
    if (all.has(one)) count += 1;
  }
  return count;
}

/** Less than a millisecond's. */
const filesPerSlice = 100;

function refuseEntry(
  { path, isSymlink }: RequestedFile,
  { source, destination }: Facilities,
): FileRefusal | undefined {
  const problem = problemOf(path, 'relative');
  if (problem !== undefined) return { kind: 'refused', reason: 'file_path_invalid', path, problem };
  if (!isSymlink) return undefined;
  if (!source.allowSymlinks) return { kind: 'refused', reason: 'symlink_not_allowed', path, side: 'source' };
  if (!destination.allowSymlinks)
    return { kind: 'refused', reason: 'symlink_not_allowed', path, side: 'destination' };
  return undefined;
}

export function wholeFolder({ sourceFolder, destinationFolder }: Folders): TransferItem {
  return { kind: 'folder', sourcePath: sourceFolder, destinationPath: destinationFolder };
}

/** The items of a list, without folders that others lie in: Globus would walk these as well. */
export function* listedFiles({ files, parents }: RequestedList, folders: Folders): Generator<TransferItem> {
  for (const { path, isSymlink } of files) {
    if (parents.has(path)) continue;
    const sourcePath = `${folders.sourceFolder}/${path}`;
    const destinationPath = `${folders.destinationFolder}/${path}`;
    yield { kind: isSymlink ? 'symlink' : 'entry', sourcePath, destinationPath };
  }
}

/** `a/b/c` -> `a`, `a/b`. */
function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** A folder that is known already came with its own parents. */
function addParents(path: string, parents: Set<string>): void {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const parent = path.slice(0, slash);
    if (parents.has(parent)) return;
    parents.add(parent);
  }
}
