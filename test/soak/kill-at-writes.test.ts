// kill -9 after an answer has come and before it is written down: at every step of a transfer, from its request to its
// end. What is stored then is every state that it passes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openStates } from '../../transfer-service/engine/types.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { audit } from './audit.ts';
import { isDown, requestPatiently, type Site, startSite, type Wanted } from './site.ts';
import { storedState } from './stored.ts';

type Path = {
  readonly name: string;
  readonly cancels: boolean;
  /** Where this way leaves the other. */
  readonly firstEvent: number;
  readonly states: readonly string[];
};

const ways: readonly Path[] = [
  {
    name: 'to its archive job',
    cancels: false,
    firstEvent: 1,
    states: ['requested', 'recorded', 'submitting', 'transferring', 'concluding', 'archiving'],
  },
  {
    name: 'to its cancelled task',
    cancels: true,
    firstEvent: 5,
    states: ['transferring', 'cancelling'],
  },
];

/** More than any of these has. */
const mostEvents = 20;

describe('kill -9 before a step is written', { concurrency: true, timeout: 400_000 }, () => {
  for (const way of ways) {
    describe(`of a transfer on its way ${way.name}`, () => {
      let site: Site;
      before(async () => {
        site = await startSite();
      });
      after(() => site?.stop());

      it('loses and doubles nothing', async () => {
        const seen = new Set<string>();
        let nth = way.firstEvent;
        while (nth < mostEvents && (await killAt(site, way, nth, seen))) nth += 1;
        assert.ok(nth < mostEvents);
        assert.deepEqual(seen, new Set(way.firstEvent === 1 ? ['not stored', ...way.states] : way.states));
      });
    });
  }

  it('is in every state in which anything is left to do for the data', () => {
    assert.deepEqual(new Set(ways.flatMap(({ states }) => states)), new Set(openStates));
  });
});

/** @returns whether it was killed: false when there is no such write. */
async function killAt(site: Site, { name, cancels }: Path, nth: number, seen: Set<string>): Promise<boolean> {
  const { facility, service } = site;
  facility.globus.setBytesPerSecond(cancels ? 1 : Number.POSITIVE_INFINITY);
  const wanted = await site.addDataset(`${name.replaceAll(' ', '-')}-${nth}`, { isList: false });
  await service.startUntilEvent(nth);
  await site.post(wanted).catch(isDown);
  const asked = cancels ? cancelWhileMoving(site, wanted) : undefined;
  await waitFor(
    'it is killed, or at its end',
    async () => !service.isRunning || isTold(site, wanted),
    60_000,
  );
  const isKilled = !service.isRunning;
  if (isKilled) seen.add(storedState(site, wanted));
  else await service.kill();
  await service.start();
  await requestPatiently(site, wanted, 60_000);
  await (asked ?? cancelsNot);
  if (cancels) await cancelWhileMoving(site, wanted);
  await waitFor('it has ended, and SciCat knows', () => isTold(site, wanted), 60_000);
  const { transfers } = await site.list('limit=500');
  const { lost, doubled } = await audit(facility, [wanted], transfers);
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] }, `at event ${nth}`);
  const own = transfers.find(({ pid }) => pid === wanted.pid);
  assert.equal(own?.status, cancels ? 'cancelled' : 'finished', `at event ${nth}`);
  await service.kill();
  return isKilled;
}

const cancelsNot = Promise.resolve();

async function cancelWhileMoving(site: Site, { pid }: Wanted): Promise<void> {
  await waitFor('it moves, or nobody answers', async () => {
    if (!site.service.isRunning) return true;
    const { transfers } = await shown(site, pid);
    const jobId = transfers[0]?.jobId;
    if (transfers[0]?.status === 'cancelled') return true;
    if (transfers[0]?.status !== 'transferring' || !jobId) return false;
    await site.ask('DELETE', `/transfer/${jobId}`).catch(isDown);
    return true;
  });
}

async function isTold(site: Site, { pid }: Wanted): Promise<boolean> {
  const { transfers } = await shown(site, pid);
  const { jobResultObject } = site.facility.scicat.job(transfers[0]?.jobId ?? '') ?? {};
  return /^(finished|failed|cancelled)$/.test(`${jobResultObject?.status}`);
}

async function shown(site: Site, pid: string) {
  const query = new URLSearchParams({ scicatPid: pid }).toString();
  return site.list(query).catch(() => ({ transfers: [] }));
}
