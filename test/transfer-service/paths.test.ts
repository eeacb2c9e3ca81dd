import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { liesWithin } from '../../transfer-service/path-text.ts';
import {
  type PathQuestion,
  type PathRefusal,
  resolvePaths as resolveInSlices,
} from '../../transfer-service/paths.ts';
import type { RequestedFile } from '../../transfer-service/types.ts';
import { allOf } from './all-of.ts';
import { facility, pathTemplate } from './facility.ts';

const source = facility();
const destination = facility({ name: 'ARCHIVE', collection: '22222222-2222-4222-8222-222222222222' });
const dataset = { pid: '20.500.12345/6ffd-a', ownerGroup: 'p1', sourceFolder: '/data/p1/run7' };

function question(overrides: Partial<PathQuestion> = {}): PathQuestion {
  return {
    source,
    destination,
    dataset,
    username: 'alice',
    collectionRootPath: '/data',
    files: undefined,
    ...overrides,
  };
}

function files(...paths: readonly string[]): readonly RequestedFile[] {
  return paths.map((path) => ({ path, isSymlink: false }));
}

function resolvePaths(asked: PathQuestion) {
  const resolved = allOf(resolveInSlices(asked));
  return resolved.kind === 'resolved' ? { ...resolved, items: [...resolved.items] } : resolved;
}

function refused(
  overrides: Partial<PathQuestion>,
  refusal: { readonly reason: PathRefusal['reason']; readonly [data: string]: unknown },
): void {
  assert.deepEqual(resolvePaths(question(overrides)), { kind: 'refused', ...refusal });
}

function sourceFolderOf(overrides: Partial<PathQuestion>): string {
  const resolved = resolvePaths(question(overrides));
  assert.equal(resolved.kind, 'resolved', JSON.stringify(resolved));
  return resolved.sourceFolder;
}

test('without a file list the whole source folder is one item', () => {
  assert.deepEqual(resolvePaths(question()), {
    kind: 'resolved',
    sourceFolder: '/p1/run7',
    destinationFolder: '/p1/run7',
    items: [{ kind: 'folder', sourcePath: '/p1/run7', destinationPath: '/p1/run7' }],
  });
});

test('each listed file is an item below both folders', () => {
  const archive = facility({ ...destination, destinationPath: pathTemplate('/archive/{{ .PidShort }}') });
  const resolved = resolvePaths(question({ destination: archive, files: files('a.tif', 'sub/c d.tif') }));
  assert.deepEqual(resolved, {
    kind: 'resolved',
    sourceFolder: '/p1/run7',
    destinationFolder: '/archive/6ffd-a',
    items: [
      { kind: 'entry', sourcePath: '/p1/run7/a.tif', destinationPath: '/archive/6ffd-a/a.tif' },
      { kind: 'entry', sourcePath: '/p1/run7/sub/c d.tif', destinationPath: '/archive/6ffd-a/sub/c d.tif' },
    ],
    fileCount: 2,
  });
});

test('folders that other entries lie in are not items, wherever they stand in the list', () => {
  const pathsOf = (list: readonly RequestedFile[]) => {
    const resolved = resolvePaths(question({ files: list }));
    assert.ok(resolved.kind === 'resolved');
    return [resolved.fileCount, ...resolved.items.map(({ kind, sourcePath }) => `${kind} ${sourcePath}`)];
  };
  const expected = [3, 'entry /p1/run7/a', 'entry /p1/run7/sub/deep/b', 'entry /p1/run7/sub-empty'];
  assert.deepEqual(pathsOf(files('a', 'sub', 'sub/deep', 'sub/deep/b', 'sub-empty')), expected);
  assert.deepEqual(pathsOf(files('a', 'sub/deep/b', 'sub/deep', 'sub', 'sub-empty')), expected);
  assert.deepEqual(pathsOf(files('a', 'sub/deep', 'sub/deep/b', 'sub', 'sub-empty')), expected);
  // A name that another one only begins with is no parent of it.
  assert.deepEqual(pathsOf(files('sub', 'sub.tif')), [2, 'entry /p1/run7/sub', 'entry /p1/run7/sub.tif']);
});

