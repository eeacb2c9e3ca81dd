// Many times the files take hardly more memory, in simulators and a service that are processes of their own; a million
// files: `node test/transfer-service/large/measure.ts 10000 1000000`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from './measure.ts';

test('twenty times the files are moved with hardly more memory, and nobody waits for them', {
  timeout: 120_000,
}, async (t) => {
  const small = await measure({ files: 2_000, itemsPerTask: 500, asksForLive: true });
  const large = await measure({ files: 40_000, itemsPerTask: 500, asksForLive: true });
  t.diagnostic(JSON.stringify([small, large]));
  for (const one of [small, large]) {
    assert.deepEqual([one.status, one.reason, one.filesTransferred], ['finished', null, one.files]);
    assert.equal(one.tasks, one.files / 500);
    assert.deepEqual(Object.keys(one.jobs), ['globus_transfer_job-0', 'archive-1']);
  }
  // The list alone is some 6 MB as it is sent, and many times that as objects.
  const grewBy = (large.liveMegabytes ?? Number.NaN) - (small.liveMegabytes ?? Number.NaN);
  assert.ok(grewBy <= 4, `what lives grew by ${grewBy} MB`);
  assert.ok(
    large.peakMegabytes < small.peakMegabytes + 80,
    `${small.peakMegabytes} -> ${large.peakMegabytes} MB`,
  );
});
