import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ownCopy } from '../../platform/own-copy.ts';

it('a copy of a text is the same text', () => {
  for (const text of ['', 'a', 'Bearer é\xff', 'ł', '\ud800', '日本'.repeat(100), 'x'.repeat(5000)])
    assert.equal(ownCopy(text), text);
});
