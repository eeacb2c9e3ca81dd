// The state machine as a table: what is stored -> what is done next.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextStep, type Step } from '../../../transfer-service/engine/next-step.ts';
import { reportOf } from '../../../transfer-service/engine/report.ts';
import type { Chunk, ChunkStatus, Transfer } from '../../../transfer-service/engine/types.ts';
import { chunk, transfer } from './samples.ts';
import { settings as stageSettings } from './stage.ts';

const now = 1_000_000;
const wish = { requestedAt: now, deleteJob: false, problem: undefined };
const chunks = (...statuses: readonly ChunkStatus[]): readonly Chunk[] =>
  statuses.map((status, index) => chunk({ index, status, taskId: `task-${index}` }));
const lost = chunk({ status: 'submitting', submissionId: 's', attemptedAt: now });
const unsent = chunk({ status: 'submitting', submissionId: 's' });
const problem = { ...wish, problem: 'refused' };

/** The report that is due is not what these are about. */
function stepOf(overrides: Partial<Transfer>, { hasPlace = true, mayReadList = true } = {}): Step {
  const given = transfer(overrides);
  const told = {
    ...given,
    report: { text: JSON.stringify(reportOf(given)), at: now, isRefused: false, mayBeTakenLater: false },
  };
  return nextStep(told, {
    now,
    hasPlace,
    mayReadList,
    sinceMs: (at) => now - at,
    settings: stageSettings,
  });
}

