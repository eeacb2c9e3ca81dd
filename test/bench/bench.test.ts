// That the bench still runs: its machinery for a moment, with small numbers, whatever it measures.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeWith, findPart, traefik } from '../real-parts/find.ts';
import { bench, quickScale } from './bench.ts';
import { wrk } from './load.ts';
import { median } from './rounds.ts';
import { renderTable } from './table.ts';

const program = findPart(wrk);

describeWith([wrk, traefik], 'the bench', () => {
  it('measures every row, and leaves no server behind', { timeout: 120_000 }, async () => {
    const printed: string[] = [];
    const scale = {
      ...quickScale,
      tokens: [1, 10, 20],
      apps: [2, 4, 8],
      sessions: { stored: [10, 20], used: 5 },
      cold: { tokens: 40, rounds: 1, settling: 40 },
      rounds: 1,
      pairRounds: 1,
      // Long enough that a busy machine answers something in it.
      roundMs: 500,
      settleMs: 1000,
      arriving: { users: 20, answersAfterMs: 10 },
      beginsWithinMs: Number.POSITIVE_INFINITY,
    } as const;
    const { rows, ratio } = await bench({ wrk: program ?? '', traefik: findPart(traefik) }, scale, (text) =>
      printed.push(text),
    );
    assert.ok(ratio > 0, `${ratio}`);
    assert.equal(rows.length, 24, printed.join('\n'));
    for (const { name, perSecond, p99Ms } of rows) assert.ok((perSecond ?? p99Ms ?? 0) > 0, name);
  });
});

it('the median is the middle one, or lies between the middle two', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

it('a table has what was measured, under its heading, and nothing where nothing was', () => {
  const table = renderTable('what', [
    { name: 'one', perSecond: 12.4, ratio: 0.5 },
    { name: 'another', p99Ms: 3 },
  ]);
  assert.deepEqual(
    table.split('\n').map((line) => line.trim().split(/ {2,}/)),
    [
      ['what', 'answers/s', 'of raw', 'CPU µs', 'p50 ms', 'p99 ms', 'RSS MB'],
      ['one', '12', '0.50'],
      ['another', '3.00'],
      [''],
    ],
  );
});
