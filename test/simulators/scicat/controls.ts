// What a test may do to the simulated backend from outside HTTP, and see of it.
import type { Backend } from './backend.ts';
import { buildDataset } from './dataset-document.ts';
import { readDocument } from './datasets.ts';
import { addBlock, buildBlock } from './orig-datablocks.ts';
import { addUser, type JobDocument, type StoredUser } from './store.ts';
import { userClaims } from './tokens.ts';
import type { ScicatDataset, ScicatJob, ScicatSimulator } from './types.ts';

type Controls = Omit<
  ScicatSimulator,
  'url' | 'port' | 'requests' | 'faults' | 'stop' | 'jwtSecret' | 'setDatabase'
>;

/** As large as the backend's own clients make a block. */
const filesPerBlock = 1000;

export function scicatControls(backend: Backend): Controls {
  const { store, tokens } = backend;
  return {
    addUser: (user) => addUser(store, user),
    setGroups: (username, groups) => {
      userNamed(backend, username).groups = groups;
    },
    addDataset: (dataset) => addDataset(backend, dataset),
    changeDataset: (pid, change) => void Object.assign(store.datasets.get(pid) ?? {}, change),
    removeDataset: (pid) => void (store.datasets.delete(pid) && store.blocks.delete(pid)),
    dataset: (pid) => {
      const dataset = store.datasets.get(pid);
      return dataset && readDocument(dataset);
    },
    isArchivable: (pid) => store.datasets.get(pid)?.datasetlifecycle.archivable === true,
    jobs: () => [...store.jobs.values()].map(jobOf),
    job: (id) => {
      const job = store.jobs.get(id);
      return job && jobOf(job);
    },
    removeJob: (id) => void store.jobs.delete(id),
    ageJobs: (byMs) => {
      for (const job of store.jobs.values()) {
        job.createdAt = earlier(job.createdAt, byMs);
        job.updatedAt = earlier(job.updatedAt, byMs);
      }
    },
    tokenFor: (username, { expiresInSeconds = backend.tokenLifetimeSeconds, algorithm = 'HS256' } = {}) =>
      tokens.sign(userClaims(userNamed(backend, username), expiresInSeconds), { algorithm }),
    signToken: (payload) => tokens.sign(payload),
  };
}

function addDataset(backend: Backend, { files, pid, isArchivable = true, ...asked }: ScicatDataset): string {
  const size = files.reduce((bytes, file) => bytes + file.size, 0);
  const folder = asked.sourceFolder.split('/').at(-1);
  const body = {
    ...asked,
    ...(pid === undefined ? {} : { pid }),
    ...{ size, numberOfFiles: files.length, type: 'raw', datasetName: folder },
    contactEmail: asked.contactEmail ?? `${asked.owner ?? 'owner'}@your.site`,
  };
  const dataset = buildDataset({ body, username: 'ingestor', startedAt: backend.startedAt });
  if (!isArchivable)
    Object.assign(dataset.datasetlifecycle, { archivable: false, archiveStatusMessage: 'filesNotReadyYet' });
  backend.store.datasets.set(dataset.pid, dataset);
  for (let at = 0; at < files.length; at += filesPerBlock) {
    const dataFileList = files.slice(at, at + filesPerBlock);
    const blockSize = dataFileList.reduce((bytes, file) => bytes + file.size, 0);
    const block = { dataFileList, size: blockSize, chkAlg: 'sha256', ownerGroup: asked.ownerGroup };
    const built = buildBlock({ body: block, datasetId: dataset.pid, username: 'ingestor' });
    if (built !== undefined) addBlock(backend, built);
  }
  return dataset.pid;
}

function earlier(iso: string, byMs: number): string {
  return new Date(Date.parse(iso) - byMs).toISOString();
}

function jobOf(job: JobDocument): ScicatJob {
  return structuredClone({ ...job, ownerUser: job.ownerUser, ownerGroup: job.ownerGroup });
}

function userNamed({ store }: Backend, username: string): StoredUser {
  const user = store.users.get(username);
  if (user === undefined) throw new Error(`the simulator has no user ${username}`);
  return user;
}
