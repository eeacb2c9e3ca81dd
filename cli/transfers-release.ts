// Releases destination folders: a look works on a copy of the database, the change needs the service stopped.
import {
  findUsedDestinations,
  releaseDestination,
  type UsedBy,
} from '../transfer-service/store/destination.ts';
import { openStore, openStoreCopy } from '../transfer-service/store/open.ts';

export type ReleaseCommand = {
  readonly database: string;
  /** One of the two. */
  readonly of: { readonly pid: string | undefined; readonly folder: string | undefined };
  /** False: only shows what would be released. */
  readonly isDone: boolean;
  /** The operator, for the transfers' history. */
  readonly by: string;
  /** Epoch milliseconds. */
  readonly now: number;
};

/** @throws Error that says what to do where the database cannot be opened: while the service runs, with `isDone`. */
export async function releaseTransfers(command: ReleaseCommand): Promise<readonly string[]> {
  return command.isDone ? release(command) : look(command);
}

async function look({ database, of }: ReleaseCommand): Promise<readonly string[]> {
  const { store, close } = await openStoreCopy(database);
  try {
    const found = await findUsedDestinations(store, of);
    return [
      ...found.map((one) => `${one.hasEnded ? 'would release' : 'under way, keeps'} ${describe(one)}`),
      found.length === 0 ? nothing : 'nothing was changed; stop the service, then --yes does it',
    ];
  } finally {
    await close();
  }
}

async function release({ database, of, by, now }: ReleaseCommand): Promise<readonly string[]> {
  const store = await openStore(database);
  try {
    const lines: string[] = [];
    for (const one of await findUsedDestinations(store, of)) {
      const isReleased = await releaseDestination(store, { id: one.id, why: 'operator', by }, now);
      lines.push(`${isReleased ? 'released' : 'under way, keeps'} ${describe(one)}`);
    }
    return lines.length === 0 ? [nothing] : lines;
  } finally {
    await store.destroy();
  }
}

const nothing = 'no transfer holds such a destination';

function describe({ folder, facility, pid, jobId }: UsedBy): string {
  return `${facility} ${folder}: dataset ${pid}, job ${jobId ?? 'none'}`;
}
