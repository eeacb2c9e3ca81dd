import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describe } from '../../../transfer-service/engine/describe.ts';
import { chunk, transfer } from './samples.ts';

it('says what Globus says of a task that meets errors', () => {
  const hindered = chunk({ status: 'active' }, { faults: 7, niceStatus: 'FILE_NOT_FOUND' });
  const said = describe(transfer({ state: 'transferring', chunks: [hindered] }));
  assert.match(said, /FILE_NOT_FOUND.*7 so far/);
});

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
