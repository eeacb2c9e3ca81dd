// kill -9 while a transfer is tried again: at each outside call from the request to the end of the second attempt. The
// same request, sent again to the next process, makes no third.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { waitFor } from '../end-to-end/wait-for.ts';
import { audit } from './audit.ts';
import { type Call, hold, type Moment } from './hold.ts';
import { isDown, requestPatiently, type Site, startSite, type Wanted } from './site.ts';

const calls: Readonly<Record<string, Call & { readonly of: 'scicat' | 'globus' }>> = {
  'read the dataset': { of: 'scicat', method: 'GET', path: /\/datasets\/[^/]*$/ },
  'get a submission id': { of: 'globus', method: 'GET', path: /\/submission_id$/ },
  submit: { of: 'globus', method: 'POST', path: /\/v0\.10\/transfer$/ },
  report: { of: 'scicat', method: 'PATCH', path: /\/jobs\// },
  'create the archive job': { of: 'scicat', method: 'POST', path: /\/v3\/jobs$/ },
};

const view = z.object({ status: z.string(), attempt: z.number() });

describe('kill -9 around every outside call of a retry', { timeout: 100_000 }, () => {
  let site: Site;
  before(async () => {
    site = await startSite();
  });
  after(() => site?.stop());

  for (const moment of ['before_work', 'after_work'] as const) {
    for (const name of Object.keys(calls)) {
      it(`at "${name}", ${moment}, loses and doubles nothing`, () => killAt(site, name, moment));
    }
  }
});

async function killAt(site: Site, name: string, moment: Moment): Promise<void> {
  const { facility, service } = site;
  const call = calls[name];
  assert.ok(call !== undefined);
  if (!service.isRunning) await service.start();
  const wanted = await site.addDataset(`retry-${moment}-${name.replaceAll(' ', '-')}`, { isList: true });
  const jobId = await failOnce(site, wanted);
  const held = hold(facility[call.of].faults, call, moment);
  const retry = () => site.ask('POST', `/transfer/${jobId}/retry?attempt=2`);
  const asked = retry().catch(isDown);
  await waitFor(`"${name}" is held`, held.isReached);
  await service.kill();
  await service.start();
  held.release();
  await asked;
  await waitFor('the request is answered', async () => (await retry()).ok, 30_000);
  await waitFor(
    `${wanted.pid} has ended, and SciCat knows`,
    () => facility.scicat.job(jobId)?.statusCode === '003',
    60_000,
  );
  assert.equal((await readView(site, jobId)).attempt, 2);
  const { lost, doubled } = await audit(facility, [wanted], (await site.list('limit=500')).transfers);
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
}

/** Both of its tasks. */
async function failOnce(site: Site, wanted: Wanted): Promise<string> {
  const { globus, scicat } = site.facility;
  globus.setBytesPerSecond(1);
  const jobId = await requestPatiently(site, wanted, 30_000);
  const own = () =>
    globus.tasks().filter(({ items }) => items[0]?.sourcePath.includes(wanted.relativeFolder));
  await waitFor('both tasks run', () => own().length === 2, 30_000);
  for (const { taskId } of own()) globus.fail(taskId, { code: 'PERMISSION_DENIED', description: 'no' });
  await waitFor('SciCat knows that it failed', () => scicat.job(jobId)?.statusCode === '998', 30_000);
  globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
  return jobId;
}

async function readView({ ask }: Site, jobId: string) {
  return view.parse(await (await ask('GET', `/transfer/${jobId}`)).json());
}
