// A path of a collection as a path of this machine, never outside the collection's folder, links followed or not.
import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';
import type { Trouble } from './task.ts';
import type { GlobusCollection } from './types.ts';

/** What keeps a task from going on at one path; it is tried again until the deadline. */
export class PathTrouble extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.description);
    this.trouble = trouble;
  }
}

const permissionDenied = (side: 'source' | 'destination'): PathTrouble =>
  new PathTrouble({ code: 'PERMISSION_DENIED', description: 'permission denied', side });

/** Without a look at the disk. `~` is the root; `..` ends there. */
export function localPath(collection: GlobusCollection, path: string): string {
  const fromRoot = path.replace(/^\/?~(?=\/|$)/, '');
  return join(collection.folder, posix.normalize(`/${fromRoot}`));
}

/**
 * Where a source really is, every link followed.
 * @throws PathTrouble when it leads out of the collection
 */
export async function resolveSource(collection: GlobusCollection, local: string): Promise<string> {
  const real = await realpath(local);
  if (!isWithin(await realpath(collection.folder), real)) throw permissionDenied('source');
  return real;
}

/** @throws PathTrouble when a link on the way leads out of the collection */
export async function checkDestination(collection: GlobusCollection, local: string): Promise<void> {
  const root = await realpath(collection.folder);
  for (let path = local; ; path = dirname(path)) {
    const entry = await lstat(path).catch(() => undefined);
    if (entry === undefined && path !== dirname(path)) continue;
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined || !isWithin(root, real)) throw permissionDenied('destination');
    return;
  }
}

function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

const codes: Readonly<Record<string, Trouble>> = {
  ENOENT: { code: 'FILE_NOT_FOUND', description: 'file not found' },
  ENOTDIR: { code: 'FILE_NOT_FOUND', description: 'file not found' },
  ELOOP: { code: 'FILE_NOT_FOUND', description: 'file not found' },
  EACCES: { code: 'PERMISSION_DENIED', description: 'permission denied' },
  EPERM: { code: 'PERMISSION_DENIED', description: 'permission denied' },
  EISDIR: { code: 'IS_A_DIRECTORY', description: 'is a directory' },
  ENOSPC: { code: 'NO_SPACE_LEFT', description: 'no space left', side: 'destination' },
  EDQUOT: { code: 'QUOTA_EXCEEDED', description: 'disk quota exceeded', side: 'destination' },
};

/** @throws the error itself where it is no trouble with a path */
export function troubleOf(error: unknown, destination: GlobusCollection): Trouble {
  if (error instanceof PathTrouble) return error.trouble;
  const { code, path } = error instanceof Error ? readSystemError(error) : {};
  const trouble = codes[code ?? ''];
  if (trouble === undefined) throw error;
  const side = path !== undefined && isWithin(destination.folder, path) ? 'destination' : 'source';
  return { side, ...trouble };
}

function readSystemError(error: Error): { readonly code?: string; readonly path?: string } {
  return {
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('path' in error && typeof error.path === 'string' ? { path: error.path } : {}),
  };
}
