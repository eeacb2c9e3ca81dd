// Whose files are in a destination folder, or on their way there.
import type { Authorised } from '../engine/types.ts';
import type { Store } from './schema.ts';

/**
 * Another dataset's files are there, or on their way: these would be overwritten. A group may nest its datasets, but
 * has no business in another group's folders, nor around them.
 */
export async function isUsedByAnother(transaction: Store, authorised: Authorised): Promise<boolean> {
  const { destinationFolder: folder, ownerGroup, pid } = authorised;
  const row = await transaction
    .selectFrom('transfers')
    .select('id')
    .where('destination_collection', '=', authorised.destinationCollection)
    .where((where) => {
      const isSame = where.and([where('destination_folder', '=', folder), where('pid', '!=', pid)]);
      const isAround = where('destination_folder', 'in', foldersAround(folder));
      // `0` is what follows the slash.
      const isWithin = where.and([
        where('destination_folder', '>', `${folder}/`),
        where('destination_folder', '<', `${folder}0`),
      ]);
      const ofOthers = where.and([where('owner_group', '!=', ownerGroup), where.or([isAround, isWithin])]);
      return where.or([isSame, ofOthers]);
    })
    .where((where) => where.or([where('ended_at', 'is', null), where('destination_used_at', 'is not', null)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** `/a/b/c` -> `/a`, `/a/b`. */
function foldersAround(folder: string): readonly string[] {
  const parts = folder.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
