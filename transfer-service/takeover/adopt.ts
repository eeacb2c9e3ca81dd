// `beamgate globus-proxy adopt`: what of the SciCat Globus Proxy's is followed on here. Without `isDone` it only says so.
import { randomUUID } from 'node:crypto';
import { machineClock } from '../../platform/clock.ts';
import { DatabaseInUse } from '../../platform/database.ts';
import { sqlitePath } from '../../platform/database-sqlite.ts';
import type { WebProxies } from '../../platform/web-proxies.ts';
import { clientOptions } from '../client-options.ts';
import type { TransferConfig } from '../config.ts';
import type { Credentials } from '../config-credentials.ts';
import { createSciCat } from '../scicat/client.ts';
import { adoptTransfer, findKnown } from '../store/adopt.ts';
import { openStore, openStoreCopy, type StoreCopy } from '../store/open.ts';
import type { Store } from '../store/schema.ts';
import { fetchOldJobs } from './old-jobs.ts';
import { createOldTasks } from './old-tasks.ts';
import { type Adoptable, planTakeOver, type TakeOver, type TakeOverParts } from './take-over.ts';

export type AdoptOptions = {
  readonly config: TransferConfig;
  readonly credentials: Credentials;
  /** Through which SciCat and Globus are asked. */
  readonly webProxies: WebProxies;
  /** Whether it is done, or only said what would be. */
  readonly isDone: boolean;
  /** `emptyDatabase`, or one that is made where it is not there; a look changes nothing of it. */
  readonly database: string;
};

/** What became of one that could be followed. */
export type Followed = Adoptable & { readonly outcome: 'followed' | 'would_be_followed' | 'still_reported' };

export type Adoption = Omit<TakeOver, 'adoptable'> & {
  readonly followed: readonly Followed[];
  /** Looked into only: an older version wrote the database, and this one has yet to bring it up to date. */
  readonly isOlder: boolean;
};

/** Where nothing is stored yet, and a look is to make nothing. */
export const emptyDatabase = 'sqlite::memory:';

/** @throws Unavailable; Error with what to do where the database cannot be opened; where it is done, also while the service runs. */
export async function adopt({ isDone, database, ...asked }: AdoptOptions): Promise<Adoption> {
  if (!isDone) return look(database, asked);
  const store = await openAlone(database);
  try {
    const { adoptable, ...rest } = await plan(asked, await findKnown(store));
    const followed: Followed[] = [];
    for (const one of adoptable)
      followed.push(one.isStillReported ? { ...one, outcome: 'still_reported' } : await follow(store, one));
    return { ...rest, followed, isOlder: false };
  } finally {
    await store.destroy();
  }
}

type Asked = Omit<AdoptOptions, 'isDone' | 'database'>;

/** The copy is gone before SciCat and Globus are asked: whoever does not wait for them leaves none behind. */
async function look(database: string, asked: Asked): Promise<Adoption> {
  const { store, isOlder, close } = await openToLook(database);
  const known = await findKnown(store).finally(close);
  const { adoptable, ...rest } = await plan(asked, known);
  return { ...rest, isOlder, followed: adoptable.map((one) => ({ ...one, outcome: 'would_be_followed' })) };
}

async function plan({ config, ...asked }: Asked, known: TakeOverParts['known']): Promise<TakeOver> {
  const options = clientOptions(config, { ...asked, onCall: () => {}, clock: machineClock });
  return planTakeOver({
    jobs: await fetchOldJobs(options.scicat),
    tasks: createOldTasks(options.globus),
    fetchDataset: createSciCat(options.scicat).fetchDataset,
    facilities: [...config.facilities.values()],
    known,
    now: Date.now(),
    oldIntervalMs: config.task.pollIntervalSeconds * 1000,
  });
}

async function openToLook(database: string): Promise<StoreCopy> {
  if (database !== emptyDatabase) return openStoreCopy(database);
  const store = await openStore(database);
  return { store, isOlder: false, close: () => store.destroy() };
}

async function openAlone(database: string): Promise<Store> {
  try {
    return await openStore(database);
  } catch (cause) {
    if (!(cause instanceof DatabaseInUse)) throw cause;
    const message = `${sqlitePath(database)} is in use by another process, so nothing was taken over: stop Beamgate (its transfers go on at Globus), run this again, then start Beamgate`;
    throw new Error(message, { cause });
  }
}

async function follow(store: Store, one: Adoptable): Promise<Followed> {
  await adoptTransfer(store, adoptedOf(one), Date.now());
  return { ...one, outcome: 'followed' };
}

/**
 * Whose request it was the old job does not say: the transfer belongs to its ownerGroup. Nor does it say whether it was
 * to be archived, or which files were asked for: it is marked archivable when all of the dataset has arrived, and
 * nothing more; a retry hands the whole folder over, which any member of that group may ask for.
 */
function adoptedOf({ job, task, dataset, fit }: Adoptable) {
  const { source, destination, collectionRootPath, sourceFolder, destinationFolder } = fit;
  return {
    id: randomUUID(),
    jobId: job.jobId,
    taskId: task.taskId,
    submittedAt: task.requestedAt,
    bytesTotal: dataset.sizeBytes,
    filesTotal: dataset.numberOfFiles,
    items: [{ kind: 'folder', sourcePath: sourceFolder, destinationPath: destinationFolder }] as const,
    authorised: {
      pid: dataset.pid,
      ownerGroup: dataset.ownerGroup,
      datasetFolder: dataset.sourceFolder,
      collectionRootPath,
      // Nobody's: every caller's has a colon in it.
      subject: 'adopted',
      username: fit.username ?? job.ownerUser ?? '',
      email: undefined,
      sourceFacility: source.name,
      destinationFacility: destination.name,
      sourceLocalUser: source.localUser,
      destinationLocalUser: destination.localUser,
      sourceCollection: source.collection,
      destinationCollection: destination.collection.toLowerCase(),
      sourceFolder,
      destinationFolder,
      scopes: [...new Set([...source.scopes, ...destination.scopes])],
      autoArchive: false,
      isWholeFolder: true,
    },
  };
}
