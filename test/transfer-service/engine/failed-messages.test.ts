// Whoever reads that a transfer has failed reads what to do about it: for every reason that there is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { EndReason } from '../../../transfer-service/engine/types.ts';
import type { CallName, Strike } from './fake-services.ts';
import { Stage, type Wish } from './stage.ts';

type Failure = {
  readonly name: string;
  readonly reason: EndReason;
  /** Before it is asked for. */
  readonly spoil?: (stage: Stage) => void;
  /** While it moves. */
  readonly strike?: (stage: Stage) => void;
  readonly wish?: Wish;
};

const refusal = { kind: 'refused', code: 'scicat_400', message: 'Invalid job type' } as const;
const unusable = { kind: 'refused', code: 'x', message: 'the list is too long' } as const;
const hour = 3_600_000;

const errorAt = (code: string) => ({
  ...{ code, description: '', path: '/p1/run7/a' },
  ...{ collection: 'source-collection', isWrite: undefined },
});

function always(name: CallName, strike: Strike): (stage: Stage) => void {
  return ({ services }) => {
    services.strike = (called) => (called === name ? strike : undefined);
  };
}

const failures: readonly Failure[] = [
  {
    ...{ name: 'no job', reason: 'job_refused' },
    spoil: always('scicat.createTransferJob', refusal),
  },
  {
    ...{ name: 'no dataset', reason: 'dataset_gone' },
    spoil: ({ services }) => {
      services.dataset = undefined;
    },
  },
  {
    ...{ name: 'another’s dataset', reason: 'dataset_changed' },
    spoil: ({ services }) => {
      if (services.dataset !== undefined) services.dataset = { ...services.dataset, ownerGroup: 'p2' };
    },
  },
  {
    ...{ name: 'an empty list', reason: 'file_list_invalid', wish: { isListed: true } },
    spoil: ({ services }) => {
      services.files = [];
    },
  },
  {
    ...{ name: 'a list of paths that lead out', reason: 'file_list_invalid', wish: { isListed: true } },
    spoil: ({ services }) => {
      services.files = [{ path: '../a', sizeBytes: 1, kind: 'file' as const }];
    },
  },
  {
    ...{ name: 'a list that cannot be used', reason: 'file_list_invalid', wish: { isListed: true } },
    spoil: ({ services }) => {
      services.listProblem = unusable;
    },
  },
  {
    ...{ name: 'a refused submit', reason: 'submission_refused' },
    spoil: always('globus.submit', { ...refusal, code: 'PermissionDenied' }),
  },
  {
    ...{ name: 'a missing file', reason: 'source_missing' },
    strike: ({ services }) => services.changeTask('task-0', { faults: 1, niceStatus: 'FILE_NOT_FOUND' }),
  },
  {
    ...{ name: 'a file that may not be read', reason: 'source_permission_denied' },
    strike: ({ services }) => {
      services.errors = [errorAt('PERMISSION_DENIED')];
      services.changeTask('task-0', { faults: 1, niceStatus: 'PERMISSION_DENIED' });
    },
  },
  {
    ...{ name: 'a path of several files', reason: 'source_ambiguous' },
    strike: ({ services }) => services.changeTask('task-0', { faults: 1, niceStatus: 'AMBIGUOUS_PATH' }),
  },
  { name: 'the deadline', reason: 'deadline_passed' },
  {
    ...{ name: 'the deadline, before there is a job', reason: 'deadline_passed' },
    spoil: always('scicat.createTransferJob', 'outage'),
  },
  {
    ...{ name: 'a task that failed', reason: 'task_failed' },
    strike: ({ services }) => services.failTask('task-0', 'PERMISSION_DENIED'),
  },
  {
    ...{ name: 'a task that failed without a word', reason: 'task_failed' },
    strike: ({ services }) => services.changeTask('task-0', { status: 'FAILED' }),
  },
  {
    ...{ name: 'a task that is no more', reason: 'task_vanished' },
    strike: ({ services }) => void services.tasks.clear(),
  },
];

const askAnew = /ask for the transfer again/;
const tryAgain = /retry (?:it|the transfer)|ask for (?:it|the transfer) again/;

describe('the message of a transfer that failed', () => {
  for (const { name, reason, spoil, strike, wish = {} } of failures) {
    it(`for ${name} says what to do`, async (t) => {
      const stage = await Stage.open(t, { failOnMissingSource: true, deadlineMs: 2 * hour });
      stage.services.tasksEnd = false;
      spoil?.(stage);
      const { id } = await stage.accept(wish);
      stage.engine.wake(id);
      if (strike !== undefined) {
        await stage.untilState(id, 'transferring');
        strike(stage);
      }
      const hasEnded = async () => (await stage.read(id)).endedAt !== undefined;
      await stage.until('it has ended', hasEnded, 10 * 60_000);
      const transfer = await stage.read(id);
      assert.deepEqual([transfer.state, transfer.reason], ['failed', reason]);
      const advice = transfer.job.id === undefined ? askAnew : tryAgain;
      assert.match(transfer.message ?? '', advice);
    });
  }

  it('is tried for every reason that the operator’s page has for 998', () => {
    const page = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
    const section = page.slice(page.indexOf('## Why a transfer ended'), page.indexOf('## What to watch'));
    const rows = section.split('\n').filter((row) => /^\|[^|]*998/.test(row));
    const reasons = rows.flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`(\w+)`/g)]);
    assert.deepEqual(
      reasons.map(([, reason]) => reason).toSorted(),
      [...new Set(failures.map(({ reason }) => reason))].toSorted(),
    );
  });
});
