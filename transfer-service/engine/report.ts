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
  | {
      readonly kind: 'now';
      readonly report: Report;
      readonly text: string;
      /** A new status, or the end; else it is mere progress. */
      readonly isUrgent: boolean;
    }
  | { readonly kind: 'later'; readonly inMs: number }
  | { readonly kind: 'none' };

/** A new status code is told at once, mere progress once an interval, nothing twice. */
export function reportDue(transfer: Transfer, now: number, intervalMs: number): ReportDue {
  const { job, report: last } = transfer;
  if (job.id === undefined || job.isDeleted) return { kind: 'none' };
  const report = reportOf(transfer);
  const text = JSON.stringify(report);
  const isSameStatus = last.text?.startsWith(`{"statusCode":"${report.statusCode}"`) ?? false;
  if (isSameStatus && last.isRefused)
    return again(transfer, now, { kind: 'now', report, text, isUrgent: true });
  if (text === last.text) return { kind: 'none' };
  if (!isSameStatus || transfer.endedAt !== undefined) return { kind: 'now', report, text, isUrgent: true };
  return notBefore(intervalMs, ageOf(transfer, now), { kind: 'now', report, text, isUrgent: false });
}

/**
 * Mere progress is not worth another refusal. The end is, where it was refused for want of rights: these may have come.
 * It is sent again after a minute, then after as long as it was tried already, at last every hour.
 */
function again({ endedAt, report }: Transfer, now: number, due: ReportDue): ReportDue {
  if (endedAt === undefined || !report.mayBeTakenLater) return { kind: 'none' };
  const triedMs = Math.abs((report.at ?? 0) - endedAt);
  return notBefore(Math.min(Math.max(triedMs, minuteMs), 60 * minuteMs), ageOf({ report }, now), due);
}

const minuteMs = 60_000;

/** A report of the future was made before the clock was set back. */
function ageOf({ report }: Pick<Transfer, 'report'>, now: number): number {
  return Math.abs(now - (report.at ?? 0));
}

function notBefore(waitMs: number, ageMs: number, due: ReportDue): ReportDue {
  return ageMs < waitMs ? { kind: 'later', inMs: waitMs - ageMs } : due;
}

function codeOf(transfer: Transfer): string {
  const { state, cancel, reason, archive } = transfer;
  if (transfer.endedAt === undefined && cancel.problem !== undefined) return '996';
  if (state !== 'finished') return codes[state];
  if (reason === 'deadline_passed') return archive.isMarked ? codes.finished : '997';
  return notArchivable.has(reason) ? '997' : codes.finished;
}

const notArchivable: ReadonlySet<Transfer['reason']> = new Set([
  'incomplete',
  'file_list_invalid',
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
