// That the bench of transfers still runs, and that what it asks of Globus does not grow with what is in flight.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { benchTransfers, quickTransfers } from './bench.ts';

it('measures every row: one list a poll, however many are in flight', { timeout: 180_000 }, async () => {
  const printed: string[] = [];
  const rows = await benchTransfers(quickTransfers, (text) => void printed.push(text));
  assert.deepEqual(
    rows.map(({ count }) => count),
    quickTransfers.inFlight,
  );
  for (const row of rows) {
    assert.ok(row.listsPerPoll > 0 && row.listsPerPoll < 2, printed.join('\n'));
    assert.ok(row.p99Ms > 0 && row.memoryMegabytes > 0);
  }
  assert.match(printed.join('\n'), /100 queued: [\d.]+ transfers a second/);
  assert.match(printed.join('\n'), /10000 files as a folder: [\d.]+ s, peak \d+ MB/);
});
