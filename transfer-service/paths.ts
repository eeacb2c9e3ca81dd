// Where a dataset's files are read and written: the facilities' path templates, filled in, and the refusal of
// whatever could lead elsewhere. `collectionRootPath`, `sourceFolder` and the file list are claims of people; what
// comes out of here is what the service account does with its own rights. Pure.
import { type FileRefusal, type Folders, listedFiles, readFileList, wholeFolder } from './listed-files.ts';
import {
  liesWithin,
  type PathProblem,
  problemOf,
  problemOfAbsolutePath,
  problemOfText,
  withoutEmptyParts,
  withoutFinalSlash,
} from './path-text.ts';
import { renderTemplate, variablesOf } from './templates.ts';
import type {
  Dataset,
  Facility,
  PathVariable,
  RequestedFile,
  Side,
  Slices,
  Template,
  TransferItem,
} from './types.ts';

export type PathQuestion = {
  readonly source: Facility;
  readonly destination: Facility;
  readonly dataset: Pick<Dataset, 'pid' | 'ownerGroup' | 'sourceFolder'>;
  readonly username: string;
  readonly collectionRootPath: string;
  /** `undefined`: the whole source folder. */
  readonly files: readonly RequestedFile[] | undefined;
};

export type ResolvedPaths = Folders & {
  readonly kind: 'resolved';
  /** To be gone through once. */
  readonly items: Iterable<TransferItem>;
  /** Of a list, without folders and links; a whole folder's is not known yet. */
  readonly fileCount?: number;
};

export type PathRefusal = FileRefusal | FolderRefusal;

export type FolderRefusal = { readonly kind: 'refused' } & (
  | { readonly reason: 'pid_invalid'; readonly problem: PathProblem }
  | { readonly reason: 'collection_root_invalid'; readonly problem: PathProblem }
  /** Not one of the source facility's `collectionRoots`. */
  | { readonly reason: 'collection_root_not_allowed'; readonly facility: string }
  | { readonly reason: 'source_folder_invalid'; readonly problem: PathProblem }
  | { readonly reason: 'source_folder_outside_collection_root' }
  /** A template uses a variable whose value cannot stand in a path: a username with a slash. */
  | { readonly reason: 'variable_invalid'; readonly variable: PathVariable; readonly problem: PathProblem }
  | { readonly reason: 'resolved_path_invalid'; readonly side: Side; readonly problem: PathProblem }
  /** Outside the facility's `sourceWithin` or `destinationWithin`. */
  | { readonly reason: 'path_outside_bounds'; readonly side: Side; readonly facility: string }
  /** Both ends are in one collection, and one folder is the other or lies in it. */
  | { readonly reason: 'source_and_destination_overlap' }
);

export const pathVariables: readonly PathVariable[] = [
  'Pid',
  'PidPrefix',
  'PidShort',
  'PidEncoded',
  'SourceFolder',
  'RelativeSourceFolder',
  'DatasetFolder',
  'Username',
  'OwnerGroup',
];

/** The folders and items of a transfer, or the first reason not to move anything. */
export function* resolvePaths(question: PathQuestion): Slices<ResolvedPaths | PathRefusal> {
  const resolved = resolveFolders(question);
  if (resolved.kind === 'refused') return resolved;
  const { folders } = resolved;
  const { files } = question;
  if (files === undefined) return { kind: 'resolved', ...folders, items: [wholeFolder(folders)] };
  const list = yield* readFileList(files, question);
  if (list.kind === 'refused') return list;
  return {
    kind: 'resolved',
    ...folders,
    // Where a folder becomes free on the way, they are gone through once more.
    items: { [Symbol.iterator]: () => listedFiles(list, folders) },
    fileCount: list.fileCount,
  };
}

export function resolveFolders(
  question: Omit<PathQuestion, 'files'>,
): { readonly kind: 'resolved'; readonly folders: Folders } | FolderRefusal {
  const values = readVariables(question);
  if ('kind' in values) return values;
  const source = resolveFolder({ side: 'source', facility: question.source, values });
  if (source.kind === 'refused') return source;
  const destination = resolveFolder({ side: 'destination', facility: question.destination, values });
  if (destination.kind === 'refused') return destination;
  const folders = { sourceFolder: source.folder, destinationFolder: destination.folder };
  if (sameCollection(question) && overlap(folders)) {
    return { kind: 'refused', reason: 'source_and_destination_overlap' };
  }
  return { kind: 'resolved', folders };
}

type Values = Readonly<Record<PathVariable, string>>;

