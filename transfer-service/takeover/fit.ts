// Whether a task at Globus is what the SciCat Globus Proxy would have asked for a dataset: between two facilities of
// this file, without a label, and with paths that the facilities' templates give for it. Pure.
import { resolveFolders } from '../paths.ts';
import type { Dataset, Facility } from '../types.ts';
import type { OldTask, SeenPath } from './old-tasks.ts';

export type Fit =
  | {
      readonly kind: 'fits';
      readonly source: Facility;
      readonly destination: Facility;
      readonly sourceFolder: string;
      readonly destinationFolder: string;
      /** One that gives these paths: by it the same is authorised anew for a retry. */
      readonly collectionRootPath: string;
      /** Whose request it was, where a template has put it into a path. */
      readonly username: string | undefined;
    }
  | { readonly kind: 'left_out'; readonly reason: Misfit };

export type Misfit =
  | 'task_labelled'
  | 'collections_unknown'
  | 'wrong_direction'
  | 'paths_not_shown'
  | 'paths_differ';

export type FitQuestion = {
  readonly task: OldTask;
  readonly dataset: Dataset;
  readonly seen: readonly SeenPath[];
  readonly facilities: readonly Facility[];
};

export function fitOf({ task, dataset, seen, facilities }: FitQuestion): Fit {
  // The old service gives none; ours begin with `beamgate`, and another's are not to be meddled with.
  if (task.label !== '') return leftOut('task_labelled');
  const at = (collection: string) =>
    facilities.filter((facility) => facility.collection.toLowerCase() === collection);
  const sources = at(task.sourceCollection);
  const destinations = at(task.destinationCollection);
  if (sources.length === 0 || destinations.length === 0) return leftOut('collections_unknown');
  const pairs = sources
    .filter(({ direction }) => direction !== 'DST')
    .flatMap((source) =>
      destinations
        .filter(({ direction }) => direction !== 'SRC')
        .map((destination) => ({ source, destination })),
    );
  if (pairs.length === 0) return leftOut('wrong_direction');
  const [first] = seen;
  if (first === undefined) return leftOut('paths_not_shown');
  for (const pair of pairs) {
    const fit = fitOfPair(pair, { dataset, seen, first });
    if (fit !== undefined) return fit;
  }
  return leftOut('paths_differ');
}

type Pair = { readonly source: Facility; readonly destination: Facility };

/** The root was the caller's word and is written down nowhere, nor is the username: each that could be is tried. */
function fitOfPair(
  pair: Pair,
  { dataset, seen, first }: { dataset: Dataset; seen: readonly SeenPath[]; first: SeenPath },
): Fit | undefined {
  const usernames = [undefined, ...new Set([first.destination, first.source].flatMap(partsOf))];
  for (const collectionRootPath of foldersAbove(dataset.sourceFolder)) {
    for (const username of usernames) {
      const asked = { ...pair, dataset, collectionRootPath, username: username ?? '' };
      const resolved = resolveFolders(asked);
      if (resolved.kind === 'refused') continue;
      const { sourceFolder, destinationFolder } = resolved.folders;
      if (seen.every((path) => isOf(path, { sourceFolder, destinationFolder })))
        return { kind: 'fits', ...pair, collectionRootPath, sourceFolder, destinationFolder, username };
    }
  }
  return undefined;
}

/** The same file below both folders. */
function isOf(
  { source, destination }: SeenPath,
  { sourceFolder, destinationFolder }: { sourceFolder: string; destinationFolder: string },
): boolean {
  if (!source.startsWith(`${sourceFolder}/`) || !destination.startsWith(`${destinationFolder}/`))
    return false;
  const rest = source.slice(sourceFolder.length);
  const hasDotPart = rest.split('/').some((part) => part === '.' || part === '..');
  return !hasDotPart && rest === destination.slice(destinationFolder.length);
}

/** `/data/p1/run7` -> `/data/p1`, `/data`, `/`. */
function foldersAbove(folder: string): readonly string[] {
  const parts = partsOf(folder).slice(0, -1);
  return parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`).concat('/');
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

function leftOut(reason: Misfit): Fit {
  return { kind: 'left_out', reason };
}
