// Simulators in this process, the transfer-service in another, datasets to move, and a client as patient as the
// Ingestor's user: what was not answered is looked up, then asked for again.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { waitFor } from '../end-to-end/wait-for.ts';
import { type Facility, startFacility } from '../simulators/facility.ts';
import { type ProcessOptions, ServiceProcess } from './service.ts';

export type Wanted = {
  readonly pid: string;
  readonly relativeFolder: string;
  readonly files: readonly { readonly path: string; readonly content: Buffer }[];
  /** Two tasks under one job. */
  readonly isList: boolean;
  /** Its job was to be deleted, and SciCat does so. */
  readonly isJobDeleted?: true;
};

const transferView = z.object({
  transferId: z.string(),
  jobId: z.string().nullable(),
  status: z.enum(['waiting', 'transferring', 'finished', 'failed', 'cancelled']),
  state: z.string(),
  reason: z.string().nullable(),
  message: z.string(),
  archiveJobId: z.string().nullable(),
  pid: z.string(),
});

export type TransferView = z.output<typeof transferView>;

const page = z.object({ total: z.number(), transfers: z.array(transferView) });

export type Site = Awaited<ReturnType<typeof startSite>>;

/** @param prepare where the service keeps its database, and how it is run. */
export async function startSite(prepare: (facility: Facility) => ProcessOptions = () => ({})) {
  const facility = await startFacility({
    fileBytes: 1_000,
    scicat: { groups: { deleteJob: ['admin'] } },
    globus: { requestsPerSecond: Number.POSITIVE_INFINITY, maxRunningTasks: 20, maxPendingTasks: 1000 },
  });
  const service = await ServiceProcess.prepare(facility, prepare(facility));
  const ask = (method: string, path: string, body?: string) =>
    fetch(`${service.url}${path}`, {
      method,
      headers: {
        'X-Auth-Username': 'alice',
        'X-Auth-Realm': 'scicat',
        'X-Auth-Groups': 'p1,FAC-A,FAC-B',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
  const list = async (query: string) => {
    const answer = await ask('GET', `/transfer?${query}`);
    if (!answer.ok) throw new Error(`GET /transfer: ${answer.status}`);
    return page.parse(await answer.json());
  };
  return {
    facility,
    service,
    ask,
    list,
    addDataset: (name: string, options: { readonly isList: boolean }) => addDataset(facility, name, options),
    post: (wanted: Wanted) => ask('POST', `/transfer?${queryOf(facility, wanted)}`, bodyOf(wanted)),
    async stop() {
      await service.kill();
      await facility.stop();
    },
  };
}

/** Asks until it is known by its job. The service may be down at any moment. */
export async function requestPatiently(
  { service, list, post }: Site,
  wanted: Wanted,
  timeoutMs: number,
): Promise<string> {
  let jobId: string | undefined;
  const isKnown = async () => {
    if (!service.isRunning) return false;
    const { transfers } = await list(new URLSearchParams({ scicatPid: wanted.pid }).toString());
    jobId = transfers[0]?.jobId ?? undefined;
    if (jobId === undefined && transfers[0] === undefined) jobId = await jobIdOf(await post(wanted));
    return jobId !== undefined;
  };
  await waitFor(`${wanted.pid} has a job`, () => isKnown().catch(isDown), timeoutMs);
  if (jobId === undefined) throw new Error(`${wanted.pid} has no job`);
  return jobId;
}

/** Killed before its answer. */
export function isDown(error: unknown): false {
  if (error instanceof TypeError || error instanceof SyntaxError) return false;
  throw error;
}

async function jobIdOf(answer: Response): Promise<string | undefined> {
  if (answer.ok) return z.object({ jobId: z.string() }).parse(await answer.json()).jobId;
  if (answer.status === 503) return undefined;
  throw new Error(`POST /transfer: ${answer.status} ${await answer.text()}`);
}

/** Its files are at the source. */
export async function addDataset(
  { scicat, source, collectionRootPath }: Facility,
  name: string,
  { isList }: { readonly isList: boolean },
): Promise<Wanted> {
  const relativeFolder = `p1/${name}`;
  const files = ['a.tif', 'sub/b.tif', 'sub/c d.tif'].map((path) => ({
    path,
    content: Buffer.from(`${name} ${path} `.repeat(20)),
  }));
  for (const { path, content } of files) {
    const file = join(source.folder, relativeFolder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  const pid = scicat.addDataset({
    ...{ ownerGroup: 'p1', owner: 'alice', sourceFolder: `${collectionRootPath}/${relativeFolder}` },
    files: files.map(({ path, content }) => ({ path, size: content.length })),
    isArchivable: false,
  });
  return { pid, relativeFolder, files, isList };
}

function queryOf({ source, destination, collectionRootPath }: Facility, { pid }: Wanted): URLSearchParams {
  return new URLSearchParams({
    sourceFacility: source.name,
    destFacility: destination.name,
    scicatPid: pid,
    collectionRootPath,
    autoArchive: 'true',
  });
}

function bodyOf({ isList, files }: Wanted): string | undefined {
  return isList ? JSON.stringify({ fileList: files.map(({ path }) => ({ path })) }) : undefined;
}
