import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLanguage } from '../../../gateway/pages/look.ts';

describe('the language of a page', () => {
  const cases: readonly (readonly [string | undefined, 'en' | 'de'])[] = [
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['de-CH', 'de'],
    ['DE', 'de'],
    ['den', 'en'],
    ['fr-FR, de;q=0.5, en;q=0.4', 'de'],
    ['fr, en;q=0.5, de;q=0.4', 'en'],
    ['de;q=0.8, en;q=0.9', 'en'],
    ['de;q=0, en;q=0.1', 'en'],
    ['de;q=0', 'en'],
    ['de;q=7', 'en'],
    ['*', 'en'],
    ['fr', 'en'],
    [`${'fr,'.repeat(400)}de`, 'en'],
  ];
  for (const [header, expected] of cases)
    it(`for ${JSON.stringify(header)?.slice(0, 40)} is ${expected}`, () => {
      assert.equal(readLanguage(header === undefined ? [] : ['Accept-Language', header]), expected);
    });
});
