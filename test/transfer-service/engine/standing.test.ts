import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isParked, standingOf } from '../../../transfer-service/engine/standing.ts';

const standings = [
  [undefined, false, 'working'],
  ['OK', false, 'working'],
  ['ok', false, 'working'],
  ['Queued', false, 'queued'],
  ['QUEUED', false, 'queued'],
  ['FILE_NOT_FOUND', false, 'hindered'],
  ['CREDENTIALS_EXPIRED', false, 'hindered'],
  ['OK', true, 'paused'],
  ['FILE_NOT_FOUND', true, 'paused'],
] as const;

for (const [niceStatus, isPaused, standing] of standings) {
  test(`a task that Globus calls ${niceStatus}${isPaused ? ' and paused' : ''} is ${standing}`, () => {
    assert.equal(standingOf({ niceStatus, isPaused }), standing);
    assert.equal(isParked({ niceStatus, isPaused }), standing === 'paused' || standing === 'hindered');
  });
}