test('every variable stands for what it stood for in the SciCat Globus Proxy', async (t) => {
  const cases = {
    '/{{ .Pid }}': '/20.500.12345/6ffd-a',
    '/{{ .PidPrefix }}': '/20.500.12345',
    '/{{ .PidShort }}': '/6ffd-a',
    '/{{ .PidEncoded }}': '/20.500.12345%2F6ffd-a',
    '/x/{{ .SourceFolder }}': '/x/data/p1/run7',
    '{{ .SourceFolder }}': '/data/p1/run7',
    '/{{ .RelativeSourceFolder }}': '/p1/run7',
    '/{{ .DatasetFolder }}': '/run7',
    '/{{ .Username }}': '/alice',
    '/{{ .OwnerGroup }}/x/': '/p1/x',
    '/{{ replace .Pid "." "-" }}': '/20-500-12345/6ffd-a',
    '/~/{{ .DatasetFolder }}': '/~/run7',
    '~/{{ .DatasetFolder }}': '/~/run7',
  };
  for (const [template, expected] of Object.entries(cases)) {
    await t.test(template, () => {
      assert.equal(sourceFolderOf({ source: facility({ sourcePath: pathTemplate(template) }) }), expected);
    });
  }
});

test('PidEncoded escapes as Go does', () => {
  const encoded = facility({ sourcePath: pathTemplate('/{{ .PidEncoded }}') });
  const pid = "p/a b$&+=:@!*'(),;?%é";
  assert.equal(
    sourceFolderOf({ source: encoded, dataset: { ...dataset, pid } }),
    '/p%2Fa%20b$&+=:@%21%2A%27%28%29%2C%3B%3F%25%C3%A9',
  );
});

test('one final slash of sourceFolder and collectionRootPath says nothing', () => {
  const folder = { ...dataset, sourceFolder: '/data/p1/run7/' };
  assert.equal(sourceFolderOf({ dataset: folder, collectionRootPath: '/data/' }), '/p1/run7');
  assert.equal(sourceFolderOf({ collectionRootPath: '/' }), '/data/p1/run7');
});

const climbing = {
  '': 'empty',
  '/..': 'dot_part',
  '/a/../b': 'dot_part',
  '/a/./b': 'dot_part',
  '/a/.. /b': 'dot_part',
  '/a/x\\..\\..\\b': 'dot_part',
  '/a//b': 'empty_part',
  '/a/ /b': 'empty_part',
  '/a/\u00a0': 'empty_part',
  '//': 'empty_part',
  '/a\0b': 'control_character',
  '/a\nb': 'control_character',
  '/a\x85b': 'control_character',
  '/a\ud800b': 'not_unicode',
  [`/${'a'.repeat(5000)}`]: 'too_long',
};

/** Taken out of a collectionRootPath and a sourceFolder before these are judged. */
const { '/a/./b': _dot, '/a//b': _empty, '//': _slashes, ...uncleanable } = climbing;

test('doubled slashes and dots that lead nowhere are taken out of root and folder, as before', () => {
  const spellings = [
    '/data//p1/run7',
    '/data/./p1/run7',
    '//data/p1/./run7//',
    '/data/p1/run7/.',
    '/./data/p1/run7',
  ];
  for (const sourceFolder of spellings)
    assert.equal(sourceFolderOf({ dataset: { ...dataset, sourceFolder } }), '/p1/run7', sourceFolder);
  for (const collectionRootPath of ['//data', '/data/', '/data/.', '/./data//'])
    assert.equal(sourceFolderOf({ collectionRootPath }), '/p1/run7', collectionRootPath);
  const outside = { reason: 'source_folder_outside_collection_root' } as const;
  refused({ dataset: { ...dataset, sourceFolder: '/data//.' } }, outside);
  refused({ dataset: { ...dataset, sourceFolder: '/data.//p1' } }, outside);
  for (const sourceFolder of ['/data//../etc', '/data/./../etc', '/data/p1/..//..', '/data/ ./x'])
    refused(
      { dataset: { ...dataset, sourceFolder } },
      { reason: 'source_folder_invalid', problem: 'dot_part' },
    );
});

