// kill -9 at each outside call: before its work, and after its work but before the answer. SIGTERM in the middle of each.
// A new process then goes on from what was stored; the work that was held is done by then, or done late.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import { audit } from './audit.ts';
import { type Call as HeldCall, hold, type Moment } from './hold.ts';
import { isDown, requestPatiently, type Site, startSite } from './site.ts';

type Call = HeldCall & { readonly name: string; readonly of: 'scicat' | 'globus'; readonly isCancel?: true };

const calls: readonly Call[] = [
  { name: 'create the job', of: 'scicat', method: 'POST', path: /\/v4\/jobs$/ },
  { name: 'get a submission id', of: 'globus', method: 'GET', path: /\/submission_id$/ },
  { name: 'read the dataset', of: 'scicat', method: 'GET', path: /\/datasets\/[^/]*$/ },
  { name: 'submit', of: 'globus', method: 'POST', path: /\/v0\.10\/transfer$/ },
  { name: 'report', of: 'scicat', method: 'PATCH', path: /\/jobs\// },
  { name: 'read the file list', of: 'scicat', method: 'GET', path: /origdatablocks/ },
  { name: 'mark archivable', of: 'scicat', method: 'PATCH', path: /datasetlifecycle/ },
  { name: 'create the archive job', of: 'scicat', method: 'POST', path: /\/v3\/jobs$/ },
  { name: 'cancel', of: 'globus', method: 'POST', path: /\/cancel$/, isCancel: true },
];

type End = { readonly signal: 'SIGKILL' | 'SIGTERM'; readonly moment: Moment };

const ends: readonly End[] = [
  { signal: 'SIGKILL', moment: 'before_work' },
  { signal: 'SIGKILL', moment: 'after_work' },
  { signal: 'SIGTERM', moment: 'before_work' },
];

describe('the end of the process at every outside call', { concurrency: true, timeout: 200_000 }, () => {
  for (const { signal, moment } of ends) {
    // One after the other: a process is ended for one call at a time.
    describe(`by ${signal}, ${moment}`, { concurrency: false }, () => {
      let site: Site;
      before(async () => {
        site = await startSite();
      });
      after(() => site?.stop());

      for (const call of calls) {
        it(`at "${call.name}" loses and doubles nothing`, async () => {
          await endAt(site, call, { signal, moment });
        });
      }
    });
  }
});

async function endAt(site: Site, call: Call, { signal, moment }: End): Promise<void> {
  const { facility, service } = site;
  if (!service.isRunning) await service.start();
  facility.globus.setBytesPerSecond(call.isCancel ? 1 : Number.POSITIVE_INFINITY);
  const wanted = await site.addDataset(`${moment}-${call.name.replaceAll(' ', '-')}`, { isList: true });
  const held = hold(facility[call.of].faults, call, moment);
  const known = requestPatiently(site, wanted, 60_000);
  if (call.isCancel) void cancelWhileMoving(site, await known);
  await waitFor(`"${call.name}" is held`, held.isReached);
  // A call that hangs keeps no process from ending.
  if (signal === 'SIGTERM') assert.equal(await service.terminate(), 0);
  else await service.kill();
  await service.start();
  held.release();
  await known;
  const query = new URLSearchParams({ scicatPid: wanted.pid }).toString();
  await waitFor(
    `${wanted.pid} has ended, and SciCat knows`,
    async () => {
      const { transfers } = await site.list(query).catch(() => ({ transfers: [] }));
      const { jobResultObject } = facility.scicat.job(transfers[0]?.jobId ?? '') ?? {};
      return /^(finished|failed|cancelled)$/.test(`${jobResultObject?.status}`);
    },
    60_000,
  );
  const { transfers } = await site.list(query);
  assert.equal(transfers[0]?.status, call.isCancel ? 'cancelled' : 'finished');
  const { lost, doubled } = await audit(facility, [wanted], (await site.list('limit=500')).transfers);
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
}

/** Its answer is lost with the process. */
async function cancelWhileMoving(site: Site, jobId: string): Promise<void> {
  await waitFor('it moves', async () =>
    (await site.list('limit=500')).transfers.some(
      (one) => one.jobId === jobId && one.status === 'transferring',
    ),
  );
  await site.ask('DELETE', `/transfer/${jobId}`).catch(isDown);
}
