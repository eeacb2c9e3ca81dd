// Turns Globus's report of a task in trouble into what is stored: which end of the transfer, which of its files. Pure.
import type { PauseInfo, TaskError } from '../globus/task-report.ts';
import type { Side } from '../types.ts';
import type { Authorised, TaskTrouble } from './types.ts';

type Ends = Pick<
  Authorised,
  'sourceCollection' | 'destinationCollection' | 'sourceFolder' | 'destinationFolder'
>;

/**
 * @param code what the task itself says; other errors are those of another moment.
 * @param errors newest first.
 */
export function errorTrouble(
  { code, description }: { readonly code: string; readonly description: string },
  errors: readonly TaskError[],
  ends: Ends,
): TaskTrouble {
  const alike = errors.filter((error) => error.code.toUpperCase() === code.toUpperCase());
  const [latest] = alike;
  const side = latest === undefined ? undefined : sideOf(latest, ends);
  const paths = alike.flatMap((error) => (sideOf(error, ends) === side ? (error.path ?? []) : []));
  const distinct = [...new Set(paths)].map((path) => oneLine(path, longestPath));
  return {
    kind: 'error',
    code: oneLine(code, 60),
    description: oneLine(latest?.description || description, longestText),
    side,
    paths: distinct.length > namedAtMost ? [...distinct.slice(0, namedAtMost), 'others'] : distinct,
  };
}

export function pauseTrouble({ message, side, collection }: PauseInfo, ends: Ends): TaskTrouble {
  const known = side ?? (collection === undefined ? undefined : sideOfCollection(collection, ends));
  return { kind: 'pause', message: oneLine(message, longestText), side: known };
}

const namedAtMost = 3;
const longestPath = 300;
const longestText = 500;

/** By the collection; where both ends have the same, by what was done there, or by the folder. */
function sideOf({ collection, path, isWrite }: TaskError, ends: Ends): Side | undefined {
  const named = collection === undefined ? undefined : sideOfCollection(collection, ends);
  if (named !== undefined) return named;
  if (isWrite !== undefined) return isWrite ? 'destination' : 'source';
  const below = (['source', 'destination'] as const).filter((side) => isBelow(path, folderAt(side, ends)));
  return below.length === 1 ? below[0] : undefined;
}

function sideOfCollection(collection: string, { sourceCollection, destinationCollection }: Ends) {
  const isSource = collection.toLowerCase() === sourceCollection.toLowerCase();
  const isDestination = collection.toLowerCase() === destinationCollection.toLowerCase();
  if (isSource === isDestination) return undefined;
  return isSource ? 'source' : 'destination';
}

function folderAt(side: Side, { sourceFolder, destinationFolder }: Ends): string {
  return side === 'source' ? sourceFolder : destinationFolder;
}

function isBelow(path: string | undefined, folder: string): boolean {
  return path !== undefined && (path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`));
}

/** Others have written it, and it is shown in messages and logs. */
function oneLine(text: string, atMost: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > atMost ? `${line.slice(0, atMost - 1)}…` : line;
}
