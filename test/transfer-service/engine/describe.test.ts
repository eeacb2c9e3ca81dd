import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describe } from '../../../transfer-service/engine/describe.ts';
import { chunk, transfer } from './samples.ts';

it('says what Globus says of a task that meets errors', () => {
  const hindered = chunk({ status: 'active' }, { faults: 7, niceStatus: 'FILE_NOT_FOUND' });
  const said = describe(transfer({ state: 'transferring', chunks: [hindered] }));
  assert.match(said, /FILE_NOT_FOUND.*7 so far/);
});

for (const niceStatus of ['CREDENTIALS_EXPIRED', 'Queued', 'GC_NOT_CONNECTED']) {
  it(`says what Globus says of a task that waits without an error: ${niceStatus}`, () => {
    const chunks = [
      chunk({ status: 'succeeded' }, { niceStatus: 'ENDED' }),
      chunk({ index: 1, status: 'active' }, { niceStatus: 'OK' }),
      chunk({ index: 2, status: 'active' }, { niceStatus }),
    ];
    const said = describe(transfer({ state: 'transferring', chunks }));
    assert.equal(said, `transferring; Globus says ${niceStatus}`);
    const stuck = describe(transfer({ state: 'transferring', chunks, stuckSince: 60_000 }));
    assert.equal(stuck, `stuck, transferring; Globus says ${niceStatus}; nothing since 1970-01-01 00:01 UTC`);
  });
}

for (const niceStatus of ['OK', 'ok', undefined]) {
  it(`says nothing more of a task of which Globus says ${niceStatus}`, () => {
    const well = chunk({ status: 'active' }, { niceStatus });
    assert.equal(describe(transfer({ state: 'transferring', chunks: [well] })), 'transferring');
  });
}

it('says that a task is paused', () => {
  const paused = chunk({ status: 'active' }, { isPaused: true });
  assert.match(describe(transfer({ state: 'transferring', chunks: [paused] })), /paused/);
});

it('says what stands in the way before all else', () => {
  assert.equal(describe(transfer({ state: 'recorded', obstacle: 'waits for scicat' })), 'waits for scicat');
});

it('says why cancelling failed', () => {
  const cancel = { requestedAt: 1, deleteJob: false, problem: 'Globus refused' };
  assert.match(describe(transfer({ state: 'transferring', cancel })), /goes on: Globus refused/);
});

it('says of an ended one what to do, whatever stood in its way before', () => {
  const ended = transfer({ state: 'failed', endedAt: 1, message: 'ask again', obstacle: 'waits for scicat' });
  assert.equal(describe(ended), 'ask again');
});
