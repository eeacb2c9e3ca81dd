// SciCat's file list as it comes in: cut anywhere it is what JSON.parse makes of the whole, and nothing else is taken
// for one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Unavailable } from '../../../platform/unavailable.ts';
import { readFileList } from '../../../transfer-service/scicat/file-list.ts';

async function* cut(text: string, sizes: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(text: string, sizes: readonly number[] = [1 << 20]) {
  return (await Array.fromAsync(readFileList(cut(text, sizes), 1000))).flat();
}

const file = fc.record({
  path: fc.string({ minLength: 1, unit: 'grapheme' }),
  size: fc.nat(),
  chk: fc.option(fc.string()),
  more: fc.jsonValue({ maxDepth: 2 }),
});
const block = fc.record({
  before: fc.jsonValue({ maxDepth: 2 }),
  key: fc.constantFrom('dataFileList', 'x'),
  dataFileList: fc.array(file, { maxLength: 5 }),
  after: fc.constantFrom('dataFileList', '[{', '"}]'),
});

describe('a file list that comes in', () => {
  it('is what the whole text says, wherever it is cut', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(block, { maxLength: 4 }),
        sizes,
        fc.boolean(),
        async (blocks, parts, isWide) => {
          const expected = blocks
            .flatMap(({ dataFileList }) => dataFileList)
            .map(({ path, size }) => ({
              path,
              sizeBytes: size,
              kind: path.endsWith('/') ? ('folder' as const) : ('unknown' as const),
            }));
          const text = JSON.stringify(blocks, null, isWide ? 2 : 0);
          assert.deepEqual(await read(text, parts), expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  const bad: Readonly<Record<string, string>> = {
    'nothing at all': '',
    'a page to sign in': '<html></html>',
    'an object': '{"dataFileList":[]}',
    'a list of texts': '["dataFileList"]',
    'a list in a list': '[[{"path":"a","size":1}]]',
    'files that are texts': '[{"dataFileList":["a"]}]',
    'files that are numbers': '[{"dataFileList":[1]}]',
    'files that are lists': '[{"dataFileList":[[{"path":"a","size":1}]]}]',
    'a file that is no JSON': '[{"dataFileList":[{"path":a}]}]',
    'a text that is cut short in a file': '[{"dataFileList":[{"path":"a","si',
    'a text that is cut short between two': '[{"dataFileList":[{"path":"a","size":1}',
    'a text that is cut short at its end': '[{"dataFileList":[]}',
    'two lists': '[][]',
    'an end without a beginning': ']',
  };
  for (const [name, text] of Object.entries(bad)) {
    for (const size of [1, 1 << 20]) {
      it(`is a bad answer for ${name}, in parts of ${size}`, async () => {
        await assert.rejects(
          read(text, [size]),
          (error) => error instanceof Unavailable && error.reason === 'bad_answer',
        );
      });
    }
  }

  const unusable: Readonly<Record<string, string>> = {
    'a block without a list': '[{"files":[]}]',
    'a list of files that is none': '[{"dataFileList":{}}]',
    'a file without a path': '[{"dataFileList":[{"size":1}]}]',
    'a file of a negative size': '[{"dataFileList":[{"path":"a","size":-1}]}]',
    'a file without end': `[{"dataFileList":[{"path":"${'a'.repeat(100_000)}`,
  };
  for (const [name, text] of Object.entries(unusable)) {
    for (const size of [1, 1 << 20]) {
      it(`cannot be used, now or later, with ${name}, in parts of ${size}`, async () => {
        const last = (await read(text, [size])).at(-1);
        assert.ok(last !== undefined && 'code' in last, JSON.stringify(last));
        assert.equal(last.code, 'file_list_unusable');
      });
    }
  }

  it('says which of its entries cannot be used, wherever it is cut', async () => {
    const text = JSON.stringify([
      { dataFileList: [{ path: 'a', size: 1 }] },
      { dataFileList: [{ path: 'b', size: 1 }, { path: 'c' }, { path: 'd' }] },
    ]);
    for (const size of [1, 40, 1 << 20]) {
      const last = (await read(text, [size])).at(-1);
      assert.ok(last !== undefined && 'code' in last);
      assert.match(last.message, /entry 3 of it/);
    }
  });

  it('cannot be used when it is longer than is read, and says how long that is', async () => {
    async function* parts() {
      yield Buffer.from('[{"dataFileList":[{"path":"a","size":1},');
      throw new Unavailable({ dependency: 'scicat', reason: 'too_large', message: 'too much' });
    }
    const [first, last] = await Array.fromAsync(readFileList(parts(), 1000));
    assert.deepEqual(first, [{ path: 'a', sizeBytes: 1, kind: 'unknown' as const }]);
    assert.ok(last !== undefined && 'code' in last);
    assert.match(last.message, /longer than 1000 bytes/);
  });

  it('is handed on before it is whole', async () => {
    let isRead = false;
    async function* parts() {
      yield Buffer.from('[{"dataFileList":[{"path":"a","size":1},');
      assert.ok(isRead, 'the first file was waited for');
      yield Buffer.from('{"path":"b","size":1}]}]');
    }
    for await (const files of readFileList(parts(), 1000)) {
      assert.ok(Array.isArray(files) && files.length === 1);
      isRead = true;
    }
  });
});
