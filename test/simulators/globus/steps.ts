// The steps of a task: what is asked for is looked at, folders are walked, files are copied. Each step may bring more.
import { mkdir, readdir, readlink, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkDestination, localPath, PathTrouble, resolveSource } from './collections.ts';
import { copyFile, isUpToDate } from './copy-file.ts';
import type { SubmittedItem } from './submission.ts';
import { addEvent, type Task, type Trouble } from './task.ts';
import type { GlobusCollection } from './types.ts';

/** The paths of the collections. */
export type Paths = { readonly source: string; readonly destination: string };

export type Step =
  | { readonly kind: 'item'; readonly item: SubmittedItem; readonly paths: Paths }
  | { readonly kind: 'folder'; readonly paths: Paths }
  | { readonly kind: 'file'; readonly paths: Paths };

export type Journey = {
  readonly task: Task;
  readonly source: GlobusCollection;
  readonly destination: GlobusCollection;
  readonly bytesPerSecond: () => number;
  readonly isSkipped: (path: string) => boolean;
  readonly spoiledBy: (path: string) => Trouble | undefined;
  readonly ready: () => Promise<void>;
  /** Called when a file has arrived. */
  readonly onProgress: () => void;
  readonly now: () => number;
};

/** More would be nobody's to read: a list of events ends at 1000. */
const maxEvents = 1000;

export function firstSteps({ submission }: Task): readonly Step[] {
  return submission.DATA.map((item) => ({
    kind: 'item',
    item,
    paths: { source: item.source_path, destination: item.destination_path },
  }));
}

/**
 * @returns the steps that follow from it, to be taken before the others
 * @throws PathTrouble or an error of the disk, for this path only
 */
export async function takeStep(journey: Journey, step: Step): Promise<readonly Step[]> {
  switch (step.kind) {
    case 'item':
      return takeItem(journey, step);
    case 'folder':
      return walkFolder(journey, step.paths);
    case 'file':
      await moveFile(journey, step.paths);
      return [];
  }
}

async function takeItem(
  journey: Journey,
  { item, paths }: Extract<Step, { kind: 'item' }>,
): Promise<readonly Step[]> {
  if (item.DATA_TYPE === 'transfer_symlink_item') {
    await copyLink(journey, paths);
    return [];
  }
  // An item that is a link is followed, whatever was declared; out of the collection it is not.
  const entry = await stat(await resolveSource(journey.source, localPath(journey.source, paths.source)));
  const isFolder = entry.isDirectory();
  if (item.recursive === true && !isFolder) throw notA('directory');
  if (item.recursive === false && isFolder) throw notA('file');
  return isFolder ? [{ kind: 'folder', paths }] : [foundFile(journey, paths)];
}

const notA = (what: 'directory' | 'file'): PathTrouble =>
  new PathTrouble({ code: `NOT_A_${what.toUpperCase()}`, description: `not a ${what}` });

/** Its files come before its folders, so that the number of files grows while they are copied. */
async function walkFolder(journey: Journey, paths: Paths): Promise<readonly Step[]> {
  const { task, source, destination } = journey;
  const entries = await readdir(await resolveSource(source, localPath(source, paths.source)), {
    withFileTypes: true,
  });
  const target = localPath(destination, paths.destination);
  await checkDestination(destination, target);
  await mkdir(target, { recursive: true });
  task.directories += 1;
  const [files, folders]: [Step[], Step[]] = [[], []];
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const below = {
      source: join(paths.source, entry.name),
      destination: join(paths.destination, entry.name),
    };
    if (entry.isDirectory()) folders.push({ kind: 'folder', paths: below });
    else if (entry.isFile()) files.push(foundFile(journey, below));
    else if (entry.isSymbolicLink()) files.push(...(await meetLink(journey, below)));
  }
  return [...files, ...folders];
}

async function meetLink(journey: Journey, paths: Paths): Promise<readonly Step[]> {
  const handling = journey.task.submission.recursive_symlinks ?? 'ignore';
  if (handling === 'ignore') return [];
  if (handling === 'copy') {
    const item = {
      DATA_TYPE: 'transfer_item',
      source_path: paths.source,
      destination_path: paths.destination,
    };
    return [{ kind: 'item', item: { ...item, DATA_TYPE: 'transfer_item' }, paths }];
  }
  await copyLink(journey, paths);
  return [];
}

/** The link itself, wherever it leads. */
async function copyLink({ task, source, destination }: Journey, paths: Paths): Promise<void> {
  const local = localPath(source, paths.source);
  await resolveSource(source, dirname(local));
  const leadsTo = await readlink(local).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EINVAL') {
      throw new PathTrouble({ code: 'NOT_A_SYMLINK', description: 'not a symlink' });
    }
    throw error;
  });
  const target = localPath(destination, paths.destination);
  await checkDestination(destination, dirname(target));
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { force: true });
  await symlink(leadsTo, target);
  task.symlinks += 1;
}

function foundFile({ task }: Journey, paths: Paths): Step {
  task.files += 1;
  return { kind: 'file', paths };
}

async function moveFile(journey: Journey, paths: Paths): Promise<void> {
  const { task, bytesPerSecond, ready } = journey;
  const spoiled = journey.spoiledBy(paths.source);
  if (spoiled !== undefined) throw new PathTrouble(spoiled);
  const source = await resolveSource(journey.source, localPath(journey.source, paths.source));
  const destination = localPath(journey.destination, paths.destination);
  await checkDestination(journey.destination, destination);
  const { sync_level, preserve_timestamp } = task.submission;
  if (journey.isSkipped(paths.source) || (await isUpToDate({ source, destination }, sync_level ?? null))) {
    task.filesSkipped += 1;
    return;
  }
  const onBytes = (bytes: number) => {
    task.bytesTransferred += bytes;
  };
  const keepsTime = preserve_timestamp ?? false;
  const { signal } = task.stopping;
  const bytes = await copyFile({ source, destination, keepsTime, signal, bytesPerSecond, onBytes, ready });
  task.filesTransferred += 1;
  journey.onProgress();
  task.transferred.push({ sourcePath: paths.source, destinationPath: paths.destination, bytes });
  if (task.events.length >= maxEvents) return;
  const event = { isError: false, timeMs: journey.now(), description: 'succeeded', details: paths.source };
  addEvent(task, { code: 'SUCCEEDED', ...event });
}
