// What Globus and SciCat hold in the end, against what should be: each transfer has one job that says how it ended,
// its tasks once each, one archive job where it finished, its files at the destination byte by byte.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Facility } from '../simulators/facility.ts';
import type { TransferView, Wanted } from './site.ts';

export type Audit = {
  readonly requests: number;
  readonly transfers: number;
  readonly tasks: number;
  readonly jobs: number;
  readonly archiveJobs: number;
  readonly cancelled: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
};

export async function audit(
  facility: Facility,
  wanted: readonly Wanted[],
  transfers: readonly TransferView[],
): Promise<Audit> {
  const jobs = facility.scicat.jobs();
  const tasks = facility.globus.tasks();
  const lost: string[] = [];
  const doubled: string[] = [];
  const expectOne = (what: string, count: number) => {
    if (count === 0) lost.push(what);
    if (count > 1) doubled.push(`${what} (${count})`);
  };
  for (const one of wanted) {
    const own = transfers.filter(({ pid }) => pid === one.pid);
    expectOne(`transfer of ${one.pid}`, own.length);
    for (const transfer of own) {
      const ofIt = jobs.filter(({ jobParams }) => jobParams.beamgateTransferId === transfer.transferId);
      const carriers = ofIt.filter(({ type }) => type === 'globus_transfer_job');
      if (one.isJobDeleted) lost.push(...carriers.map(() => `deletion of the job of ${one.pid}`));
      else expectOne(`job of ${one.pid}`, carriers.length);
      const archives = ofIt.filter(({ type }) => type === 'archive').length;
      if (isComplete(transfer)) {
        expectOne(`archive job of ${one.pid}`, archives);
        if (!facility.scicat.isArchivable(one.pid)) lost.push(`mark of ${one.pid}`);
      } else if (archives > 0) doubled.push(`archive job of ${one.pid}, which is ${transfer.status}`);
      const labelled = tasks.filter(({ label }) => label?.startsWith(`beamgate ${transfer.transferId} `));
      const labels = new Set(labelled.map(({ label }) => label));
      if (labelled.length > labels.size) doubled.push(`task of ${one.pid} (${labelled.length})`);
      const attempts = new Set([...labels].map((label) => label?.split(' ')[2]?.split('-')[0]));
      if (isComplete(transfer) && labels.size !== (one.isList ? 2 : 1) * attempts.size)
        lost.push(`task of ${one.pid}`);
      if (labelled.some(({ status }) => status === 'ACTIVE' || status === 'INACTIVE'))
        lost.push(`end of a task of ${one.pid}`);
      if (!one.isJobDeleted && !isToldOf(transfer, carriers[0]?.statusCode))
        lost.push(`end in the job of ${one.pid}: ${transfer.status}, ${transfer.message}`);
      if (transfer.status === 'finished' && !(await hasArrived(facility, one)))
        lost.push(`a file of ${one.pid}`);
    }
  }
  const known = new Set(transfers.map(({ transferId }) => transferId));
  for (const { label } of tasks)
    if (!known.has(label?.split(' ')[1] ?? '')) doubled.push(`task that belongs to no transfer: ${label}`);
  for (const { id, jobParams } of jobs)
    if (!known.has(`${jobParams.beamgateTransferId}`)) doubled.push(`job that belongs to no transfer: ${id}`);
  return {
    requests: wanted.length,
    transfers: transfers.length,
    tasks: tasks.length,
    jobs: jobs.filter(({ type }) => type === 'globus_transfer_job').length,
    archiveJobs: jobs.filter(({ type }) => type === 'archive').length,
    cancelled: transfers.filter(({ status }) => status === 'cancelled').length,
    ...{ lost, doubled },
  };
}

function isComplete({ status, reason }: TransferView): boolean {
  return status === 'finished' && reason === null;
}

function isToldOf(transfer: TransferView, statusCode: string | undefined): boolean {
  if (transfer.status === 'cancelled') return statusCode === '004';
  if (transfer.reason === 'cancelled_too_late') return statusCode === '997';
  return transfer.status === 'finished' && statusCode === '003';
}

async function hasArrived({ destination }: Facility, { relativeFolder, files }: Wanted): Promise<boolean> {
  for (const { path, content } of files) {
    const received = await readFile(join(destination.folder, 'received', relativeFolder, path)).catch(
      () => undefined,
    );
    if (received === undefined || !received.equals(content)) return false;
  }
  return true;
}
