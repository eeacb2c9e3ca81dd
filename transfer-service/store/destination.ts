// Whose files are in a destination folder, or on their way there.
import type { ExpressionBuilder } from 'kysely';
import type { Authorised } from '../engine/types.ts';
import { appendEvent } from './events.ts';
import type { Schema, Store, TransferRow } from './schema.ts';

/** The transfer whose files are in the way. */
export type UsedBy = {
  readonly id: string;
  readonly pid: string;
  readonly ownerGroup: string;
  readonly ownerSubject: string;
  readonly jobId: string | undefined;
  readonly facility: string;
  readonly folder: string;
  readonly hasEnded: boolean;
};

/**
 * @returns a transfer of another dataset whose files are there, or on their way: these would be overwritten. A group may
 * nest its datasets, but has no business in another group's folders, nor around them.
 */
export async function findOtherUser(transaction: Store, authorised: Authorised): Promise<UsedBy | undefined> {
  const { destinationFolder: folder, destinationCollection, ownerGroup, pid } = authorised;
  const used = usedFolders(transaction).where('destination_collection', '=', destinationCollection);
  const ofOthers = used.where('owner_group', '!=', ownerGroup);
  // One after the other, each by the index of the folders: joined by `or` they would go through the whole collection.
  const conflicts = [
    used.where('destination_folder', '=', folder).where('pid', '!=', pid),
    ...foldersAround(folder).map((around) => ofOthers.where('destination_folder', '=', around)),
    // `0` is what follows the slash.
    ofOthers.where('destination_folder', '>', `${folder}/`).where('destination_folder', '<', `${folder}0`),
  ];
  for (const conflict of conflicts) {
    const row = await conflict.limit(1).executeTakeFirst();
    if (row !== undefined) return readUsedBy(row);
  }
  return undefined;
}

export type DestinationQuestion = {
  readonly pid: string | undefined;
  /** The folder itself; undefined: any. */
  readonly folder: string | undefined;
};

/** @returns transfers that keep other datasets from a folder: of a dataset, or of a folder. */
export async function findUsedDestinations(
  store: Store,
  { pid, folder }: DestinationQuestion,
): Promise<readonly UsedBy[]> {
  const used = usedFolders(store).orderBy('created_at');
  const ofPid = pid === undefined ? used : used.where('pid', '=', pid);
  const found = folder === undefined ? ofPid : ofPid.where('destination_folder', '=', folder);
  return (await found.execute()).map(readUsedBy);
}

export type Release = { readonly id: string; readonly why: 'dataset_gone' | 'operator'; readonly by: string };

/** From now on other datasets may use its folder. A transfer that is under way keeps it. */
export async function releaseDestination(
  store: Store,
  { id, why, by }: Release,
  now: number,
): Promise<boolean> {
  return store.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('transfers')
      .set({ destination_used_at: null })
      .where('id', '=', id)
      .where('ended_at', 'is not', null)
      .where('destination_used_at', 'is not', null)
      .returning('state')
      .executeTakeFirst();
    if (row === undefined) return false;
    await appendEvent(transaction, id, {
      at: now,
      kind: 'destination_released',
      state: row.state,
      detail: { why, by },
    });
    return true;
  });
}

/** Whether nobody can say how much one of the tasks of its latest attempt has written. */
export async function hasUncertainTask(
  transaction: Store,
  { id, attempt }: { readonly id: string; readonly attempt: number },
): Promise<boolean> {
  const row = await transaction
    .selectFrom('tasks')
    .select('chunk')
    .where('transfer_id', '=', id)
    .where('attempt', '=', attempt)
    .where(isUncertain)
    .executeTakeFirst();
  return row !== undefined;
}

/** Folders of transfers that are open, and of ended ones that may have written something. */
function usedFolders(transaction: Store) {
  return transaction
    .selectFrom('transfers')
    .select(['id', 'pid', 'owner_group', 'subject', 'job_id', 'ended_at'])
    .select(['destination_facility', 'destination_folder'])
    .where((where) =>
      where.or([
        where('ended_at', 'is', null),
        where.and([
          where('destination_used_at', 'is not', null),
          where.or([where.exists(tasksThatWrote(where)), where.exists(attemptsThatWrote(where))]),
        ]),
      ]),
    );
}

type UsedRow = Pick<
  TransferRow,
  | ('id' | 'pid' | 'owner_group' | 'subject' | 'job_id' | 'ended_at')
  | ('destination_facility' | 'destination_folder')
>;

function readUsedBy(row: UsedRow): UsedBy {
  return {
    ...{ id: row.id, pid: row.pid, ownerGroup: row.owner_group, ownerSubject: row.subject },
    ...{ jobId: row.job_id ?? undefined, hasEnded: row.ended_at !== null },
    ...{ facility: row.destination_facility, folder: row.destination_folder },
  };
}

type OfTransfer = ExpressionBuilder<Schema, 'transfers'>;

function tasksThatWrote({ selectFrom }: OfTransfer) {
  return selectFrom('tasks')
    .select('tasks.transfer_id')
    .whereRef('tasks.transfer_id', '=', 'transfers.id')
    .where((where) =>
      where.or([
        where('tasks.files_transferred', '>', 0),
        where('tasks.bytes_transferred', '>', 0),
        // These were there before, and have this dataset's content.
        where('tasks.files_skipped', '>', 0),
        where('tasks.status', '=', 'succeeded'),
        isUncertain(where),
      ]),
    );
}

/** It was sent, and is not known to have ended; or an earlier task of it has expired, whose counts are not kept. */
function isUncertain(where: ExpressionBuilder<Schema, 'tasks'>) {
  return where.or([
    where.and([
      where.or([where('tasks.attempted_at', 'is not', null), where('tasks.task_id', 'is not', null)]),
      where('tasks.status', 'not in', ['succeeded', 'failed', 'cancelled', 'expired', 'refused']),
    ]),
    where('tasks.resubmissions', '>', 0),
  ]);
}

function attemptsThatWrote({ selectFrom }: OfTransfer) {
  return selectFrom('attempts')
    .select('attempts.transfer_id')
    .whereRef('attempts.transfer_id', '=', 'transfers.id')
    .where((where) =>
      where.or([
        where('attempts.files_transferred', '>', 0),
        where('attempts.bytes_transferred', '>', 0),
        where('attempts.files_skipped', '>', 0),
        // NULL: of a version that did not keep it.
        where('attempts.is_uncertain', 'is', null),
        where('attempts.is_uncertain', '=', 1),
      ]),
    );
}

/** `/a/b/c` -> `/a`, `/a/b`. */
function foldersAround(folder: string): readonly string[] {
  const parts = folder.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
