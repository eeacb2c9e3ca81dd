// Transfers and chunks as they are read from the store, for the pure modules' tests.
import type { Chunk, Progress, Transfer } from '../../../transfer-service/engine/types.ts';
import { authorised } from './stage.ts';

export function chunk(overrides: Partial<Chunk> = {}, progress: Partial<Progress> = {}): Chunk {
  return {
    index: 0,
    attempt: 1,
    itemCount: 3,
    status: 'waiting',
    submissionId: undefined,
    attemptedAt: undefined,
    taskId: undefined,
    resubmissions: 0,
    cancelAsked: false,
    problem: undefined,
    trouble: undefined,
    progress: {
      niceStatus: undefined,
      isPaused: false,
      faults: 0,
      files: 0,
      filesTransferred: 0,
      filesSkipped: 0,
      bytesTransferred: 0,
      ...progress,
    },
    ...overrides,
  };
}

export function transfer(overrides: Partial<Transfer> = {}): Transfer {
  return {
    id: 'transfer-0',
    state: 'recorded',
    authorised,
    attempt: 1,
    attemptBeganAt: 0,
    createdAt: 0,
    updatedAt: 0,
    endedAt: undefined,
    isSettled: false,
    bytesTotal: 30,
    filesTotal: 3,
    job: { attemptedAt: 0, id: 'job-0', isDeleted: false },
    archive: { isMarked: false, attemptedAt: undefined, jobId: undefined },
    cancel: { requestedAt: undefined, deleteJob: false, problem: undefined },
    endState: undefined,
    reason: undefined,
    message: undefined,
    obstacle: undefined,
    progressAt: 0,
    stuckSince: undefined,
    report: { text: undefined, at: undefined, isRefused: false, mayBeTakenLater: false },
    listing: { kind: 'none' },
    chunks: [chunk()],
    ...overrides,
  };
}
