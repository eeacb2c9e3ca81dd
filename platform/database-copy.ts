// A copy of an SQLite database, to look into: not a byte of the original changes, also while another process writes there.
import { copyFile, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type DatabaseCopy = {
  readonly path: string;
  remove(): Promise<void>;
};

/**
 * What is not in the file yet is in its `-wal`, and comes into the file at a checkpoint alone (sqlite.org/wal.html): a file
 * that is the same after both were copied is one with them, unless the `-wal` was begun anew while it was copied: half of
 * the former one would take pages back that are in the file. Then its head is another one, with new salts. Opened, even only to be read, the original would get files
 * beside it that belong to whoever looks.
 * @throws Error where it changes all the time.
 */
export async function copySqlite(path: string): Promise<DatabaseCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'beamgate-look-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const copy = join(folder, 'copy.sqlite');
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if (await copyAtRest(path, copy)) return { path: copy, remove };
    }
    throw new Error(`database ${path}: it changes too fast to be looked into; try again later`);
  } catch (error) {
    await remove();
    throw error;
  }
}

const maxAttempts = 10;

/** @returns whether the file was left alone meanwhile, and its `-wal` not begun anew. */
async function copyAtRest(path: string, copy: string): Promise<boolean> {
  const before = await look(path);
  await copyFile(path, copy);
  await rm(`${copy}-wal`, { force: true });
  await copyFile(`${path}-wal`, `${copy}-wal`).catch(unlessThereIsNone);
  return (await look(path)) === before;
}

async function look(path: string): Promise<string> {
  const { mtimeNs, size } = await stat(path, { bigint: true });
  return [mtimeNs, size, await readWalHead(`${path}-wal`)].join();
}

const walHeadBytes = 32;

async function readWalHead(path: string): Promise<string> {
  const file = await open(path).catch(unlessThereIsNone);
  if (file === undefined) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(walHeadBytes), 0, walHeadBytes, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function unlessThereIsNone(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
