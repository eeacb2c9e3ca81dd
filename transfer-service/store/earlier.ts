// Finds what earlier transfers of a dataset have moved between the same folders, where a new request continues as a retry does.
import type { PastAttempt, Transfer } from '../engine/types.ts';
import type { Store } from './schema.ts';

export type EarlierMove = Pick<PastAttempt, 'filesTransferred' | 'filesSkipped' | 'bytesTransferred'>;

/**
 * @returns the attempts that have moved files, oldest first, of other transfers that have ended. Who asked for them does not
 * matter, since Globus skips only what has the same content.
 */
export async function findEarlierMoves(store: Store, transfer: Transfer): Promise<readonly EarlierMove[]> {
  const others = await findEarlierTransfers(store, transfer);
  const moves = await Promise.all(others.map((id) => movesOf(store, id)));
  return moves.flat().filter(({ filesTransferred }) => filesTransferred > 0);
}

/** Whether files of the dataset may be at the destination: these are compared by their content. */
export async function hasEarlierTransfer(store: Store, transfer: Transfer): Promise<boolean> {
  return (await findEarlierTransfers(store, transfer)).length > 0;
}

async function findEarlierTransfers(store: Store, transfer: Transfer): Promise<readonly string[]> {
  const { pid, destinationFolder, destinationCollection, sourceCollection, sourceFolder } =
    transfer.authorised;
  const rows = await store
    .selectFrom('transfers')
    .select('id')
    .where('destination_collection', '=', destinationCollection)
    .where('destination_folder', '=', destinationFolder)
    .where('source_collection', '=', sourceCollection)
    .where('source_folder', '=', sourceFolder)
    .where('pid', '=', pid)
    .where('id', '!=', transfer.id)
    .where('ended_at', 'is not', null)
    .orderBy('ended_at')
    .execute();
  return rows.map(({ id }) => id);
}

/** Its past attempts, then what its last one did: tasks that an earlier attempt had finished are not its own. */
async function movesOf(store: Store, id: string): Promise<readonly EarlierMove[]> {
  const past = await store
    .selectFrom('attempts')
    .select(['files_transferred', 'files_skipped', 'bytes_transferred'])
    .where('transfer_id', '=', id)
    .orderBy('attempt')
    .execute();
  const tasks = await store
    .selectFrom('tasks')
    .innerJoin('transfers', 'transfers.id', 'tasks.transfer_id')
    .select(['tasks.files_transferred', 'tasks.files_skipped', 'tasks.bytes_transferred'])
    .where('tasks.transfer_id', '=', id)
    .whereRef('tasks.attempt', '=', 'transfers.attempt')
    .execute();
  return [...past.map(moveOf), sumOf(tasks.map(moveOf))];
}

type Counts = {
  readonly files_transferred: number;
  readonly files_skipped: number;
  readonly bytes_transferred: number;
};

function moveOf(row: Counts): EarlierMove {
  return {
    filesTransferred: row.files_transferred,
    filesSkipped: row.files_skipped,
    bytesTransferred: row.bytes_transferred,
  };
}

function sumOf(moves: readonly EarlierMove[]): EarlierMove {
  const sum = (key: keyof EarlierMove) => moves.reduce((total, move) => total + move[key], 0);
  return {
    filesTransferred: sum('filesTransferred'),
    filesSkipped: sum('filesSkipped'),
    bytesTransferred: sum('bytesTransferred'),
  };
}
