// Many times the files take hardly more memory, in simulators and a service that are processes of their own; a million
// files: `node test/transfer-service/large/measure.ts 10000 1000000`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from './measure.ts';

test('twenty times the files are moved with hardly more memory, and nobody waits for them', {
  timeout: 120_000,
}, async (t) => {
  const small = await measure(2_000, 500);
  const large = await measure(40_000, 500);
  t.diagnostic(JSON.stringify([small, large]));
  for (const one of [small, large]) {
    assert.deepEqual([one.status, one.reason, one.filesTransferred], ['finished', null, one.files]);
    assert.equal(one.tasks, one.files / 500);
    assert.deepEqual(Object.keys(one.jobs), ['globus_transfer_job-0', 'archive-1']);
  }
  // The list alone would be some 10 MB as it is sent, and many times that as objects.
  assert.ok(
    large.peakMegabytes < small.peakMegabytes + 100,
    `${small.peakMegabytes} -> ${large.peakMegabytes} MB`,
  );
});
