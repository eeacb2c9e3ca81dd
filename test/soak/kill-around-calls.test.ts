// kill -9 at each outside call: the call is never done, done late, done but not answered, or answered and the answer not
// yet stored. SIGTERM in the middle of each. A new process then goes on from what was stored, to the one right end.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TransferState } from '../../transfer-service/engine/types.ts';
import type { Globus, SciCat } from '../../transfer-service/types.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { audit } from './audit.ts';
import { type End, endAround, endsAtAnswers, type SideCall } from './end-around.ts';
import { moments } from './hold.ts';
import { isDown, requestPatiently, type Site, startSite, type Wanted } from './site.ts';
import { storedState } from './stored.ts';

type Call = SideCall & {
  readonly name: string;
  /** What a process already has from its first probe, and needs anew once it is expired. */
  readonly isRenewal?: true;
  readonly isCancel?: true;
  readonly deletesJob?: true;
  /** What has to go wrong before it is asked. */
  readonly after?: SideCall;
  /** What its tasks meet until it is asked. */
  readonly trouble?: 'error' | 'pause';
  /** What is stored then: by it calls are told apart that look the same. */
  readonly state?: TransferState | 'not stored';
};

const scicat = { of: 'scicat' } as const;
const globus = { of: 'globus' } as const;
const createJob = { ...scicat, method: 'POST', path: /\/v4\/jobs$/ } as const;
const readDataset = { ...scicat, method: 'GET', path: /\/datasets\/[^/]*$/ } as const;
const getSubmissionId = { ...globus, method: 'GET', path: /\/submission_id$/ } as const;
const submit = { ...globus, method: 'POST', path: /\/v0\.10\/transfer$/ } as const;
const report = { ...scicat, method: 'PATCH', path: /\/v4\/jobs\// } as const;
const askAboutTask = { ...globus, method: 'GET', path: /\/task\/[^/]*$/ } as const;
const cancel = { ...globus, method: 'POST', path: /\/cancel$/, isCancel: true } as const;

/** Each transfer is of two tasks. */
const calls: readonly Call[] = [
  { name: 'log in', ...scicat, method: 'POST', path: /\/auth\/login$/, isRenewal: true, isOfRequest: true },
  { name: 'read the dataset', ...readDataset, isOfRequest: true, state: 'not stored' },
  { name: 'create the job', ...createJob, state: 'requested' },
  {
    ...{
      name: 'look for the job',
      ...scicat,
      method: 'GET',
      path: /\/v4\/jobs\?.*globus_transfer_job.*beamgateTransferId/,
    },
    after: createJob,
  },
  { name: 'get a token', ...globus, method: 'POST', path: /\/token$/, isRenewal: true },
  { name: 'get a submission id', ...getSubmissionId, state: 'recorded' },
  { name: 'get the second submission id', ...getSubmissionId, nth: 2, state: 'transferring' },
  { name: 'read the dataset before the submit', ...readDataset, nth: 2, state: 'submitting' },
  { name: 'submit', ...submit, state: 'submitting' },
  { name: 'submit the second task', ...submit, nth: 2, state: 'transferring' },
  { name: 'report', ...report },
  { name: 'report that it moves', ...report, body: /"statusCode":"002"/ },
  { name: 'list the tasks', ...globus, method: 'GET', path: /\/task_list\?.*status/ },
  { name: 'ask about a task', ...askAboutTask, state: 'transferring' },
  {
    ...{ name: 'ask for the errors of a task', ...globus, method: 'GET', path: /\/event_list\?/ },
    ...{ trouble: 'error', state: 'transferring' },
  },
  {
    ...{ name: 'ask why a task is paused', ...globus, method: 'GET', path: /\/pause_info$/ },
    ...{ trouble: 'pause', state: 'transferring' },
  },
  { name: 'read the dataset before the mark', ...readDataset, nth: 3, state: 'concluding' },
  { name: 'read the file list', ...scicat, method: 'GET', path: /origdatablocks/, state: 'concluding' },
  { name: 'read the dataset at the mark', ...readDataset, nth: 4, state: 'archiving' },
  { name: 'mark archivable', ...scicat, method: 'PATCH', path: /datasetlifecycle/, state: 'archiving' },
  { name: 'look for the archive job', ...scicat, method: 'GET', path: /\/v4\/jobs\?.*archive/ },
  { name: 'create the archive job', ...scicat, method: 'POST', path: /\/v3\/jobs$/, state: 'archiving' },
  { name: 'report the end', ...report, body: /"statusCode":"003"/, state: 'finished' },
  { name: 'cancel', ...cancel, state: 'cancelling' },
  { name: 'cancel the second task', ...cancel, nth: 2, state: 'cancelling' },
  { name: 'ask about a task that is to end', ...askAboutTask, isCancel: true, state: 'cancelling' },
  {
    ...{ name: 'find a task by its label', ...globus, method: 'GET', path: /\/task_list\?.*label/ },
    ...{ isCancel: true, after: submit, state: 'cancelling' },
  },
  {
    ...{ name: 'report that it was cancelled', ...report, body: /"statusCode":"004"/ },
    ...{ isCancel: true, state: 'cancelled' },
  },
  {
    ...{ name: 'delete the job', ...scicat, method: 'DELETE', path: /\/v4\/jobs\// },
    ...{ isCancel: true, deletesJob: true, state: 'cancelled' },
  },
];

/** Every call of the two clients: the compiler knows whether one is missing. */
const namesOf: Readonly<Record<`globus.${keyof Globus}` | `scicat.${keyof SciCat}`, string>> = {
  'globus.fetchUnavailableScopes': 'get a token',
  'globus.fetchSubmissionId': 'get a submission id',
  'globus.submit': 'submit',
  'globus.fetchOpenTasks': 'list the tasks',
  'globus.fetchTask': 'ask about a task',
  'globus.findTaskByLabel': 'find a task by its label',
  'globus.fetchErrors': 'ask for the errors of a task',
  'globus.fetchPause': 'ask why a task is paused',
  'globus.cancel': 'cancel',
  'scicat.fetchDataset': 'read the dataset',
  'scicat.fetchFiles': 'read the file list',
  'scicat.createTransferJob': 'create the job',
  'scicat.createArchiveJob': 'create the archive job',
  'scicat.updateJob': 'report',
  'scicat.deleteJob': 'delete the job',
  'scicat.markArchivable': 'mark archivable',
};

const ends: readonly End[] = [
  ...moments.map((moment) => ({ signal: 'SIGKILL', moment }) as const),
  { signal: 'SIGTERM', moment: 'done_late' },
];

describe('the end of the process at every outside call', { concurrency: true, timeout: 600_000 }, () => {
  for (const end of ends) {
    // One after the other: a process is ended for one call at a time.
    describe(`by ${end.signal}, the call ${end.moment}`, { concurrency: false }, () => {
      let site: Site;
      before(async () => {
        site = await startSite(() => endsAtAnswers);
      });
      after(() => site?.stop());

      it('is tried at every call that there is', () => {
        const names = new Set(calls.map(({ name }) => name));
        for (const name of Object.values(namesOf)) assert.ok(names.has(name), name);
      });

      for (const call of calls) {
        it(`at "${call.name}" loses and doubles nothing`, () => endAt(site, call, end));
      }

      it('was tried at every call that the service has made', () => {
        for (const side of ['scicat', 'globus'] as const) {
          for (const { method, path, search } of site.facility[side].requests) {
            if (isProbe(`${path}${search}`)) continue;
            const isListed = calls.some(
              (call) => call.of === side && call.method === method && call.path.test(`${path}${search}`),
            );
            assert.ok(isListed, `${method} ${path}${search}`);
          }
        }
      });
    });
  }
});

async function endAt(site: Site, call: Call, end: End): Promise<void> {
  const { facility, service } = site;
  const { isCancel = false, isRenewal = false, deletesJob = false, after } = call;
  for (const { faults } of [facility.scicat, facility.globus]) faults.clear();
  const isAsked = end.signal === 'SIGTERM';
  const probes = countProbes(site);
  if (isAsked && service.isRunning) await service.terminate();
  if (!service.isRunning) {
    await service.start(isAsked ? { timeoutMs: 25_000 } : {});
    await waitFor('its first probe is over', () => countProbes(site) > probes, 60_000);
  }
  if (isRenewal) expireCredential(site, call);
  const isSlow = isCancel || call.trouble === 'pause';
  facility.globus.setBytesPerSecond(isSlow ? 1 : Number.POSITIVE_INFINITY);
  const wanted = await site.addDataset(`${end.moment}-${call.name.replaceAll(' ', '-')}`, { isList: true });
  const goesWrong = after && facility[after.of].faults.add({ ...after, fault: { kind: 'answer_lost' } });
  if (call.trouble === 'error') facility.globus.spoilFiles(/./, unreadable);
  const ended = endAround(site, call, end);
  const known = requestPatiently(site, wanted, 60_000);
  if (call.trouble === 'pause') void pauseAtGlobus(site, wanted);
  if (isCancel) void cancelAtGlobus(site, wanted, { deletesJob, tasks: after === undefined ? 2 : 1 });
  await ended(() => {
    goesWrong?.();
    // By SIGTERM a request that is being answered is answered.
    if (!isAsked && call.state !== undefined) assert.equal(storedState(site, wanted), call.state);
  });
  if (call.trouble !== undefined) endTrouble(site);
  const jobId = await known;
  await waitFor(`${wanted.pid} is at its end`, () => isAtItsEnd(site, jobId, { deletesJob }), 60_000);
  const { transfers } = await site.list('limit=500');
  const own = transfers.filter(({ pid }) => pid === wanted.pid);
  const status = isCancel ? 'cancelled' : 'finished';
  assert.deepEqual(
    own.map((one) => [one.jobId, one.status, one.archiveJobId !== null]),
    [[jobId, status, !isCancel]],
  );
  const expected = deletesJob ? ({ ...wanted, isJobDeleted: true } as const) : wanted;
  const { lost, doubled } = await audit(facility, [expected], transfers);
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
  // One that is done late may be done only after the new process has asked for the dataset.
  const isLate = call.name === 'mark archivable' && end.moment === 'done_late';
  if (!isLate) assert.equal(marksOf(site, wanted), isCancel ? 0 : 1, 'marks');
}

/** Whether the account may read jobs: asked at the start and every half minute, for no transfer. */
function isProbe(address: string): boolean {
  return /\/v4\/jobs\?/.test(address) && !address.includes('beamgateTransferId');
}

/** It comes after the login, and Globus's token is asked for at the same time. */
function countProbes({ facility: { scicat, globus } }: Site): number {
  const jobs = scicat.requests.filter(
    ({ path, search, status }) => status !== undefined && isProbe(`${path}${search}`),
  );
  const tokens = globus.requests.filter(
    ({ path, status }) => status !== undefined && path.endsWith('/token'),
  );
  return Math.min(jobs.length, tokens.length);
}

function expireCredential({ facility: { scicat, globus } }: Site, { of }: Call): void {
  if (of === 'globus') {
    globus.expireTokens();
    return;
  }
  const headers = { 'content-type': 'application/json' };
  const body = { message: 'Unauthenticated', error: 'Unauthorized', statusCode: 401 };
  scicat.faults.add({ ...readDataset, times: 1, fault: { kind: 'status', status: 401, headers, body } });
}

const unreadable = { code: 'PERMISSION_DENIED', description: 'permission denied', side: 'source' } as const;

async function pauseAtGlobus({ facility: { globus } }: Site, { relativeFolder }: Wanted): Promise<void> {
  const own = () => globus.tasks().filter(({ items }) => items[0]?.sourcePath.includes(relativeFolder));
  await waitFor('it is at Globus', () => own().length > 0, 60_000);
  const message = { by: 'rule', side: 'source', message: 'Maintenance' } as const;
  for (const { taskId } of own()) globus.pause(taskId, message);
}

function endTrouble({ facility: { globus } }: Site): void {
  globus.mendFiles();
  globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
  for (const { taskId } of globus.tasks()) globus.resume(taskId);
}

/** That were done. */
function marksOf({ facility }: Site, { pid }: Wanted): number {
  const path = `/${encodeURIComponent(pid)}/datasetlifecycle`.toLowerCase();
  return facility.scicat.requests.filter(
    (asked) => asked.path.toLowerCase().endsWith(path) && asked.status !== undefined,
  ).length;
}

function isAtItsEnd({ facility }: Site, jobId: string, { deletesJob }: { deletesJob: boolean }): boolean {
  const job = facility.scicat.job(jobId);
  return deletesJob ? job === undefined : /^(003|004|99\d)$/.test(`${job?.statusCode}`);
}

/** Its answer is lost with the process. */
async function cancelAtGlobus(
  site: Site,
  { pid, relativeFolder }: Wanted,
  { deletesJob, tasks }: { readonly deletesJob: boolean; readonly tasks: number },
): Promise<void> {
  const own = () =>
    site.facility.globus.tasks().filter(({ items }) => items[0]?.sourcePath.includes(relativeFolder));
  await waitFor('it is at Globus', () => own().length === tasks, 60_000);
  const { transfers } = await site.list(new URLSearchParams({ scicatPid: pid }).toString());
  await site
    .ask('DELETE', `/transfer/${transfers[0]?.jobId}${deletesJob ? '?delete=true' : ''}`)
    .catch(isDown);
}
