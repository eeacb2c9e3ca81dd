// READ FIRST. A transfer from the request to the end of this service's part in it: authorise -> record -> submit ->
// follow -> finish. The first two are here, the others are the engine's, which goes from what was recorded. All I/O
// arrives as arguments.

import {
  beginWhereFree,
  type DestinationParts,
  type DestinationRefusal,
  shownToCaller,
} from './destinations.ts';
import type { Authorised, Transfer } from './engine/types.ts';
import {
  authorizeDataset,
  authorizeFacilities,
  type DatasetRefusal,
  type FacilityRefusal,
} from './facilities.ts';
import { inSlices } from './in-slices.ts';
import { type PathRefusal, resolvePaths } from './paths.ts';
import type { Accepted, DestinationUsed, NewTransfer } from './store/accept.ts';
import type { OfFacilities, Retried, RetryWish } from './store/retry.ts';
import type { Caller, Dataset, Facility, TransferRequest } from './types.ts';

export type TransferParts = DestinationParts & {
  readonly facilities: ReadonlyMap<string, Facility>;
  /** Realms whose user and group names are SciCat's. */
  readonly realms: ReadonlySet<string>;
  readonly accept: (transfer: NewTransfer) => Promise<Accepted>;
  /** Until the transfer has a SciCat job, or has ended without one. */
  readonly awaitJob: (transferId: string) => Promise<Transfer>;
  readonly retry: (wish: RetryWish) => Promise<Retried>;
  /** Whether its list names links. */
  readonly hasLinks: (transferId: string) => Promise<boolean>;
  /** A folder of which SciCat knows more files is handed over as SciCat's list. */
  readonly listFoldersAbove: number;
  readonly newId: () => string;
};

export type TransferRefusal =
  | FacilityRefusal
  | DatasetRefusal
  | PathRefusal
  | { readonly kind: 'refused'; readonly reason: 'dataset_not_found'; readonly pid: string }
  /** SciCat's document of the dataset is at fault. */
  | {
      readonly kind: 'refused';
      readonly reason: 'dataset_unusable';
      readonly pid: string;
      readonly problem: string;
    }
  /** Files of another dataset are in the destination folder, or on their way there. */
  | DestinationRefusal
  | { readonly kind: 'refused'; readonly reason: 'queue_full' | 'user_queue_full' }
  /** `problem`: SciCat's. */
  | { readonly kind: 'refused'; readonly reason: 'job_refused'; readonly problem: string };

export type TransferOutcome = { readonly kind: 'requested'; readonly jobId: string } | TransferRefusal;

/**
 * Stores what the caller may have moved, and answers the SciCat job that tells how it goes. It waits for no other
 * transfer and not for Globus.
 * @throws Unavailable when SciCat is down; what was recorded by then goes on by itself, and asking again finds it.
 */
export async function requestTransfer(
  parts: TransferParts,
  caller: Caller,
  request: TransferRequest,
): Promise<TransferOutcome> {
  const authorised = await authorise(parts, caller, request);
  if (authorised.kind === 'refused') return authorised;
  const id = parts.newId();
  const accept = () => parts.accept({ ...authorised.transfer, id });
  const accepted = await beginWhereFree(parts, caller.subject, accept);
  if (accepted.kind === 'refused') return shownToCaller(accepted, caller, parts.realms);
  const transfer = await parts.awaitJob(accepted.kind === 'repeated' ? accepted.id : id);
  if (transfer.job.id !== undefined) return { kind: 'requested', jobId: transfer.job.id };
  return { kind: 'refused', reason: 'job_refused', problem: transfer.message ?? 'no reason given' };
}

export type RetryRefusal =
  | Exclude<Extract<Retried, { readonly kind: 'refused' }>, DestinationUsed>
  | TransferRefusal;

export type RetryOutcome = { readonly kind: 'retried'; readonly transfer: Transfer } | RetryRefusal;

/**
 * Begins a new attempt at what was authorised once, if the same would be authorised today. Asked again for the same
 * attempt it answers how that stands.
 * @throws Unavailable as `requestTransfer` does.
 */
export async function requestRetry(
  parts: TransferParts,
  caller: Caller,
  { transfer, attempt }: { readonly transfer: Transfer; readonly attempt: number | undefined },
): Promise<RetryOutcome> {
  const again = await authoriseAgain(parts, caller, transfer);
  if (again.kind === 'refused') return again;
  const { ofFacilities } = again;
  const { subject } = caller;
  const retry = () => parts.retry({ id: transfer.id, attempt, subject, ...ofFacilities });
  const retried = await beginWhereFree(parts, subject, retry);
  if (retried.kind === 'refused') return shownToCaller(retried, caller, parts.realms);
  return { kind: 'retried', transfer: await parts.awaitJob(transfer.id) };
}

