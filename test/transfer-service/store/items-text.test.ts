import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseItems, renderItems } from '../../../transfer-service/store/items-text.ts';

test('reads the items that were written, whatever is in their paths', () => {
  const path = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', ']', ',', '[', '\\', 'a') }),
  );
  const kind = fc.constantFrom('file', 'folder', 'symlink');
  const item = fc.record({ kind, sourcePath: path, destinationPath: path }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 250, size: 'max' }), (items) => {
      const { count, text } = renderItems(items);
      assert.equal(count, items.length);
      assert.deepEqual([...parseItems(text)], items);
      assert.equal(JSON.parse(text).length, items.length);
    }),
    { numRuns: 100 },
  );
});

test('takes nothing for items that no version has written', () => {
  for (const text of ['', 'x', '[{}]', '[["file","/a"]]', '[["disk","/a","/b"]]', '[["file","/a","/b"]']) {
    assert.throws(() => [...parseItems(text)], /database|JSON/, text);
  }
});
