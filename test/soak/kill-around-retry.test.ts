// kill -9 while a transfer is tried again: at each outside call from the request to the end of the second attempt. The
// same request, sent again to the next process, makes no third.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { waitFor } from '../end-to-end/wait-for.ts';
import { audit } from './audit.ts';
import { endAround, endsAtAnswers, type SideCall } from './end-around.ts';
import { type Moment, moments } from './hold.ts';
import { isDown, requestPatiently, type Site, startSite, type Wanted } from './site.ts';
import { storedState } from './stored.ts';

type Call = SideCall & {
  readonly name: string;
  /** What is stored then: by it calls are told apart that look the same. */
  readonly state: string;
};

const readDataset = { of: 'scicat', method: 'GET', path: /\/datasets\/[^/]*$/ } as const;
const submit = { of: 'globus', method: 'POST', path: /\/v0\.10\/transfer$/ } as const;
const report = { of: 'scicat', method: 'PATCH', path: /\/jobs\// } as const;

const calls: readonly Call[] = [
  { name: 'read the dataset', ...readDataset, state: 'failed' },
  { name: 'get a submission id', of: 'globus', method: 'GET', path: /\/submission_id$/, state: 'recorded' },
  { name: 'read the dataset before the submit', ...readDataset, nth: 2, state: 'submitting' },
  { name: 'submit', ...submit, state: 'submitting' },
  { name: 'submit the second task', ...submit, nth: 2, state: 'transferring' },
  { name: 'report that it goes on', ...report, body: /"statusCode":"002"/, state: 'transferring' },
  { name: 'create the archive job', of: 'scicat', method: 'POST', path: /\/v3\/jobs$/, state: 'archiving' },
  { name: 'report the end', ...report, body: /"statusCode":"003"/, state: 'finished' },
];

const view = z.object({ status: z.string(), attempt: z.number() });

describe('kill -9 around every outside call of a retry', { concurrency: true, timeout: 300_000 }, () => {
  for (const moment of moments) {
    describe(`the call ${moment}`, { concurrency: false }, () => {
      let site: Site;
      before(async () => {
        site = await startSite(() => endsAtAnswers);
      });
      after(() => site?.stop());

      for (const call of calls) {
        it(`at "${call.name}" loses and doubles nothing`, () => killAt(site, call, moment));
      }
    });
  }
});

async function killAt(site: Site, call: Call, moment: Moment): Promise<void> {
  const { facility, service } = site;
  for (const { faults } of [facility.scicat, facility.globus]) faults.clear();
  if (!service.isRunning) await service.start();
  const wanted = await site.addDataset(`retry-${moment}-${call.name.replaceAll(' ', '-')}`, { isList: true });
  const jobId = await failOnce(site, wanted);
  const killed = endAround(site, call, { signal: 'SIGKILL', moment });
  const retry = () => site.ask('POST', `/transfer/${jobId}/retry?attempt=2`);
  const asked = retry().catch(isDown);
  await killed(() => assert.equal(storedState(site, wanted), call.state));
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