const table: readonly (readonly [string, Partial<Transfer>, Step['kind']])[] = [
  ['requested', { state: 'requested' }, 'create_job'],
  [
    'requested, to be cancelled, job never tried',
    { state: 'requested', job: { attemptedAt: undefined, id: undefined, isDeleted: false }, cancel: wish },
    'end',
  ],
  ['requested, to be cancelled, job maybe there', { state: 'requested', cancel: wish }, 'create_job'],
  ['recorded', { state: 'recorded' }, 'prepare'],
  [
    'recorded, its files to be listed',
    { state: 'recorded', listing: { kind: 'wanted' }, chunks: [] },
    'list_files',
  ],
  [
    'cancelling, its files never listed',
    { state: 'cancelling', endState: 'cancelled', listing: { kind: 'wanted' }, chunks: [] },
    'end',
  ],
  ['recorded, to be cancelled', { state: 'recorded', cancel: wish }, 'begin_cancelling'],
  ['submitting', { state: 'submitting', chunks: [unsent] }, 'submit'],
  ['submitting, answer lost', { state: 'submitting', chunks: [lost] }, 'submit'],
  ['transferring', { state: 'transferring', chunks: chunks('active') }, 'rest'],
  [
    'transferring, one chunk waits',
    { state: 'transferring', chunks: chunks('active', 'waiting') },
    'prepare',
  ],
  [
    'transferring, all arrived',
    { state: 'transferring', chunks: chunks('succeeded', 'succeeded') },
    'begin_concluding',
  ],
  [
    'transferring, to be cancelled',
    { state: 'transferring', chunks: chunks('active'), cancel: wish },
    'begin_cancelling',
  ],
  [
    'transferring, cancelling failed',
    { state: 'transferring', chunks: chunks('active'), cancel: problem },
    'rest',
  ],
  [
    'transferring, cancelling failed, one waits',
    { state: 'transferring', chunks: chunks('active', 'waiting'), cancel: problem },
    'rest',
  ],
  [
    'transferring, cancelling failed, one waits, none runs',
    { state: 'transferring', chunks: chunks('succeeded', 'waiting'), cancel: problem },
    'end',
  ],
  [
    'transferring, one failed, one runs, one waits',
    { state: 'transferring', chunks: chunks('failed', 'active', 'waiting') },
    'rest',
  ],
  [
    'transferring, one failed, one is unknown',
    { state: 'transferring', chunks: [...chunks('failed'), lost] },
    'find_task',
  ],
  [
    'transferring, one failed, one waits',
    { state: 'transferring', chunks: chunks('failed', 'waiting') },
    'end',
  ],
  ['cancelling, none sent', { state: 'cancelling', endState: 'cancelled', chunks: [unsent] }, 'end'],
  ['cancelling, answer lost', { state: 'cancelling', endState: 'cancelled', chunks: [lost] }, 'find_task'],
  [
    'cancelling, one runs',
    { state: 'cancelling', endState: 'cancelled', chunks: chunks('active') },
    'cancel_task',
  ],
  [
    'cancelling, asked',
    { state: 'cancelling', endState: 'cancelled', chunks: [chunk({ status: 'active', cancelAsked: true })] },
    'rest',
  ],
  [
    'cancelling, all arrived',
    { state: 'cancelling', endState: 'cancelled', chunks: chunks('succeeded') },
    'begin_concluding',
  ],
  ['giving up, all arrived', { state: 'cancelling', endState: 'failed', chunks: chunks('succeeded') }, 'end'],
  ['concluding', { state: 'concluding', chunks: chunks('succeeded') }, 'judge'],
  ['concluding, to be cancelled', { state: 'concluding', cancel: wish }, 'end'],
  ['archiving', { state: 'archiving' }, 'mark_archivable'],
  ['archiving, to be cancelled', { state: 'archiving', cancel: wish }, 'end'],
  [
    'archiving, marked',
    { state: 'archiving', archive: { isMarked: true, attemptedAt: undefined, jobId: undefined } },
    'create_archive_job',
  ],
  [
    'archiving, marked, to be cancelled',
    {
      state: 'archiving',
      cancel: wish,
      archive: { isMarked: true, attemptedAt: undefined, jobId: undefined },
    },
    'end',
  ],
  [
    'archiving, job maybe there, to be cancelled',
    { state: 'archiving', cancel: wish, archive: { isMarked: true, attemptedAt: 0, jobId: undefined } },
    'create_archive_job',
  ],
  [
    'archiving, job made',
    { state: 'archiving', archive: { isMarked: true, attemptedAt: 0, jobId: 'a' } },
    'end',
  ],
  ['finished', { state: 'finished', endedAt: now }, 'settle'],
  [
    'finished, job to be deleted',
    { state: 'finished', endedAt: now, cancel: { ...wish, deleteJob: true } },
    'delete_job',
  ],
  ['finished, settled', { state: 'finished', endedAt: now, isSettled: true }, 'rest'],
  [
    'failed without a job',
    { state: 'failed', endedAt: now, job: { attemptedAt: 0, id: undefined, isDeleted: false } },
    'settle',
  ],
];

describe('the next step of a transfer that is', () => {
  for (const [name, given, kind] of table) {
    it(`${name} is: ${kind}`, () => assert.equal(stepOf(given).kind, kind));
  }

  it('recorded is to wait while there is no place', () => {
    assert.equal(stepOf({ state: 'recorded' }, { hasPlace: false }).kind, 'rest');
  });

  it('to be read from a list, or compared with one, is to wait until it may', () => {
    const wanted = { state: 'recorded', listing: { kind: 'wanted' }, chunks: [] } as const;
    assert.equal(stepOf(wanted, { mayReadList: false }).kind, 'rest');
    assert.equal(stepOf({ ...wanted, cancel: wish }, { mayReadList: false }).kind, 'begin_cancelling');
    assert.equal(stepOf({ state: 'concluding' }, { mayReadList: false }).kind, 'rest');
    assert.equal(stepOf({ state: 'concluding', cancel: wish }, { mayReadList: false }).kind, 'end');
  });

  it('ended and not told is to tell', () => {
    const given = transfer({ state: 'finished', endedAt: now });
    assert.equal(
      nextStep(given, {
        now,
        hasPlace: true,
        mayReadList: true,
        sinceMs: (at) => now - at,
        settings: stageSettings,
      }).kind,
      'report',
    );
  });
});