function readVariables(question: Omit<PathQuestion, 'files'>): Values | FolderRefusal {
  const { dataset, collectionRootPath, username } = question;
  const pidProblem = problemOf(dataset.pid, 'relative');
  if (pidProblem !== undefined) return { kind: 'refused', reason: 'pid_invalid', problem: pidProblem };
  // Clients and datasets of the SciCat Globus Proxy were free to write `/data//p1/./x/`.
  const root = withoutEmptyParts(collectionRootPath);
  const rootProblem = problemOfAbsolutePath(root);
  if (rootProblem !== undefined) {
    return { kind: 'refused', reason: 'collection_root_invalid', problem: rootProblem };
  }
  if (!isAllowedRoot(root, question.source)) {
    return { kind: 'refused', reason: 'collection_root_not_allowed', facility: question.source.name };
  }
  const folder = withoutEmptyParts(dataset.sourceFolder);
  const folderProblem = problemOf(folder, 'absolute');
  if (folderProblem !== undefined) {
    return { kind: 'refused', reason: 'source_folder_invalid', problem: folderProblem };
  }
  // The root itself is not below the root: it would be the whole collection.
  if (folder === root || !liesWithin({ path: folder, bound: root })) {
    return { kind: 'refused', reason: 'source_folder_outside_collection_root' };
  }
  return {
    ...variablesOfPid(dataset.pid),
    SourceFolder: folder,
    RelativeSourceFolder: folder.slice(root === '/' ? 1 : root.length + 1),
    DatasetFolder: lastPart(folder),
    Username: username,
    OwnerGroup: dataset.ownerGroup,
  };
}

function isAllowedRoot(root: string, source: Facility): boolean {
  return source.collectionRoots?.map(withoutFinalSlash).includes(root) ?? true;
}

function variablesOfPid(pid: string) {
  const slash = pid.lastIndexOf('/');
  return {
    Pid: pid,
    PidPrefix: pid.slice(0, Math.max(slash, 0)),
    PidShort: pid.slice(slash + 1),
    PidEncoded: escapeAsGo(pid),
  };
}

/** Go's url.PathEscape: existing destinations are named by it. */
function escapeAsGo(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!*'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%(?:24|26|2B|3A|3D|40)/g, (escaped) => decodeURIComponent(escaped));
}

type Folder = { readonly kind: 'folder'; readonly folder: string };

function resolveFolder(question: { side: Side; facility: Facility; values: Values }): Folder | FolderRefusal {
  const { side, facility } = question;
  const ofSide = {
    source: { path: facility.sourcePath, within: facility.sourceWithin },
    destination: { path: facility.destinationPath, within: facility.destinationWithin },
  }[side];
  const resolved = fillIn(ofSide.path, question);
  if (resolved.kind === 'refused') return resolved;
  if (resolved.folder === '/') {
    return { kind: 'refused', reason: 'resolved_path_invalid', side, problem: 'empty' };
  }
  if (ofSide.within === undefined) return resolved;
  const bound = fillIn(ofSide.within, question);
  if (bound.kind === 'refused') return bound;
  if (liesWithin({ path: resolved.folder, bound: bound.folder })) return resolved;
  return { kind: 'refused', reason: 'path_outside_bounds', side, facility: facility.name };
}

/** The template's absolute path. Slashes that meet where two parts are joined (`/archive/{{ .SourceFolder }}`) are one. */
function fillIn(
  template: Template<PathVariable>,
  { side, values }: { side: Side; values: Values },
): Folder | FolderRefusal {
  for (const variable of variablesOf(template)) {
    const problem = problemOfVariable(variable, values[variable]);
    if (problem !== undefined) return { kind: 'refused', reason: 'variable_invalid', variable, problem };
  }
  const text = renderTemplate(template, values).replace(/\/{2,}/g, '/');
  // Globus reads `~/x` as `/~/x`, a home folder: only the template's own text may say so, never a value.
  const sayHome = template[0]?.kind === 'text' && /^\/?~/.test(template[0].text);
  const path = sayHome && text.startsWith('~') ? `/${text}` : text;
  const problem = !sayHome && /^\/?~/.test(path) ? 'leading_tilde' : problemOfAbsolutePath(path);
  if (problem !== undefined) return { kind: 'refused', reason: 'resolved_path_invalid', side, problem };
  return { kind: 'folder', folder: withoutFinalSlash(path) };
}

/** Variables that stand for one part of a path: a slash in one would choose another folder. */
const singleParts: ReadonlySet<PathVariable> = new Set([
  'PidShort',
  'PidEncoded',
  'DatasetFolder',
  'Username',
  'OwnerGroup',
]);

function problemOfVariable(variable: PathVariable, value: string): PathProblem | undefined {
  if (singleParts.has(variable) && /[/\\]/.test(value)) return 'slash';
  return value === '' ? 'empty' : problemOfText(value, value.replace(/^\//, ''));
}

function sameCollection({ source, destination }: Pick<PathQuestion, 'source' | 'destination'>): boolean {
  return source.collection.toLowerCase() === destination.collection.toLowerCase();
}

function overlap({ sourceFolder, destinationFolder }: Folders): boolean {
  return (
    liesWithin({ path: sourceFolder, bound: destinationFolder }) ||
    liesWithin({ path: destinationFolder, bound: sourceFolder })
  );
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
