// One scene, ready to use: SciCat with its users and datasets, Globus with two facilities' collections, and real files
// below a temporary folder. For the demo and the end-to-end tests.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type GlobusAccount, type GlobusOptions, type GlobusSimulator, startGlobus } from './globus/start.ts';
import { recordedUsers } from './scicat/recorded-users.ts';
import { type ScicatFile, type ScicatOptions, type ScicatSimulator, startScicat } from './scicat/start.ts';
import { walkFolder } from './scicat/walk-folder.ts';

export type FacilitySite = {
  readonly name: 'FAC-A' | 'FAC-B';
  readonly collectionId: string;
  /** The local folder that is the collection's root. */
  readonly folder: string;
};

export type FacilityDataset = {
  readonly pid: string;
  readonly ownerGroup: string;
  /** As SciCat has it: `/data/p1/run7`. */
  readonly sourceFolder: string;
  /** Below the collection's root: `p1/run7`. */
  readonly relativeFolder: string;
  /** Without folders and links. */
  readonly files: readonly ScicatFile[];
  /** As SciCat lists it: a walk of the folder. */
  readonly entries: readonly ScicatFile[];
};

export type Account = { readonly username: string; readonly password: string };

export type Facility = {
  readonly scicat: ScicatSimulator;
  readonly globus: GlobusSimulator;
  /** Everything on the disk is below it. */
  readonly root: string;
  readonly source: FacilitySite;
  readonly destination: FacilitySite;
  /** What the Ingestor sends as `collectionRootPath`: where the collection's root is in SciCat's paths. */
  readonly collectionRootPath: string;
  readonly accounts: Readonly<Record<'alice' | 'bob' | 'ingestor' | 'svcAdmin' | 'admin', Account>>;
  readonly globusAccount: GlobusAccount;
  readonly datasets: {
    /** alice's, plain files and a folder. */
    readonly run7: FacilityDataset;
    /** alice's, with a link that stays inside and one that leads out of the collection; SciCat lists neither. */
    readonly linked: FacilityDataset;
    /** bob's, which alice may not read. */
    readonly bobs: FacilityDataset;
  };
  /** Lists a folder of the source as scicat-cli does, as a dataset of alice's. @returns its pid. */
  addWalkedDataset(
    relativeFolder: string,
    change?: (entries: readonly ScicatFile[]) => readonly ScicatFile[],
  ): Promise<string>;
  /** Leaves nothing behind. */
  stop(): Promise<void>;
};

export type FacilityOptions = {
  /** Of each of the larger files. Default 2,000,000. */
  readonly fileBytes?: number;
  readonly globus?: Omit<GlobusOptions, 'collections'>;
  readonly scicat?: Omit<ScicatOptions, 'datasets' | 'users'>;
};

const collectionRootPath = '/data';
const extraGroups: Readonly<Record<string, readonly string[]>> = {
  alice: ['FAC-A', 'FAC-B'],
  bob: ['FAC-B'],
};

export async function startFacility(options: FacilityOptions = {}): Promise<Facility> {
  const root = await mkdtemp(join(tmpdir(), 'beamgate-facility-'));
  const source = await createSite(root, 'FAC-A', '3c3f1d0e-6f0a-4c55-9d7e-aaaaaaaaaaaa');
  const destination = await createSite(root, 'FAC-B', '8e0b6c52-7a1d-4f0b-8c3a-bbbbbbbbbbbb');
  const users = recordedUsers.map((user) => ({
    ...user,
    groups: [...user.groups, ...(extraGroups[user.username] ?? [])],
  }));
  const scicat = await startScicat({ ...options.scicat, users });
  const globus = await startGlobus({
    ...options.globus,
    collections: [collectionOf(source), collectionOf(destination)],
  });
  const [account] = globus.accounts;
  if (account === undefined) throw new Error('the scene needs a Globus account');
  return {
    ...{ scicat, globus, root, source, destination, collectionRootPath },
    accounts: accountsOf(),
    globusAccount: account,
    datasets: await createDatasets(scicat, source, options.fileBytes ?? 2_000_000),
    async addWalkedDataset(relativeFolder, change = (entries) => entries) {
      const entries = await walkFolder(join(source.folder, relativeFolder));
      return addDataset(scicat, { relativeFolder, owner: 'alice', entries: change(entries) });
    },
    async stop() {
      await Promise.all([scicat.stop(), globus.stop()]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function createDatasets(
  scicat: ScicatSimulator,
  source: FacilitySite,
  bytes: number,
): Promise<Facility['datasets']> {
  const add = async (relativeFolder: string, owner: string, sizes: Readonly<Record<string, number>>) => {
    const files = await writeFiles(join(source.folder, relativeFolder), sizes);
    const [ownerGroup = ''] = relativeFolder.split('/');
    const sourceFolder = `${collectionRootPath}/${relativeFolder}`;
    const entries = await walkFolder(join(source.folder, relativeFolder));
    const pid = addDataset(scicat, { relativeFolder, owner, entries });
    return { pid, ownerGroup, sourceFolder, relativeFolder, files, entries };
  };
  const run7 = await add('p1/run7', 'alice', { 'a.tif': bytes, 'sub/b.tif': bytes, 'sub/c d.tif': 1000 });
  const linked = await add('p1/run8', 'alice', { 'a.tif': bytes });
  const bobs = await add('p9/run1', 'bob', { 'a.tif': bytes, 'b.tif': 1000 });
  await addLinks(source, linked);
  return { run7, linked, bobs };
}

function addDataset(
  scicat: ScicatSimulator,
  dataset: {
    readonly relativeFolder: string;
    readonly owner: string;
    readonly entries: readonly ScicatFile[];
  },
): string {
  const { relativeFolder, owner, entries } = dataset;
  const [ownerGroup = ''] = relativeFolder.split('/');
  return scicat.addDataset({
    ...{ ownerGroup, owner },
    sourceFolder: `${collectionRootPath}/${relativeFolder}`,
    files: entries,
    isArchivable: false,
    contactEmail: `${owner}@your.site`,
  });
}

async function addLinks({ folder }: FacilitySite, { relativeFolder }: FacilityDataset): Promise<void> {
  const secret = join(dirname(folder), 'secret.txt');
  await writeFile(secret, 'outside of every collection\n');
  await symlink('a.tif', join(folder, relativeFolder, 'link-inside.tif'));
  await symlink(secret, join(folder, relativeFolder, 'link-out.txt'));
}

async function writeFiles(
  folder: string,
  sizes: Readonly<Record<string, number>>,
): Promise<readonly ScicatFile[]> {
  const files: ScicatFile[] = [];
  for (const [path, size] of Object.entries(sizes)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), randomBytes(size));
    files.push({ path, size, time: '2026-01-01T00:00:00.000Z' });
  }
  return files;
}

async function createSite(
  root: string,
  name: FacilitySite['name'],
  collectionId: string,
): Promise<FacilitySite> {
  const folder = join(root, name.toLowerCase());
  await mkdir(folder);
  return { name, collectionId, folder };
}

function collectionOf({ name, collectionId, folder }: FacilitySite) {
  return { id: collectionId, name, folder, kind: 'mapped' } as const;
}

function accountsOf(): Facility['accounts'] {
  const named = (username: string): Account => {
    const password = recordedUsers.find((user) => user.username === username)?.password;
    if (password === undefined) throw new Error(`${username} has no password`);
    return { username, password };
  };
  const [alice, bob, ingestor] = [named('alice'), named('bob'), named('ingestor')];
  return { alice, bob, ingestor, svcAdmin: named('svcAdmin'), admin: named('admin') };
}
