// Copies one file at a set speed, counting as it goes, and skips it where the sync level says that it is there already.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';

export type FileCopy = {
  readonly source: string;
  readonly destination: string;
  readonly keepsTime: boolean;
  readonly signal: AbortSignal;
  /** Asked at every chunk; Infinity for as fast as the disk. */
  readonly bytesPerSecond: () => number;
  readonly onBytes: (bytes: number) => void;
  /** Resolves when it may go on: a paused task stops between two chunks. */
  readonly ready: () => Promise<void>;
};

const maxChunkBytes = 1024 * 1024;

/** @returns the number of bytes copied. */
export async function copyFile(copy: FileCopy): Promise<number> {
  await mkdir(dirname(copy.destination), { recursive: true });
  await using source = await open(copy.source, 'r');
  await using destination = await open(copy.destination, 'w');
  const buffer = Buffer.allocUnsafe(maxChunkBytes);
  let copied = 0;
  for (;;) {
    await copy.ready();
    const bytesPerSecond = copy.bytesPerSecond();
    // Some fifty steps a second, so that progress is seen to grow.
    const length = Math.min(maxChunkBytes, Math.max(1, Math.ceil(bytesPerSecond / 50)));
    const { bytesRead } = await source.read(buffer, 0, length);
    if (bytesRead === 0) break;
    if (bytesPerSecond !== Number.POSITIVE_INFINITY) {
      await wait((bytesRead / bytesPerSecond) * 1000, undefined, { signal: copy.signal });
    }
    await destination.write(buffer, 0, bytesRead);
    copied += bytesRead;
    copy.onBytes(bytesRead);
  }
  const { atime, mtime } = await source.stat();
  if (copy.keepsTime) await utimes(copy.destination, atime, mtime);
  return copied;
}

/** Sync levels: 0 exists, 1 size, 2 modification time, 3 checksum; null copies always. */
export async function isUpToDate(
  paths: { readonly source: string; readonly destination: string },
  syncLevel: number | null,
): Promise<boolean> {
  if (syncLevel === null) return false;
  const destination = await stat(paths.destination).catch(() => undefined);
  if (destination === undefined || !destination.isFile()) return false;
  const source = await stat(paths.source);
  if (syncLevel >= 1 && source.size !== destination.size) return false;
  if (syncLevel === 2) return source.mtimeMs <= destination.mtimeMs;
  if (syncLevel === 3) return (await checksum(paths.source)) === (await checksum(paths.destination));
  return true;
}

async function checksum(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
