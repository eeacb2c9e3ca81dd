// Whether every file of a folder is in another one, byte for byte.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @returns the paths that are missing or differ. */
export async function findDifferences(
  source: string,
  destination: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const pairs = await Promise.all(
    paths.map(async (path) => ({
      path,
      source: await digest(join(source, path)),
      destination: await digest(join(destination, path)),
    })),
  );
  return pairs
    .filter((pair) => pair.source === undefined || pair.source !== pair.destination)
    .map(({ path }) => path);
}

async function digest(path: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    return undefined;
  }
}