async function authoriseAgain(
  parts: TransferParts,
  caller: Caller,
  { id, authorised }: Transfer,
): Promise<{ readonly kind: 'same'; readonly ofFacilities: OfFacilities } | RetryRefusal> {
  const { username, sourceFacility, destinationFacility, pid, autoArchive } = authorised;
  const { collectionRootPath = '' } = authorised;
  const request = {
    sourceFacility,
    destinationFacility,
    pid,
    collectionRootPath,
    autoArchive,
    files: undefined,
  };
  // The paths are those of who asked first, the rights those of who asks now.
  const today = await authorise(parts, { ...caller, username }, request);
  if (today.kind === 'refused') return today;
  const now = today.transfer.authorised;
  const isSame =
    boundaries.every((key) => now[key] === authorised[key]) &&
    (today.maySendLinks || !(await parts.hasLinks(id)));
  const { scopes, sourceLocalUser, destinationLocalUser } = now;
  if (isSame) return { kind: 'same', ofFacilities: { scopes, sourceLocalUser, destinationLocalUser } };
  return { kind: 'refused', reason: 'retry_not_possible', problem: changed };
}

/** What a changed file or dataset would make another transfer. */
const boundaries = [
  'ownerGroup',
  'datasetFolder',
  'sourceCollection',
  'destinationCollection',
  'sourceFolder',
  'destinationFolder',
] as const;

const changed =
  'the dataset, or the configuration of its facilities, has changed since; ask for the transfer anew';

type Authorisation =
  | {
      readonly kind: 'authorised';
      readonly transfer: Omit<NewTransfer, 'id'>;
      readonly maySendLinks: boolean;
    }
  | TransferRefusal;

async function authorise(
  parts: TransferParts,
  caller: Caller,
  request: TransferRequest,
): Promise<Authorisation> {
  const between = authorizeFacilities({ ...parts, ...request, caller });
  if (between.kind === 'refused') return between;
  const dataset = await parts.fetchDataset(request.pid);
  if (dataset === undefined) return { kind: 'refused', reason: 'dataset_not_found', pid: request.pid };
  if ('problem' in dataset)
    return { kind: 'refused', reason: 'dataset_unusable', pid: request.pid, ...dataset };
  const mayMove = authorizeDataset({ caller, dataset, realms: parts.realms });
  if (mayMove.kind === 'refused') return mayMove;
  const { source, destination } = between;
  const { collectionRootPath, files } = request;
  const { username } = caller;
  const asked = { source, destination, dataset, username, collectionRootPath, files };
  const paths = await inSlices(resolvePaths(asked));
  if (paths.kind === 'refused') return paths;
  const authorised: Authorised = {
    ...whoAndWhat(caller, dataset),
    collectionRootPath,
    ...betweenCollections(source, destination),
    sourceFolder: paths.sourceFolder,
    destinationFolder: paths.destinationFolder,
    autoArchive: request.autoArchive,
    isWholeFolder: files === undefined,
  };
  const isLarge = files === undefined && dataset.numberOfFiles > parts.listFoldersAbove;
  return {
    kind: 'authorised',
    maySendLinks: source.allowSymlinks && destination.allowSymlinks,
    transfer: {
      ...{ authorised, files },
      ...(isLarge ? { items: [], isListed: true } : { items: paths.items }),
      ...totals(dataset, { listed: files?.length, fileCount: paths.fileCount }),
    },
  };
}

function whoAndWhat(caller: Caller, dataset: Dataset) {
  return {
    pid: dataset.pid,
    ownerGroup: dataset.ownerGroup,
    datasetFolder: dataset.sourceFolder,
    subject: caller.subject,
    username: caller.username,
    email: caller.email ?? dataset.contactEmail,
  };
}

function betweenCollections(source: Facility, destination: Facility) {
  return {
    sourceFacility: source.name,
    destinationFacility: destination.name,
    sourceCollection: source.collection,
    // Two spellings of one collection would be two destinations.
    destinationCollection: destination.collection.toLowerCase(),
    ...asFacilities(source, destination),
  };
}

/** What the facilities' entries say today, at a retry too. */
function asFacilities(source: Facility, destination: Facility): OfFacilities {
  return {
    scopes: [...new Set([...source.scopes, ...destination.scopes])],
    sourceLocalUser: source.localUser,
    destinationLocalUser: destination.localUser,
  };
}

/**
 * What is moved in the end only Globus knows; until then, what SciCat says of the dataset.
 * @param listed entries of the request's list, folders and links included, as SciCat's number includes them.
 */
function totals(
  dataset: Dataset,
  { listed, fileCount }: { readonly listed: number | undefined; readonly fileCount: number | undefined },
) {
  const isAll = listed === undefined || listed >= dataset.numberOfFiles;
  return { filesTotal: fileCount ?? dataset.numberOfFiles, bytesTotal: isAll ? dataset.sizeBytes : 0 };
}
