// What a transfer's SciCat job is to say: a pure view of the transfer, so that a report that was missed is made up
// for by the next. The codes are those that SciCat's clients know (contracts/transfer-api.md); 004 is ours.
import type { JobResult } from '../types.ts';
import { describe } from './describe.ts';
import { totalsOf } from './totals.ts';
import type { Transfer, TransferState } from './types.ts';

export type Report = {
  readonly statusCode: string;
  readonly statusMessage: string;
  readonly result: JobResult;
};

export function reportOf(transfer: Transfer): Report {
  const totals = totalsOf(transfer);
  const status = resultStatuses[transfer.state];
  const hasProblem = status === 'failed' || transfer.reason !== undefined;
  return {
    statusCode: codeOf(transfer),
    statusMessage: describe(transfer),
    result: {
      globusTaskId: transfer.chunks.flatMap(({ taskId }) => taskId ?? []).join(','),
      bytesTransferred: totals.bytesTransferred,
      filesTransferred: totals.filesTransferred,
      filesTotal: totals.filesTotal,
      status,
      error: hasProblem ? (transfer.message ?? '') : (transfer.cancel.problem ?? ''),
    },
  };
}

export type ReportDue =
  | { readonly kind: 'now'; readonly report: Report; readonly text: string }
  | { readonly kind: 'later'; readonly inMs: number }
  | { readonly kind: 'none' };

/** A new status code is told at once, mere progress once an interval, nothing twice. */
export function reportDue(transfer: Transfer, now: number, intervalMs: number): ReportDue {
  const { job, report: last } = transfer;
  if (job.id === undefined || job.isDeleted) return { kind: 'none' };
  const report = reportOf(transfer);
  const text = JSON.stringify(report);
  if (text === last.text) return { kind: 'none' };
  const isSameStatus = last.text?.startsWith(`{"statusCode":"${report.statusCode}"`) ?? false;
  // A report of the future was made before the clock was set back.
  const ageMs = Math.abs(now - (last.at ?? 0));
  // Mere progress is not worth another refusal; a new status is, since the account may have got its rights by now.
  if (isSameStatus && last.isRefused) return { kind: 'none' };
  if (isSameStatus && transfer.endedAt === undefined && ageMs < intervalMs) {
    return { kind: 'later', inMs: intervalMs - ageMs };
  }
  return { kind: 'now', report, text };
}

function codeOf(transfer: Transfer): string {
  const { state, cancel, reason } = transfer;
  if (transfer.endedAt === undefined && cancel.problem !== undefined) return '996';
  if (state !== 'finished') return codes[state];
  return notArchivable.has(reason) ? '997' : codes.finished;
}

const notArchivable: ReadonlySet<Transfer['reason']> = new Set([
  'incomplete',
  'dataset_changed',
  'cancelled_too_late',
  'archivable_refused',
]);

const codes: Readonly<Record<TransferState, string>> = {
  requested: '001',
  recorded: '001',
  submitting: '001',
  transferring: '002',
  cancelling: '002',
  concluding: '002',
  archiving: '002',
  finished: '003',
  cancelled: '004',
  failed: '998',
};

const resultStatuses: Readonly<Record<TransferState, JobResult['status']>> = {
  requested: 'transferring',
  recorded: 'transferring',
  submitting: 'transferring',
  transferring: 'transferring',
  cancelling: 'transferring',
  concluding: 'transferring',
  archiving: 'transferring',
  finished: 'finished',
  cancelled: 'cancelled',
  failed: 'failed',
};
