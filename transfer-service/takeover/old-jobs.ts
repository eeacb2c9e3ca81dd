// The SciCat jobs that the SciCat Globus Proxy has made: those that its service account itself created, as SciCat says,
// and that are not ours. Who may write into a job is no proof of who created it.
import { z } from 'zod';
import { callSignedIn, type SciCatOptions } from '../scicat/client.ts';
import { ServiceLogin } from '../scicat/login.ts';
import { succeeded } from '../scicat/refusals.ts';

export type OldJob = {
  readonly jobId: string;
  readonly pids: readonly string[];
  readonly ownerGroup: string | undefined;
  /** Whom it is for, where the old service named somebody. */
  readonly ownerUser: string | undefined;
  /** Empty while the transfer waited for a free worker of the old service, though its task runs. */
  readonly taskId: string;
  /** `transferring`, or undefined for one that was never reported about: it is to be followed on. */
  readonly status: string | undefined;
  /** Epoch milliseconds, by SciCat's clock. */
  readonly createdAt: number;
  readonly updatedAt: number;
};

export async function fetchOldJobs(options: SciCatOptions, signal?: AbortSignal): Promise<readonly OldJob[]> {
  const login = new ServiceLogin(options);
  const filter = JSON.stringify({ where: { type: 'globus_transfer_job', createdBy: options.username } });
  const path = `/api/v4/jobs?${new URLSearchParams({ filter })}`;
  const maxBytes = options.maxJobListBytes;
  const jobs = succeeded(
    await callSignedIn(options, login, { method: 'GET', path, signal, maxBytes }),
    oldJobsAnswer,
  );
  // Not every version filters by every key.
  const own = jobs.filter((job) => job.createdBy === options.username && job.type === 'globus_transfer_job');
  return own.filter(({ jobParams }) => jobParams?.beamgateTransferId === undefined).map(readJob);
}

const text = z.string().nullish();

const oldJobsAnswer = z.array(
  z.object({
    id: z.string().min(1),
    type: text,
    createdBy: text,
    createdAt: text,
    updatedAt: text,
    ownerGroup: text,
    ownerUser: text,
    jobParams: z
      .object({
        beamgateTransferId: z.unknown().optional(),
        datasetList: z.array(z.object({ pid: z.string() })).optional(),
      })
      .nullish(),
    jobResultObject: z.object({ globusTaskId: text, status: text }).nullish(),
  }),
);

function readJob(job: z.output<typeof oldJobsAnswer>[number]): OldJob {
  return {
    jobId: job.id,
    pids: (job.jobParams?.datasetList ?? []).map(({ pid }) => pid),
    ownerGroup: job.ownerGroup ?? undefined,
    ownerUser: job.ownerUser ?? undefined,
    taskId: job.jobResultObject?.globusTaskId ?? '',
    status: job.jobResultObject?.status ?? undefined,
    createdAt: timeOf(job.createdAt),
    updatedAt: timeOf(job.updatedAt),
  };
}

function timeOf(iso: string | null | undefined): number {
  const time = Date.parse(iso ?? '');
  return Number.isNaN(time) ? 0 : time;
}
