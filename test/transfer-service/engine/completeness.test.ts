import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Completeness, shortfallsOf } from '../../../transfer-service/engine/completeness.ts';
import type { TransferItem } from '../../../transfer-service/types.ts';

const listed = [
  { path: 'a', sizeBytes: 10 },
  { path: 'sub/b', sizeBytes: 20 },
];

function items(...paths: readonly string[]): readonly TransferItem[] {
  return paths.map((path) => ({
    kind: 'file',
    sourcePath: `/p1/run7/${path}`,
    destinationPath: `/x/${path}`,
  }));
}

function question(
  overrides: Partial<Completeness> = {},
  totals: Partial<Completeness['totals']> = {},
): Completeness {
  return {
    listed,
    datasetFolder: '/data/p1/run7',
    sourceFolder: '/p1/run7',
    asked: { kind: 'items', items: items('a', 'sub/b') },
    totals: {
      bytesTransferred: 30,
      filesTransferred: 2,
      filesSkipped: 0,
      filesTotal: 2,
      faults: 0,
      ...totals,
    },
    ...overrides,
  };
}

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
        { path: './a', sizeBytes: 30 },
        { path: 'sub/b', sizeBytes: 0 },
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
    'a listed link was asked for as a link: it has no size and is no file',
    question({
      listed: [...listed, { path: 'l', sizeBytes: 5 }],
      asked: { kind: 'items', items: [...items('a', 'sub/b'), link] },
    }),
  ],
];

const short: readonly (readonly [string, RegExp, Completeness])[] = [
  ['SciCat lists no files', /lists no files/, question({ listed: [] })],
  [
    'a listed file was not asked for',
    /not asked for.*sub\/b/,
    question({ asked: { kind: 'items', items: items('a') } }, { filesTransferred: 1, bytesTransferred: 10 }),
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
];

describe('a transfer is complete when', () => {
  for (const [name, given] of complete) it(name, () => assert.deepEqual(shortfallsOf(given), []));
});

describe('a transfer falls short when', () => {
  for (const [name, said, given] of short) it(name, () => assert.match(shortfallsOf(given).join('; '), said));
});
