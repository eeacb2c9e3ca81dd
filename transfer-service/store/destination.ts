// Whose files are in a destination folder, or on their way there.
import type { Authorised } from '../engine/types.ts';
import type { Store } from './schema.ts';

/**
 * Another dataset's files are there, or on their way: these would be overwritten. A group may nest its datasets, but
 * has no business in another group's folders, nor around them.
 */
export async function isUsedByAnother(transaction: Store, authorised: Authorised): Promise<boolean> {
  const { destinationFolder: folder, ownerGroup, pid } = authorised;
  const used = usedFolders(transaction, authorised.destinationCollection);
  const ofOthers = used.where('owner_group', '!=', ownerGroup);
  // One after the other, each by the index of the folders: joined by `or` they would go through the whole collection.
  const conflicts = [
    used.where('destination_folder', '=', folder).where('pid', '!=', pid),
    ...foldersAround(folder).map((around) => ofOthers.where('destination_folder', '=', around)),
    // `0` is what follows the slash.
    ofOthers.where('destination_folder', '>', `${folder}/`).where('destination_folder', '<', `${folder}0`),
  ];
  for (const conflict of conflicts) {
    if ((await conflict.limit(1).executeTakeFirst()) !== undefined) return true;
  }
  return false;
}

function usedFolders(transaction: Store, collection: string) {
  return transaction
    .selectFrom('transfers')
    .select('id')
    .where('destination_collection', '=', collection)
    .where((where) =>
      where.or([where('ended_at', 'is', null), where('destination_used_at', 'is not', null)]),
    );
}

/** `/a/b/c` -> `/a`, `/a/b`. */
function foldersAround(folder: string): readonly string[] {
  const parts = folder.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
