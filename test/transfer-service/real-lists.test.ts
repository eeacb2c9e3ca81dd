// Datasets as scicat-cli lists them, a walk of a real folder, moved by the whole service between the simulators.
import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import type { ScicatFile } from '../simulators/scicat/types.ts';
import { jobIdOf, type Scene, type SceneOptions, startScene } from './scene.ts';

type Tree = Readonly<Record<string, number | 'folder' | { readonly link: string }>>;

/** The example of the issue, and what belongs to its kind. */
const tree: Tree = {
  a: 100,
  'sub/b': 200,
  'sub/deeper/c': 300,
  empty: 'folder',
  'sub/empty too': 'folder',
  'zero.dat': 0,
  '#1? 50%/ü "x".tif': 7,
};
const fileCount = 5;
const fileBytes = 607;

type Change = (entries: readonly ScicatFile[]) => readonly ScicatFile[];

async function startWith(t: TestContext, content: Tree, options: SceneOptions & { change?: Change } = {}) {
  const scene = await startScene(t, options);
  const folder = join(scene.facility.source.folder, 'p1/x');
  for (const [path, kind] of Object.entries(content)) await create(join(folder, path), kind);
  const pid = await scene.facility.addWalkedDataset('p1/x', options.change);
  const listed = (await walked(folder)).map((path) => ({ path, isSymlink: isLink(content, path) }));
  return {
    scene,
    pid,
    listed,
    arrived: () => walked(join(scene.facility.destination.folder, 'received/p1/x')),
  };
}

async function create(path: string, kind: Tree[string]): Promise<void> {
  await mkdir(kind === 'folder' ? path : dirname(path), { recursive: true });
  if (typeof kind === 'number') await writeFile(path, Buffer.alloc(kind, 1));
  else if (kind !== 'folder') await symlink(kind.link, path);
}

function isLink(content: Tree, path: string): boolean {
  return typeof content[path] === 'object';
}

async function walked(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).toSorted();
}

async function move(scene: Scene, pid: string, files?: readonly object[]) {
  const asked = files === undefined ? {} : { body: JSON.stringify({ fileList: files }) };
  const jobId = jobIdOf(await scene.request({ scicatPid: pid, autoArchive: 'true' }, asked));
  const jobNow = () => scene.facility.scicat.job(jobId);
  await waitFor(`job ${jobId} says 003 or 997`, () => ['003', '997'].includes(jobNow()?.statusCode ?? ''));
  const shown = await scene.until(jobId, 'finished');
  const job = jobNow();
  return { jobId, shown, code: job?.statusCode, message: job?.statusMessage, result: job?.jobResultObject };
}

const asListed: readonly (readonly [string, Change])[] = [
  ['in the order of the walk', (entries) => entries],
  ['backwards', (entries) => entries.toReversed()],
  ['with folders behind all files', (entries) => entries.toSorted((one, other) => rank(one) - rank(other))],
  [
    'with final slashes',
    (entries) => entries.map((one) => (rank(one) ? { ...one, path: `${one.path}/` } : one)),
  ],
  ['with absolute paths', (entries) => entries.map((one) => ({ ...one, path: `/data/p1/x/${one.path}` }))],
  [
    'with the dataset’s folder itself',
    (entries) => [{ path: '.', size: 4096, perm: 'drwxr-xr-x' }, ...entries],
  ],
];

function rank({ perm = '' }: ScicatFile): number {
  return perm.startsWith('d') ? 1 : 0;
}

const large: SceneOptions = {
  edit: (text) => text.replace('itemsPerTask: 2', 'itemsPerTask: 2, listFoldersAbove: 1'),
};

