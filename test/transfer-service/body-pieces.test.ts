// A body cut into pieces says what JSON.parse makes of the whole, or is refused as that is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ListCutter } from '../../transfer-service/body-pieces.ts';
import { type ReadFiles, TransferBodyReader } from '../../transfer-service/transfer-body.ts';
import { allOf } from './all-of.ts';

/** What the pieces and the frame say, put together; the text comes in parts of this length. */
function joined(body: string, pieceLength: number, partLength = body.length): unknown {
  const cutter = new ListCutter('fileList', pieceLength);
  const entries: unknown[] = [];
  for (let at = 0; at < body.length; at += partLength) {
    for (const piece of cutter.add(body.slice(at, at + partLength)))
      entries.push(...Object.values(Object(JSON.parse(piece))));
  }
  const frame: unknown = JSON.parse(cutter.end());
  return { ...Object(frame), fileList: entries };
}

function readTransferBody(body: string | Uint8Array, partBytes = 1 << 20): ReadFiles {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const reader = new TransferBodyReader();
  for (let at = 0; at < bytes.length; at += partBytes) allOf(reader.add(bytes.subarray(at, at + partBytes)));
  return reader.end();
}

const text = fc.string({ unit: fc.constantFrom('"', '\\', ',', '[', ']', '{', '}', 'a', 'é') });
const entry = fc.record({ path: text, more: fc.jsonValue({ maxDepth: 2 }) }, { noNullPrototype: true });

test('is the same list, however small the pieces and whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 6 }),
      fc.nat(60),
      fc.integer({ min: 1, max: 80 }),
      fc.boolean(),
      (fileList, length, partLength, isWide) => {
        const body = JSON.stringify({ a: 1, other: ['x'], fileList, b: { c: '[' } }, null, isWide ? 2 : 0);
        assert.deepEqual(joined(body, length, partLength), JSON.parse(body));
      },
    ),
    { numRuns: 500 },
  );
});

test('is no JSON where the whole is none', () => {
  const body = JSON.stringify({ fileList: [{ path: 'a,"' }, { path: 'b' }, { path: 'c' }] });
  const mark = fc.constantFrom('"', ',', '[', ']', '{', '}', ' ', '\\', '1');
  fc.assert(
    fc.property(fc.nat(body.length), mark, fc.boolean(), fc.nat(30), (at, char, isInserted, length) => {
      const broken = body.slice(0, at) + char + body.slice(isInserted ? at : at + 1);
      const isJson = parses(() => JSON.parse(broken));
      assert.equal(
        parses(() => joined(broken, length)),
        isJson,
        broken,
      );
    }),
    { numRuns: 3000 },
  );
});

function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const paths = Array.from({ length: 5000 }, (_, number) => ({ path: `frame-${number}.tif` }));

test('names the entry that is wrong by its place in the whole list', () => {
  const read = readTransferBody(JSON.stringify({ fileList: [...paths, { path: 1 }] }));
  assert.deepEqual([read.kind, 'where' in read && read.where], ['refused', 'fileList.5000.path']);
});

test('refuses a key that stands twice, in a late piece and across lists', () => {
  const late = JSON.stringify({ fileList: paths }).replace(
    '"path":"frame-4000',
    '"path":"x","path":"frame-4000',
  );
  const twice = JSON.stringify({ fileList: paths }).replace('{', '{"fileList":[],');
  for (const body of [late, twice]) {
    const read = readTransferBody(body);
    assert.equal('problem' in read && read.problem, 'has a key twice');
  }
});

test('takes the list of 5000 as it is, an empty one, and none', () => {
  const read = (body: unknown) => {
    const answer = readTransferBody(JSON.stringify(body));
    return answer.kind === 'read' ? answer.value : answer.reason;
  };
  assert.deepEqual(
    read({ fileList: paths }),
    paths.map(({ path }) => ({ path, isSymlink: false })),
  );
  assert.deepEqual(read({ fileList: [] }), []);
  assert.equal(read({ fileList: null }), undefined);
  assert.equal(read(null), undefined);
  assert.equal(read([paths]), 'body_invalid');
});

test('a string of megabytes is a refusal like any other, full of escapes too', () => {
  for (const path of ['a'.repeat(9_000_000), '\n"'.repeat(2_000_000)]) {
    const read = readTransferBody(JSON.stringify({ fileList: [{ path, isSymlink: false }] }));
    assert.equal(read.kind === 'refused' && read.reason, 'body_invalid');
  }
});

test('ignores keys that are not ours, in the body and in an entry, lists among them', () => {
  const read = (body: unknown) => {
    const answer = readTransferBody(JSON.stringify(body), 7);
    return answer.kind === 'read' ? answer.value : answer.reason;
  };
  const listed = [{ path: 'a', isSymlink: false }];
  assert.deepEqual(
    read({ other: [{ path: 'secret' }], fileList: [{ path: 'a', size: 1, perm: '-' }] }),
    listed,
  );
  assert.deepEqual(read({ fileList: [{ path: 'a' }], other: [{ path: 'secret' }] }), listed);
  assert.deepEqual(read({ nested: { fileList: [{ path: 'secret' }] }, fileList: [{ path: 'a' }] }), listed);
  assert.equal(read({ files: [{ path: 'a' }] }), undefined);
  assert.equal(read({ FileList: [{ path: 'a' }] }), 'body_invalid');
});

test('takes the list under an escaped spelling of its key, and never under both', () => {
  const escaped = '{"file\\u004cist":[{"path":"a"}]}';
  const read = readTransferBody(escaped, 3);
  assert.deepEqual(read.kind === 'read' && read.value, [{ path: 'a', isSymlink: false }]);
  const both = readTransferBody(escaped.replace('{', '{"fileList":[{"path":"b"}],'));
  assert.equal('problem' in both && both.problem, 'has a key twice');
});

test('is refused where it is not UTF-8, wherever a character is cut', () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ fileList: [{ path: 'ü€😀' }] }));
  for (const length of [1, 2, 3, 5])
    assert.equal(readTransferBody(bytes, length).kind, 'read', String(length));
  const broken = new Uint8Array([...bytes.slice(0, 25), 0xff, ...bytes.slice(25)]);
  for (const length of [1, 1000]) {
    const read = readTransferBody(broken, length);
    assert.equal('problem' in read && read.problem, 'is no UTF-8');
  }
  const cut = readTransferBody(bytes.slice(0, 26), 4);
  assert.equal('problem' in cut && cut.problem, 'is no UTF-8');
});

test('a frame that is longer than any is refused while it comes in, and costs no more than its bytes', () => {
  const startedAt = performance.now();
  const read = readTransferBody(`{"note":"${'a'.repeat(20_000_000)}`, 65_536);
  assert.equal(read.kind === 'refused' && read.reason, 'body_invalid');
  assert.ok(performance.now() - startedAt < 5_000);
});
