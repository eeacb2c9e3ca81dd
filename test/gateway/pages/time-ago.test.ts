import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timeAgo } from '../../../gateway/pages/time-ago.ts';

describe('how long ago', () => {
  const second = 1000;
  const cases: readonly (readonly [number, string, string])[] = [
    [-5 * second, 'just now', 'gerade eben'],
    [0, 'just now', 'gerade eben'],
    [59 * second, 'just now', 'gerade eben'],
    [60 * second, '1 minute ago', 'vor 1 Minute'],
    [3599 * second, '59 minutes ago', 'vor 59 Minuten'],
    [3600 * second, '1 hour ago', 'vor 1 Stunde'],
    [25 * 3600 * second, 'yesterday', 'gestern'],
    [15 * 86_400 * second, '2 weeks ago', 'vor 2 Wochen'],
    [400 * 86_400 * second, 'last year', 'letztes Jahr'],
  ];
  for (const [agoMs, english, german] of cases)
    it(`${agoMs} ms is ${english}`, () => {
      assert.equal(timeAgo(1e12 - agoMs, 1e12, 'en'), english);
      assert.equal(timeAgo(1e12 - agoMs, 1e12, 'de'), german);
    });
});