describe('a dataset with folders', () => {
  for (const [name, change] of asListed)
    for (const [how, options] of [
      ['a whole folder', {}],
      ['SciCat’s list', large],
    ] as const)
      it(`completes when it is moved as ${how}, listed ${name}`, async (t) => {
        const { scene, pid, arrived, listed } = await startWith(t, tree, { ...options, change });
        const moved = await move(scene, pid);
        assert.deepEqual([moved.code, moved.message], ['003', 'finished']);
        assert.ok(scene.facility.scicat.isArchivable(pid));
        assert.deepEqual(moved.result?.filesTotal, fileCount);
        assert.equal(moved.result?.bytesTransferred, fileBytes);
        assert.deepEqual(
          await arrived(),
          listed.map(({ path }) => path),
        );
      });

  it('completes when the request names every entry of the walk, as the Ingestor does', async (t) => {
    const { scene, pid, listed, arrived } = await startWith(t, tree);
    for (const files of [listed]) {
      const moved = await move(scene, pid, files);
      assert.deepEqual([moved.code, moved.message], ['003', 'finished']);
      assert.ok(scene.facility.scicat.isArchivable(pid));
      assert.deepEqual([moved.shown.filesTotal, moved.shown.filesTransferred], [fileCount, fileCount]);
      assert.equal(moved.shown.bytesTransferred, fileBytes);
      assert.equal(moved.shown.bytesTotal, fileBytes);
    }
    assert.deepEqual(
      await arrived(),
      listed.map(({ path }) => path),
    );
  });

  it('hands Globus neither folders that others lie in, nor `recursive` where nobody knows', async (t) => {
    const { scene, pid, listed } = await startWith(t, tree);
    await move(scene, pid, listed);
    const items = scene.facility.globus.tasks().flatMap((task) => task.items);
    assert.deepEqual(
      items.map(({ sourcePath, recursive }) => [sourcePath, recursive]).toSorted(),
      ['#1? 50%/ü "x".tif', 'a', 'empty', 'sub/b', 'sub/deeper/c', 'sub/empty too', 'zero.dat'].map(
        (path) => [`/p1/x/${path}`, undefined],
      ),
    );
  });

  it('is short of a file that the request leaves out, and of nothing else', async (t) => {
    const { scene, pid, listed } = await startWith(t, tree);
    const moved = await move(
      scene,
      pid,
      listed.filter(({ path }) => path !== 'sub/b'),
    );
    assert.equal(moved.code, '997');
    assert.match(moved.message ?? '', /not asked for, though SciCat lists it: sub\/b$/);
    assert.ok(!scene.facility.scicat.isArchivable(pid));
  });
});

describe('a list that does not say what its entries are', () => {
  const withoutPerm: Change = (entries) => entries.map(({ perm: _, ...entry }) => entry);
  const full: Tree = { a: 100, 'sub/b': 200, 'sub/deeper/c': 300 };
  const orders: readonly (readonly [string, Change])[] = [
    ['in the order of the walk', withoutPerm],
    ['backwards', (entries) => withoutPerm(entries).toReversed()],
    ['with numbers as permissions', (entries) => entries.map((one) => ({ ...one, perm: '33188' }))],
  ];
  for (const [name, change] of orders)
    for (const [how, options] of [
      ['whole', {}],
      ['as SciCat’s list', large],
    ] as const)
      it(`is understood by its parents, ${how}, ${name}`, async (t) => {
        const { scene, pid } = await startWith(t, full, { ...options, change });
        const moved = await move(scene, pid);
        assert.deepEqual([moved.code, moved.message], ['003', 'finished']);
        assert.equal(moved.result?.filesTotal, 3);
      });
});

describe('a dataset with links', () => {
  const linked: Tree = { a: 100, 'sub/b': 200, 'to-a': { link: 'a' }, 'sub/out': { link: '/etc/passwd' } };

  it('completes with links that the request names, moved as links', async (t) => {
    const { scene, pid, listed } = await startWith(t, linked);
    const moved = await move(scene, pid, listed);
    assert.deepEqual([moved.code, moved.message], ['003', 'finished']);
    assert.equal(moved.result?.filesTotal, 2);
    const there = join(scene.facility.destination.folder, 'received/p1/x');
    assert.ok((await lstat(join(there, 'sub/out'))).isSymbolicLink());
  });

  for (const [how, options] of [
    ['a whole folder', {}],
    ['SciCat’s list', large],
  ] as const)
    it(`completes without them as ${how}: a link is not a file, and Globus follows none`, async (t) => {
      const { scene, pid, arrived } = await startWith(t, linked, options);
      const moved = await move(scene, pid);
      assert.equal(moved.code, '003');
      assert.deepEqual([moved.result?.filesTotal, moved.result?.bytesTransferred], [2, 300]);
      assert.deepEqual(await arrived(), ['a', 'sub', 'sub/b']);
    });

  it('is 997 when the request calls a link a file, since Globus may have followed it', async (t) => {
    const { scene, pid, listed } = await startWith(t, { a: 100, 'to-a': { link: 'a' } });
    const moved = await move(
      scene,
      pid,
      listed.map(({ path }) => ({ path, isSymlink: false })),
    );
    assert.equal(moved.code, '997');
    assert.match(moved.message ?? '', /moved as a file, though SciCat lists a link: to-a/);
  });

  it('is refused with `allowSymlinks: false`', async (t) => {
    const strict = (text: string) =>
      text.replace('direction: DST', 'direction: DST\n    allowSymlinks: false');
    const { scene, pid, listed } = await startWith(t, linked, { edit: strict });
    const reply = await scene.request({ scicatPid: pid }, { body: JSON.stringify({ fileList: listed }) });
    assert.deepEqual([reply.status, reply.json.reason], [403, 'symlink_not_allowed']);
  });
});
