// A dataset's file list, read to its end; the reason why it cannot be used comes last in it.
import type { DatasetEntry, PermanentRefusal, SciCat } from '../../../transfer-service/types.ts';

export async function listOf(
  scicat: SciCat,
  pid: string,
): Promise<readonly (DatasetEntry | PermanentRefusal)[] | undefined> {
  const parts = await scicat.fetchFiles(pid);
  return parts === undefined ? undefined : (await Array.fromAsync(parts)).flat();
}
