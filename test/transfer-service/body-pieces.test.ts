// A body cut into pieces says what JSON.parse makes of the whole, or is refused as that is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutLists } from '../../transfer-service/body-pieces.ts';
import { readTransferBody } from '../../transfer-service/request.ts';
import { allOf } from './all-of.ts';

/** What the pieces and the frame say, put together. */
function joined(body: string, pieceLength: number): unknown {
  const pieces = cutLists(body, pieceLength);
  const entries: unknown[] = [];
  for (let step = pieces.next(); ; step = pieces.next()) {
    const value: unknown = JSON.parse(step.value);
    if (!step.done) entries.push(...Object.values(Object(value)));
    else return { ...Object(value), fileList: entries };
  }
}

const text = fc.string({ unit: fc.constantFrom('"', '\\', ',', '[', ']', '{', '}', 'a', 'é') });
const entry = fc.record({ path: text, more: fc.jsonValue({ maxDepth: 2 }) }, { noNullPrototype: true });

test('is the same list, however small the pieces and whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), fc.nat(60), fc.boolean(), (fileList, length, isWide) => {
      const body = JSON.stringify({ a: 1, fileList, b: { c: '[' } }, null, isWide ? 2 : 0);
      assert.deepEqual(joined(body, length), JSON.parse(body));
    }),
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
  const read = allOf(readTransferBody(JSON.stringify({ fileList: [...paths, { path: 1 }] })));
  assert.deepEqual([read.kind, 'where' in read && read.where], ['refused', 'fileList.5000.path']);
});

test('refuses a key that stands twice, in a late piece and across lists', () => {
  const late = JSON.stringify({ fileList: paths }).replace(
    '"path":"frame-4000',
    '"path":"x","path":"frame-4000',
  );
  const twice = JSON.stringify({ fileList: paths }).replace('{', '{"fileList":[],');
  for (const body of [late, twice]) {
    const read = allOf(readTransferBody(body));
    assert.equal('problem' in read && read.problem, 'has a key twice');
  }
});

test('takes the list of 5000 as it is, an empty one, and none', () => {
  const read = (body: unknown) => {
    const answer = allOf(readTransferBody(JSON.stringify(body)));
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
    const read = allOf(readTransferBody(JSON.stringify({ fileList: [{ path, x: 1 }] })));
    assert.equal(read.kind === 'refused' && read.reason, 'body_invalid');
  }
});
