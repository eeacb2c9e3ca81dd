// kill -9 at each outside call: before its work, and after its work but before the answer. SIGTERM in the middle of each.
// A new process then goes on from what was stored; the work that was held is done by then, or done late.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Globus, SciCat } from '../../transfer-service/types.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { audit } from './audit.ts';
import { type Call as HeldCall, hold, type Moment } from './hold.ts';
import { isDown, requestPatiently, type Site, startSite, type Wanted } from './site.ts';

type Call = HeldCall & {
  readonly name: string;
  readonly of: 'scicat' | 'globus';
  /** Asked only by a process that has just been started. */
  readonly isFirst?: true;
  /** A client's request is at it, which is given its time to be answered (`graceMs` of the process). */
  readonly isOfRequest?: true;
  readonly isCancel?: true;
  /** What has to go wrong before it is asked. */
  readonly after?: HeldCall & { readonly of: 'scicat' | 'globus' };
};

const calls: readonly Call[] = [
  { name: 'log in', of: 'scicat', method: 'POST', path: /\/auth\/login$/, isFirst: true, isOfRequest: true },
  { name: 'create the job', of: 'scicat', method: 'POST', path: /\/v4\/jobs$/ },
  {
    ...{ name: 'look for the job', of: 'scicat', method: 'GET', path: /\/v4\/jobs\?.*globus_transfer_job/ },
    after: { of: 'scicat', method: 'POST', path: /\/v4\/jobs$/ },
  },
  { name: 'get a token', of: 'globus', method: 'POST', path: /\/token$/, isFirst: true },
  { name: 'get a submission id', of: 'globus', method: 'GET', path: /\/submission_id$/ },
  { name: 'read the dataset', of: 'scicat', method: 'GET', path: /\/datasets\/[^/]*$/, isOfRequest: true },
  { name: 'submit', of: 'globus', method: 'POST', path: /\/v0\.10\/transfer$/ },
  { name: 'report', of: 'scicat', method: 'PATCH', path: /\/v4\/jobs\// },
  { name: 'list the tasks', of: 'globus', method: 'GET', path: /\/task_list\?.*status/ },
  { name: 'ask about a task', of: 'globus', method: 'GET', path: /\/task\/[^/]*$/ },
  { name: 'read the file list', of: 'scicat', method: 'GET', path: /origdatablocks/ },
  { name: 'mark archivable', of: 'scicat', method: 'PATCH', path: /datasetlifecycle/ },
  { name: 'look for the archive job', of: 'scicat', method: 'GET', path: /\/v4\/jobs\?.*archive/ },
  { name: 'create the archive job', of: 'scicat', method: 'POST', path: /\/v3\/jobs$/ },
  { name: 'cancel', of: 'globus', method: 'POST', path: /\/cancel$/, isCancel: true },
  {
    ...{ name: 'find a task by its label', of: 'globus', method: 'GET', path: /\/task_list\?.*label/ },
    isCancel: true,
    after: { of: 'globus', method: 'POST', path: /\/v0\.10\/transfer$/ },
  },
  { name: 'delete the job', of: 'scicat', method: 'DELETE', path: /\/v4\/jobs\//, isCancel: true },
];

/** Every call of the two clients: the compiler knows whether one is missing. */
const namesOf: Readonly<Record<`globus.${keyof Globus}` | `scicat.${keyof SciCat}`, string>> = {
  'globus.fetchUnavailableScopes': 'get a token',
  'globus.fetchSubmissionId': 'get a submission id',
  'globus.submit': 'submit',
  'globus.fetchOpenTasks': 'list the tasks',
  'globus.fetchTask': 'ask about a task',
  'globus.findTaskByLabel': 'find a task by its label',
  'globus.cancel': 'cancel',
  'scicat.fetchDataset': 'read the dataset',
  'scicat.fetchFiles': 'read the file list',
  'scicat.createTransferJob': 'create the job',
  'scicat.createArchiveJob': 'create the archive job',
  'scicat.updateJob': 'report',
  'scicat.deleteJob': 'delete the job',
  'scicat.markArchivable': 'mark archivable',
};

type End = { readonly signal: 'SIGKILL' | 'SIGTERM'; readonly moment: Moment };

const ends: readonly End[] = [
  { signal: 'SIGKILL', moment: 'before_work' },
  { signal: 'SIGKILL', moment: 'after_work' },
  { signal: 'SIGTERM', moment: 'before_work' },
];

describe('the end of the process at every outside call', { concurrency: true, timeout: 600_000 }, () => {
  for (const { signal, moment } of ends) {
    // One after the other: a process is ended for one call at a time.
    describe(`by ${signal}, ${moment}`, { concurrency: false }, () => {
      let site: Site;
      before(async () => {
        site = await startSite();
      });
      after(() => site?.stop());

      it('is tried at every call that there is', () => {
        const names = new Set(calls.map(({ name }) => name));
        for (const name of Object.values(namesOf)) assert.ok(names.has(name), name);
      });

      for (const call of calls) {
        it(`at "${call.name}" loses and doubles nothing`, async () => {
          await endAt(site, call, { signal, moment });
        });
      }

      it('was tried at every call that the service has made', () => {
        for (const side of ['scicat', 'globus'] as const) {
          for (const { method, path, search } of site.facility[side].requests) {
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

async function endAt(site: Site, call: Call, { signal, moment }: End): Promise<void> {
  const { facility, service } = site;
  const { isCancel = false, isFirst = false, after } = call;
  const isAsked = signal === 'SIGTERM';
  if ((isFirst || isAsked) && service.isRunning) await service.terminate();
  if (!service.isRunning) await service.start(isAsked ? { timeoutMs: 25_000 } : {});
  facility.globus.setBytesPerSecond(isCancel ? 1 : Number.POSITIVE_INFINITY);
  const wanted = await site.addDataset(`${moment}-${call.name.replaceAll(' ', '-')}`, { isList: true });
  const goesWrong = after && facility[after.of].faults.add({ ...after, fault: { kind: 'answer_lost' } });
  const held = hold(facility[call.of].faults, call, moment);
  const known = requestPatiently(site, wanted, 60_000);
  if (isCancel) void cancelAtGlobus(site, wanted, { deletesJob: call.method === 'DELETE' });
  await waitFor(`"${call.name}" is held`, held.isReached);
  // A call that hangs keeps no process from ending.
  if (isAsked) await assertEndsWithin(call.isOfRequest ? 9_500 : 5_000, service);
  else await service.kill();
  goesWrong?.();
  await service.start();
  held.release();
  const jobId = await known;
  await waitFor(`${wanted.pid} has ended, and SciCat knows`, () => isTold(site, wanted, jobId), 60_000);
  const query = new URLSearchParams({ scicatPid: wanted.pid }).toString();
  const { transfers } = await site.list(query);
  assert.equal(transfers[0]?.status, isCancel ? 'cancelled' : 'finished');
  const { lost, doubled } = await audit(facility, [wanted], (await site.list('limit=500')).transfers);
  const gone = call.method === 'DELETE' ? [`job of ${wanted.pid}`] : [];
  assert.deepEqual(
    { lost: lost.filter((what) => !gone.some((one) => what.includes(one))), doubled },
    { lost: [], doubled: [] },
  );
  // One that was held before its work may be set only after the new process has asked for the dataset.
  const isHeld = call.name === 'mark archivable' && moment === 'before_work';
  if (!isCancel && !isHeld) assert.equal(marksOf(site, wanted), 1, 'marks');
}

function marksOf({ facility }: Site, { pid }: Wanted): number {
  const path = `/${encodeURIComponent(pid)}/datasetlifecycle`.toLowerCase();
  return facility.scicat.requests.filter((asked) => asked.path.toLowerCase().endsWith(path)).length;
}

async function assertEndsWithin(limitMs: number, service: Site['service']): Promise<void> {
  const askedAt = performance.now();
  assert.equal(await service.terminate(), 0);
  const tookMs = performance.now() - askedAt;
  assert.ok(tookMs < limitMs, `${tookMs} ms`);
}

async function isTold(site: Site, { pid }: Wanted, jobId: string): Promise<boolean> {
  const job = site.facility.scicat.job(jobId);
  if (job !== undefined) return /^(finished|failed|cancelled)$/.test(`${job.jobResultObject.status}`);
  const query = new URLSearchParams({ scicatPid: pid }).toString();
  const { transfers } = await site.list(query).catch(() => ({ transfers: [] }));
  return transfers[0]?.status === 'cancelled';
}

/** Its answer is lost with the process. */
async function cancelAtGlobus(
  site: Site,
  { pid, relativeFolder }: Wanted,
  { deletesJob }: { readonly deletesJob: boolean },
): Promise<void> {
  await waitFor('it is at Globus', () =>
    site.facility.globus.tasks().some(({ items }) => items[0]?.sourcePath.includes(relativeFolder)),
  );
  const { transfers } = await site.list(new URLSearchParams({ scicatPid: pid }).toString());
  await site
    .ask('DELETE', `/transfer/${transfers[0]?.jobId}${deletesJob ? '?delete=true' : ''}`)
    .catch(isDown);
}
