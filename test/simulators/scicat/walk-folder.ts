// Lists a real folder as scicat-cli does: every entry of a walk in lexical order, folders and links included, with what
// `lstat` says of it and the permissions as Go writes them (https://pkg.go.dev/io/fs#FileMode.String).
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScicatFile } from './types.ts';

/** @returns entries whose paths are relative to the folder; the folder itself is not one of them. */
export async function walkFolder(folder: string, below = ''): Promise<readonly ScicatFile[]> {
  const entries: ScicatFile[] = [];
  // Go sorts by bytes.
  const names = (await readdir(join(folder, below), { encoding: 'buffer' })).toSorted(Buffer.compare);
  for (const name of names) {
    const path = join(below, name.toString('utf8'));
    const stats = await lstat(join(folder, path));
    entries.push(entryOf(path, stats));
    if (stats.isDirectory()) entries.push(...(await walkFolder(folder, path)));
  }
  return entries;
}

function entryOf(path: string, stats: Stats): ScicatFile {
  return {
    path,
    size: stats.size,
    time: stats.mtime.toISOString(),
    chk: '',
    uid: String(stats.uid),
    gid: String(stats.gid),
    perm: permissionsOf(stats),
  };
}

function permissionsOf(stats: Stats): string {
  const kind = stats.isDirectory() ? 'd' : stats.isSymbolicLink() ? 'L' : '-';
  const bits = [...'rwxrwxrwx'].map((letter, index) => (stats.mode & (0o400 >> index) ? letter : '-'));
  return `${kind}${bits.join('')}`;
}
