// A dataset's file list, read to its end.
import type { DatasetFile, SciCat } from '../../../transfer-service/types.ts';

export async function listOf(scicat: SciCat, pid: string): Promise<readonly DatasetFile[] | undefined> {
  const parts = await scicat.fetchFiles(pid);
  return parts === undefined ? undefined : (await Array.fromAsync(parts)).flat();
}
