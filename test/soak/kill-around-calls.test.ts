// kill -9 at each outside call: before its work, after its work but before the answer, and when the next call comes.
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

const moments: readonly Moment[] = ['before_work', 'after_work'];

describe('kill -9 around every outside call', { concurrency: true, timeout: 100_000 }, () => {
  for (const moment of moments) {
    // One after the other: a process is killed for one call at a time.
    describe(moment, { concurrency: false }, () => {
      let site: Site;
      before(async () => {
        site = await startSite();
      });
      after(() => site?.stop());

      for (const call of calls) {
        it(`at "${call.name}" loses and doubles nothing`, async () => {
          await killAt(site, call, moment);
        });
      }
    });
  }
});

async function killAt(site: Site, call: Call, moment: Moment): Promise<void> {
  const { facility, service } = site;
  if (!service.isRunning) await service.start();
  facility.globus.setBytesPerSecond(call.isCancel ? 1 : Number.POSITIVE_INFINITY);
  const wanted = await site.addDataset(`${moment}-${call.name.replaceAll(' ', '-')}`, { isList: true });
  const held = hold(facility[call.of].faults, call, moment);
  const known = requestPatiently(site, wanted, 60_000);
  if (call.isCancel) void cancelWhileMoving(site, await known);
  await waitFor(`"${call.name}" is held`, held.isReached);
  await service.kill();
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
