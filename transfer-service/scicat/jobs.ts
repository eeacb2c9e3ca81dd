// The bodies of new SciCat jobs. Both carry our transfer's id, by which they are found again. Pure.
import type { NewArchiveJob, NewTransferJob } from '../types.ts';

export type NewJob = { readonly type: 'globus_transfer_job' | 'archive'; readonly transferId: string };

export function transferJobBody(job: NewTransferJob): object {
  return {
    type: 'globus_transfer_job',
    ownerUser: job.ownerUser,
    ownerGroup: job.ownerGroup,
    ...(job.contactEmail === undefined ? {} : { contactEmail: job.contactEmail }),
    jobParams: { datasetList: [{ pid: job.pid, files: [] }], beamgateTransferId: job.transferId },
  };
}

export function archiveJobBody(job: NewArchiveJob, nowMs: number): object {
  return {
    type: 'archive',
    jobParams: {
      tapeCopies: 'one',
      username: job.username,
      ownerGroup: job.ownerGroup,
      beamgateTransferId: job.transferId,
    },
    jobStatusMessage: 'jobSubmitted',
    datasetList: [{ pid: job.pid, files: [] }],
    ...(job.contactEmail === undefined ? {} : { emailJobInitiator: job.contactEmail }),
    executionTime: new Date(nowMs).toISOString(),
  };
}
