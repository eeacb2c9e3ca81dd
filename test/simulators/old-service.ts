// What the SciCat Globus Proxy leaves at Globus and in SciCat, written as it writes it: a submit without a label, then a
// job of its service account with nobody's name in it, then 001 without the task, and 002 with it once a worker is free.
import { z } from 'zod';
import type { Facility, FacilityDataset } from './facility.ts';
import { dataAccessScope, transferScope } from './globus/scopes.ts';

export type OldTransfer = { readonly jobId: string; readonly taskId: string };

export type OldTransferOptions = {
  readonly destinationFolder?: string;
  readonly label?: string;
  /** No worker of the old service was free yet. */
  readonly isWaiting?: boolean;
  /** It ended between the submit and the job. */
  readonly hasNoJob?: boolean;
  /** Who creates the job: somebody else's names a task as well as any. */
  readonly createdBy?: string;
};

export async function startOldTransfer(
  facility: Facility,
  dataset: FacilityDataset,
  options: OldTransferOptions = {},
): Promise<OldTransfer> {
  const taskId = await submit(facility, dataset, options);
  if (options.hasNoJob) return { jobId: '', taskId };
  const jobId = await createJob(facility, dataset, options.createdBy ?? 'svcAdmin');
  await report(facility, jobId, { code: '001', message: 'started', taskId: '', status: 'transferring' });
  if (!options.isWaiting) await reportOld(facility, { jobId, taskId }, 'transferring');
  return { jobId, taskId };
}

/** As its worker does at each poll. */
export async function reportOld(
  facility: Facility,
  { jobId, taskId }: OldTransfer,
  status: 'transferring' | 'finished' | 'failed',
): Promise<void> {
  const code = { transferring: '002', finished: '003', failed: '998' }[status];
  await report(facility, jobId, { code, message: status, taskId, status });
}

async function submit(
  { globus, globusAccount, source, destination }: Facility,
  { relativeFolder }: FacilityDataset,
  { destinationFolder = `/received/${relativeFolder}`, label }: OldTransferOptions,
): Promise<string> {
  const scope = `${transferScope}[${[source, destination].map((site) => `*${dataAccessScope(site.collectionId)}`).join(' ')}]`;
  const pair = `${globusAccount.clientId}:${globusAccount.clientSecret}`;
  const token = await ask(`${globus.authUrl}/v2/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
  const headers = { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' };
  const id = await ask(`${globus.transferUrl}/v0.10/submission_id`, { headers });
  const items = [
    {
      DATA_TYPE: 'transfer_item',
      source_path: `/${relativeFolder}`,
      destination_path: destinationFolder,
      recursive: true,
    },
  ];
  const submitted = await ask(`${globus.transferUrl}/v0.10/transfer`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      DATA_TYPE: 'transfer',
      submission_id: id.value,
      source_endpoint: source.collectionId,
      destination_endpoint: destination.collectionId,
      store_base_path_info: false,
      ...(label === undefined ? {} : { label }),
      DATA: items,
    }),
  });
  return String(submitted.task_id);
}

async function createJob({ scicat }: Facility, dataset: FacilityDataset, createdBy: string): Promise<string> {
  const job = await ask(`${scicat.url}/api/v4/jobs`, {
    method: 'POST',
    headers: await headersOf(scicat, createdBy),
    body: JSON.stringify({
      type: 'globus_transfer_job',
      ownerGroup: dataset.ownerGroup,
      jobParams: { datasetList: [{ pid: dataset.pid, files: [] }] },
    }),
  });
  return String(job.id);
}

type OldReport = {
  readonly code: string;
  readonly message: string;
  readonly taskId: string;
  readonly status: string;
};

async function report({ scicat }: Facility, jobId: string, { code, message, taskId, status }: OldReport) {
  const counts = { bytesTransferred: 0, filesTransferred: 0, filesTotal: 0 };
  await ask(`${scicat.url}/api/v4/jobs/${jobId}`, {
    method: 'PATCH',
    headers: await headersOf(scicat, 'svcAdmin'),
    body: JSON.stringify({
      statusCode: code,
      statusMessage: message,
      jobResultObject: { globusTaskId: taskId, ...counts, status, error: '' },
    }),
  });
}

async function headersOf(scicat: Facility['scicat'], username: string) {
  const token = await scicat.tokenFor(username);
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
}

async function ask(url: string, init: RequestInit): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the old service was answered ${answer.status}: ${text}`);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
}