test('a pid that climbs is refused', async (t) => {
  const cases = {
    ...climbing,
    '.': 'dot_part',
    '..': 'dot_part',
    '20.500/../x': 'dot_part',
    '~a': 'leading_tilde',
  };
  for (const [path, problem] of Object.entries(cases)) {
    const pid = path.replace(/^\//, '');
    if (pid === '' || pid === '/') continue;
    await t.test(JSON.stringify(pid.slice(0, 20)), () =>
      refused({ dataset: { ...dataset, pid } }, { reason: 'pid_invalid', problem }),
    );
  }
  refused({ dataset: { ...dataset, pid: '' } }, { reason: 'pid_invalid', problem: 'empty' });
  refused({ dataset: { ...dataset, pid: '/a' } }, { reason: 'pid_invalid', problem: 'absolute' });
});

test('a sourceFolder that climbs, or is not absolute, is refused', async (t) => {
  for (const [sourceFolder, problem] of Object.entries({
    ...uncleanable,
    'data/x': 'not_absolute',
    '~': 'not_absolute',
  })) {
    await t.test(JSON.stringify(sourceFolder.slice(0, 20)), () =>
      refused({ dataset: { ...dataset, sourceFolder } }, { reason: 'source_folder_invalid', problem }),
    );
  }
});

test('a collectionRootPath that climbs, or is not absolute, is refused', async (t) => {
  for (const [collectionRootPath, problem] of Object.entries({ ...uncleanable, data: 'not_absolute' })) {
    await t.test(JSON.stringify(collectionRootPath.slice(0, 20)), () =>
      refused({ collectionRootPath }, { reason: 'collection_root_invalid', problem }),
    );
  }
});

test('a file path that climbs, or is not relative, is refused', async (t) => {
  const cases = { ...climbing, '/~x': 'leading_tilde', '/a/': 'empty_part', '/..': 'dot_part' };
  for (const [absolute, problem] of Object.entries(cases)) {
    const path = absolute.replace(/^\//, '');
    if (absolute === '//') continue;
    await t.test(JSON.stringify(path.slice(0, 20)), () =>
      refused({ files: files('fine', path) }, { reason: 'file_path_invalid', path, problem }),
    );
  }
  refused(
    { files: files('/etc/passwd') },
    { reason: 'file_path_invalid', path: '/etc/passwd', problem: 'absolute' },
  );
});

test('a tilde that is not the first character of a path is a character like others', () => {
  assert.equal(resolvePaths(question({ files: files('sub/~$notes.docx') })).kind, 'resolved');
});

test('a dataset outside the collection root is refused, a longer name with the same start included', () => {
  const outside = { reason: 'source_folder_outside_collection_root' } as const;
  refused({ collectionRootPath: '/data/p2' }, outside);
  refused({ collectionRootPath: '/data/p1/run' }, outside);
  refused({ collectionRootPath: '/data/p1/run7/deeper' }, outside);
});

test('the collection root itself is no dataset', () => {
  refused({ collectionRootPath: '/data/p1/run7' }, { reason: 'source_folder_outside_collection_root' });
  refused(
    { collectionRootPath: '/', dataset: { ...dataset, sourceFolder: '/' } },
    { reason: 'source_folder_invalid', problem: 'empty_part' },
  );
});

test('only a root that the source facility lists may be named', () => {
  const strict = facility({ collectionRoots: ['/data', '/raw/'] });
  assert.equal(sourceFolderOf({ source: strict }), '/p1/run7');
  assert.equal(sourceFolderOf({ source: strict, collectionRootPath: '/data/' }), '/p1/run7');
  const raw = { ...dataset, sourceFolder: '/raw/x' };
  assert.equal(sourceFolderOf({ source: strict, collectionRootPath: '/raw', dataset: raw }), '/x');
  const notAllowed = { reason: 'collection_root_not_allowed', facility: 'LAB' } as const;
  refused({ source: strict, collectionRootPath: '/data/p1' }, notAllowed);
  refused({ source: strict, collectionRootPath: '/' }, notAllowed);
  refused({ source: facility({ collectionRoots: [] }) }, notAllowed);
});

test('a value that would choose another folder cannot stand in a path', async (t) => {
  const cases = [
    { username: 'a/b', problem: 'slash' },
    { username: '../p2', problem: 'slash' },
    { username: '..\\p2', problem: 'slash' },
    { username: '..', problem: 'dot_part' },
    { username: ' ', problem: 'empty_part' },
    { username: '.', problem: 'dot_part' },
    { username: '', problem: 'empty' },
    { username: 'a\0', problem: 'control_character' },
    { username: 'a\ud800', problem: 'not_unicode' },
  ];
  const home = facility({ sourcePath: pathTemplate('/home/{{ .Username }}/x') });
  const group = facility({ sourcePath: pathTemplate('/data/{{ .OwnerGroup }}/x') });
  for (const { username, problem } of cases) {
    await t.test(JSON.stringify(username), () => {
      refused({ source: home, username }, { reason: 'variable_invalid', variable: 'Username', problem });
      refused(
        { source: group, dataset: { ...dataset, ownerGroup: username } },
        { reason: 'variable_invalid', variable: 'OwnerGroup', problem },
      );
    });
  }
});

test('a pid without a prefix cannot fill a template that wants one', () => {
  refused(
    {
      source: facility({ sourcePath: pathTemplate('/x/{{ .PidPrefix }}') }),
      dataset: { ...dataset, pid: 'short' },
    },
    { reason: 'variable_invalid', variable: 'PidPrefix', problem: 'empty' },
  );
});

test('a strange username harms nobody where no template uses it', () => {
  assert.equal(resolvePaths(question({ username: '../..' })).kind, 'resolved');
});

test('no value makes a home folder, whatever the template puts before it', () => {
  const problem = { reason: 'resolved_path_invalid', side: 'source', problem: 'leading_tilde' } as const;
  const tilde = { ...dataset, sourceFolder: '/data/~root/x' };
  refused({ dataset: tilde }, problem);
  const plain = facility({ sourcePath: pathTemplate('{{ .SourceFolder }}') });
  refused({ source: plain, collectionRootPath: '/', dataset: { ...dataset, sourceFolder: '/~/x' } }, problem);
  refused({ source: facility({ sourcePath: pathTemplate('/{{ .Username }}') }), username: '~root' }, problem);
});

test('what comes together from text and values is looked at again', async (t) => {
  const cases = [
    { template: '/a/.{{ .Username }}/b', username: '.', problem: undefined },
    { template: '/a/.{{ replace .Username "x" "." }}/b', username: 'x', problem: 'dot_part' },
    { template: '/a/{{ replace .Username "-" "." }}/b', username: '--', problem: 'dot_part' },
    { template: '/a/{{ replace .Username "-" "/../" }}', username: 'a-b', problem: 'dot_part' },
    { template: '{{ .Username }}/x', username: 'alice', problem: 'not_absolute' },
    { template: '{{ replace .Username "alice" "" }}', username: 'alice', problem: 'empty' },
    { template: '/', username: 'alice', problem: 'empty' },
  ];
  for (const { template, username, problem } of cases) {
    await t.test(template, () => {
      const unsafe = facility({ sourcePath: pathTemplate(template) });
      if (problem === undefined) {
        refused(
          { source: unsafe, username },
          { reason: 'variable_invalid', variable: 'Username', problem: 'dot_part' },
        );
      } else {
        refused({ source: unsafe, username }, { reason: 'resolved_path_invalid', side: 'source', problem });
      }
    });
  }
});

test('each side has its own bounds', () => {
  const bounded = facility({ sourceWithin: pathTemplate('/{{ .OwnerGroup }}') });
  assert.equal(sourceFolderOf({ source: bounded }), '/p1/run7');
  refused(
    { source: bounded, dataset: { ...dataset, sourceFolder: '/data/p2/secret' } },
    { reason: 'path_outside_bounds', side: 'source', facility: 'LAB' },
  );
  // /p1 is no bound for /p10.
  refused(
    { source: bounded, dataset: { ...dataset, sourceFolder: '/data/p10/x' } },
    { reason: 'path_outside_bounds', side: 'source', facility: 'LAB' },
  );
  // A root inside the dataset's folder drops the group from the path.
  refused(
    { source: bounded, collectionRootPath: '/data/p1' },
    { reason: 'path_outside_bounds', side: 'source', facility: 'LAB' },
  );
  const archive = facility({ ...destination, destinationWithin: pathTemplate('/archive/') });
  refused(
    { destination: archive },
    { reason: 'path_outside_bounds', side: 'destination', facility: 'ARCHIVE' },
  );
});

test('a bound whose own variables are unusable admits nothing', () => {
  refused(
    { source: facility({ sourceWithin: pathTemplate('/{{ .Username }}') }), username: '..' },
    { reason: 'variable_invalid', variable: 'Username', problem: 'dot_part' },
  );
  refused(
    { source: facility({ sourceWithin: pathTemplate('/p1/../p1') }) },
    { reason: 'resolved_path_invalid', side: 'source', problem: 'dot_part' },
  );
});

test('a transfer into itself is refused', () => {
  const overlapping = { reason: 'source_and_destination_overlap' } as const;
  refused({ destination: source }, overlapping);
  refused(
    { destination: facility({ destinationPath: pathTemplate('/{{ .RelativeSourceFolder }}/copy') }) },
    overlapping,
  );
  const copy = facility({ destinationPath: pathTemplate('/copy/{{ .RelativeSourceFolder }}') });
  assert.equal(resolvePaths(question({ destination: copy })).kind, 'resolved');
});

test('an empty file list is not the whole folder', () => {
  refused({ files: [] }, { reason: 'file_list_empty' });
});

test('a file that is listed twice is refused', () => {
  refused({ files: files('a', 'b', 'a') }, { reason: 'file_path_repeated', path: 'a' });
});

test('a link is refused unless both facilities allow links', () => {
  const list = [{ path: 'link', isSymlink: true }];
  const linking = { allowSymlinks: true };
  refused({ files: list }, { reason: 'symlink_not_allowed', path: 'link', side: 'source' });
  refused(
    { files: list, source: facility(linking) },
    { reason: 'symlink_not_allowed', path: 'link', side: 'destination' },
  );
  const both = { source: facility(linking), destination: facility({ ...destination, ...linking }) };
  const resolved = resolvePaths(question({ ...both, files: list }));
  assert.equal(resolved.kind, 'resolved');
  assert.equal(resolved.items[0]?.kind, 'symlink');
});

test('nothing is written through a link of the same list', () => {
  const linking = { allowSymlinks: true };
  refused(
    {
      source: facility(linking),
      destination: facility({ ...destination, ...linking }),
      files: [
        { path: 'a/b/c.tif', isSymlink: false },
        { path: 'a', isSymlink: true },
      ],
    },
    { reason: 'file_below_symlink', path: 'a/b/c.tif' },
  );
});

// Parts as an attacker would choose them, and ordinary ones.
const part = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '',
    '~',
    '~root',
    'p1',
    'p2',
    'data',
    'archive',
    '..\\..',
    ' ..',
    '%2e%2e',
    '\0',
    '*',
    'a b',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const path = fc
  .tuple(fc.constantFrom('', '/', '//', '~/'), fc.array(part, { maxLength: 5 }), fc.constantFrom('', '/'))
  .map(([start, parts, end]) => start + parts.join('/') + end);
const template = fc
  .array(
    fc.oneof(
      fc.constantFrom('/', '/archive', '/data/', '.', '..', '~', '-'),
      fc.constantFrom(
        '{{ .Pid }}',
        '{{ .PidPrefix }}',
        '{{ .PidShort }}',
        '{{ .PidEncoded }}',
        '{{ .SourceFolder }}',
        '{{ .RelativeSourceFolder }}',
        '{{ .DatasetFolder }}',
        '{{ .Username }}',
        '{{ .OwnerGroup }}',
        '{{ replace .Pid "." "/" }}',
        '{{ replace .Username "p" ".." }}',
        '{{ replace .RelativeSourceFolder "/" "" }}',
      ),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => `/${parts.join('')}`);
const likelyTemplate = fc.constantFrom(
  '{{ .SourceFolder }}',
  '/data/{{ .OwnerGroup }}/{{ .DatasetFolder }}',
  '/archive/{{ .PidEncoded }}/{{ .SourceFolder }}',
  '/{{ .RelativeSourceFolder }}',
);
const bound = fc.constantFrom(
  '/',
  '/data',
  '/archive',
  '/data/{{ .OwnerGroup }}',
  '/{{ .OwnerGroup }}',
  '/~',
  '/{{ .Username }}/x',
);

function mostly(ordinary: fc.Arbitrary<string>, hostile: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ arbitrary: ordinary, weight: 4 }, { arbitrary: hostile, weight: 1 });
}

/** As a file system would walk it: without this service's own ideas of what a path is. */
function walk(path: string): readonly string[] {
  const stack: string[] = [];
  for (const step of path.split(/[/\\]/)) {
    if (step.trim() === '..') stack.pop();
    else if (step.trim() !== '' && step.trim() !== '.') stack.push(step);
  }
  return stack;
}

test('whatever comes together, no resolved path leaves its bounds', () => {
  let resolvedOnes = 0;
  const record = {
    sourcePath: mostly(likelyTemplate, template),
    destinationPath: mostly(likelyTemplate, template),
    sourceWithin: bound,
    destinationWithin: bound,
    pid: mostly(fc.constant('20.500/abc'), path),
    sourceFolder: mostly(
      fc.constantFrom('/data/p1/run7', '/data/p1'),
      fc.oneof(
        path,
        path.map((text) => `/data/${text}`),
      ),
    ),
    ownerGroup: mostly(fc.constantFrom('p1', 'data'), part),
    username: mostly(fc.constant('alice'), part),
    collectionRootPath: mostly(fc.constantFrom('/', '/data'), path),
    paths: fc.option(fc.array(mostly(fc.constantFrom('a.tif', 'sub/b', 'c d'), path), { maxLength: 3 }), {
      nil: undefined,
    }),
    links: fc.array(fc.boolean(), { maxLength: 3 }),
  };
  fc.assert(
    fc.property(fc.record(record), (drawn) => {
      const dataset = { pid: drawn.pid, ownerGroup: drawn.ownerGroup, sourceFolder: drawn.sourceFolder };
      const asked = question({
        source: facility({
          sourcePath: pathTemplate(drawn.sourcePath),
          sourceWithin: pathTemplate(drawn.sourceWithin),
          allowSymlinks: true,
        }),
        destination: facility({
          ...destination,
          destinationPath: pathTemplate(drawn.destinationPath),
          destinationWithin: pathTemplate(drawn.destinationWithin),
          allowSymlinks: true,
        }),
        dataset,
        username: drawn.username,
        collectionRootPath: drawn.collectionRootPath,
        files: drawn.paths?.map((text, index) => ({ path: text, isSymlink: drawn.links[index] ?? false })),
      });
      const resolved = resolvePaths(asked);
      if (resolved.kind === 'refused') return;
      resolvedOnes += 1;
      const fill = (text: string) =>
        text
          .replace('{{ .OwnerGroup }}', () => drawn.ownerGroup)
          .replace('{{ .Username }}', () => drawn.username);
      for (const item of resolved.items) {
        staysWithin(item.sourcePath, fill(drawn.sourceWithin));
        staysWithin(item.destinationPath, fill(drawn.destinationWithin));
        staysWithin(item.sourcePath, resolved.sourceFolder);
        staysWithin(item.destinationPath, resolved.destinationFolder);
      }
    }),
    { numRuns: 25_000 },
  );
  assert.ok(resolvedOnes > 500, `only ${resolvedOnes} were resolved: the property says little`);
});

function staysWithin(path: string, bound: string): void {
  const [walked, limits] = [walk(path), walk(bound)];
  assert.deepEqual(walked.slice(0, limits.length), limits, `${path} leaves ${bound}`);
  assert.ok(liesWithin({ path, bound: `/${limits.join('/')}` }));
  assert.ok(!walked.some((step) => step === '..' || step.includes('\0')));
}
