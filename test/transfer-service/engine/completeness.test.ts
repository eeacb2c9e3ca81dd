import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AskedPaths } from '../../../transfer-service/engine/asked-paths.ts';
import { type Completeness, shortfallsOf } from '../../../transfer-service/engine/completeness.ts';
import { ListTally } from '../../../transfer-service/engine/list-tally.ts';
import type { DatasetEntry, TransferItem } from '../../../transfer-service/types.ts';

const listed = [
  { path: 'a', sizeBytes: 10, kind: 'file' as const },
  { path: 'sub/b', sizeBytes: 20, kind: 'file' as const },
];

function items(...paths: readonly string[]): readonly TransferItem[] {
  return paths.map((path) => ({
    kind: 'file',
    sourcePath: `/p1/run7/${path}`,
    destinationPath: `/x/${path}`,
  }));
}

type Given = {
  readonly listed?: readonly DatasetEntry[];
  readonly asked?:
    | { readonly kind: 'folder' }
    | { readonly kind: 'items'; readonly items: readonly TransferItem[] };
  readonly earlier?: Completeness['earlier'];
};

function question(given: Given = {}, totals: Partial<Completeness['totals']> = {}): Completeness {
  const asked = given.asked ?? { kind: 'items', items: items('a', 'sub/b') };
  const paths = new AskedPaths('/p1/run7');
  if (asked.kind === 'items') paths.add(asked.items);
  paths.seal();
  const isFolder = asked.kind === 'folder';
  const tally = new ListTally({
    asked: isFolder ? { kind: 'folder' } : { kind: 'items', paths },
    datasetFolder: '/data/p1/run7',
  });
  tally.add(given.listed ?? listed);
  return {
    listed: tally.sums,
    asked: isFolder ? { kind: 'folder' } : { kind: 'items', fileCount: paths.fileCount },
    earlier: given.earlier ?? [],
    totals: {
      bytesTransferred: 30,
      filesTransferred: 2,
      filesSkipped: 0,
      filesTotal: 2,
      faults: 0,
      ...totals,
    },
  };
}

const failed = { filesTransferred: 1, filesSkipped: 0, bytesTransferred: 10 };
const movedAll = { filesTransferred: 2, filesSkipped: 0, bytesTransferred: 30 };
const allSkipped = { filesTransferred: 0, filesSkipped: 2, bytesTransferred: 0 };
const folder = { asked: { kind: 'folder' } } as const;
const link: TransferItem = { kind: 'symlink', sourcePath: '/p1/run7/l', destinationPath: '/x/l' };

const complete: readonly (readonly [string, Completeness])[] = [
  ['all that SciCat lists was asked for and transferred', question()],
  ['a whole folder has the files and bytes that SciCat lists', question(folder)],
  [
    'SciCat lists absolute paths',
    question({ listed: listed.map((file) => ({ ...file, path: `/data/p1/run7/${file.path}` })) }),
  ],
  [
    'SciCat lists paths from the folder itself',
    question({
      listed: [
        { path: './a', sizeBytes: 30, kind: 'file' as const },
        { path: 'sub/b', sizeBytes: 0, kind: 'file' as const },
      ],
    }),
  ],
  [
    'more was asked for than SciCat lists, and arrived',
    question(
      { asked: { kind: 'items', items: items('a', 'sub/b', 'c') } },
      { filesTransferred: 3, bytesTransferred: 37 },
    ),
  ],
  [
    'a listed link was asked for as a link: it has its own size and is no file',
    question({
      listed: [...listed, { path: 'l', sizeBytes: 5, kind: 'file' as const }],
      asked: { kind: 'items', items: [...items('a', 'sub/b'), link] },
    }),
  ],
  [
    'a repeat moves what the attempt before did not, and skips the rest',
    question({ earlier: [failed] }, { filesTransferred: 1, filesSkipped: 1, bytesTransferred: 20 }),
  ],
  [
    'a repeat finds everything there, as nobody knows how large',
    question({ earlier: [allSkipped] }, allSkipped),
  ],
  ['a repeat finds everything as an attempt has moved it', question({ earlier: [movedAll] }, allSkipped)],
  [
    'a repeat of a folder finds all its files there',
    question({ ...folder, earlier: [allSkipped] }, allSkipped),
  ],
];

const short: readonly (readonly [string, RegExp, Completeness])[] = [
  ['SciCat lists no files', /lists no files/, question({ listed: [] })],
  [
    'a listed file was not asked for',
    /not asked for.*sub\/b/,
    question({ asked: { kind: 'items', items: items('a') } }, { filesTransferred: 1, bytesTransferred: 10 }),
  ],
  [
    'a file with content was moved as a link alone',
    /moved as a link alone, though SciCat lists content of it: l$/,
    question({
      listed: [...listed, { path: 'l', sizeBytes: 4097, kind: 'file' as const }],
      asked: { kind: 'items', items: [...items('a', 'sub/b'), link] },
    }),
  ],
  ['Globus skipped a file', /skipped 1 file$/, question({}, { filesSkipped: 1 })],
  ['fewer files arrived', /1 of 2 files/, question({}, { filesTransferred: 1 })],
  ['fewer bytes arrived', /29 bytes where SciCat lists 30/, question({}, { bytesTransferred: 29 })],
  [
    'more bytes arrived than SciCat lists for the same files',
    /31 bytes/,
    question({}, { bytesTransferred: 31 }),
  ],
  ['a folder has fewer files than SciCat lists', /1 of 2 files/, question(folder, { filesTransferred: 1 })],
  [
    'a folder has more files than SciCat lists',
    /3 of 2 files/,
    question(folder, { filesTransferred: 3, bytesTransferred: 40 }),
  ],
  [
    'fewer bytes arrived than the listed ones among the files asked for',
    /9 bytes/,
    question(
      { asked: { kind: 'items', items: items('a', 'sub/b', 'c') } },
      { filesTransferred: 3, bytesTransferred: 9 },
    ),
  ],
  [
    'a repeat neither moves nor skips a file',
    /1 of 2 files/,
    question({ earlier: [failed] }, { filesTransferred: 0, filesSkipped: 1, bytesTransferred: 0 }),
  ],
  [
    'a repeat moves more bytes than SciCat lists at all',
    /31 bytes where SciCat lists 30/,
    question({ earlier: [failed] }, { filesTransferred: 1, filesSkipped: 1, bytesTransferred: 31 }),
  ],
  [
    'a repeat moves everything, of another size',
    /29 bytes/,
    question({ earlier: [failed] }, { bytesTransferred: 29 }),
  ],
  [
    'a repeat finds everything as it was when all of it had another size',
    /29 bytes where SciCat lists 30/,
    question({ earlier: [failed, { ...movedAll, bytesTransferred: 29 }, allSkipped] }, allSkipped),
  ],
];

describe('a transfer is complete when', () => {
  for (const [name, given] of complete) it(name, () => assert.deepEqual(shortfallsOf(given), []));
});

describe('a transfer falls short when', () => {
  for (const [name, said, given] of short) it(name, () => assert.match(shortfallsOf(given).join('; '), said));
});
