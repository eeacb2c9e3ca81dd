// Many transfers while the service is killed at random moments and faults strike: what each client and each kill does
// comes from one seed (plan.ts). The moments are counted in requests that reach the simulators, so that nothing waits
// for a time; whose request is the nth, timing still decides, so that a moment given again is near, not the same.
import { waitFor } from '../end-to-end/wait-for.ts';
import { type Audit, audit } from './audit.ts';
import { planKill, planTransfer } from './plan.ts';
import { isDown, requestPatiently, type Site, startSite, type TransferView, type Wanted } from './site.ts';

export type SoakOptions = {
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
};

export type SoakReport = Audit & { readonly seed: number; readonly kills: number; readonly faults: number };

const transfersAtOnce = 12;
const killsPerTransfer = 5;
/** A bound on what should never come: on a busy machine a start alone takes many seconds. */
const patienceMs = 600_000;

export async function soak({ kills, seed, say }: SoakOptions): Promise<SoakReport> {
  const site = await startSite();
  const state = { kills: 0, hasFailed: false };
  const wanted: Wanted[] = [];
  let asked = 0;
  const minTransfers = Math.max(4, Math.ceil(kills / killsPerTransfer));
  const goesOn = () => !state.hasFailed && (state.kills < kills || asked < minTransfers);
  const runClient = async (client: number) => {
    for (let nth = 0; goesOn(); nth += 1) {
      asked += 1;
      const { isList, cancels } = planTransfer(seed, client, nth);
      const one = await site.addDataset(`client${client}-${nth}`, { isList });
      wanted.push(one);
      await seeThrough(site, one, { cancels });
    }
  };
  try {
    await site.service.start();
    const clients = Promise.all(
      Array.from({ length: Math.min(transfersAtOnce, minTransfers) }, (_, client) => runClient(client)),
    ).catch((error: unknown) => {
      state.hasFailed = true;
      throw error;
    });
    clients.catch(() => {});
    while (state.kills < kills && !state.hasFailed) {
      const { strike, afterRequests } = planKill(seed, state.kills);
      if (strike !== undefined) site.facility[strike.side].faults.add(strike.rule);
      await someRequests(site, afterRequests, () => state.hasFailed);
      await site.service.kill();
      await site.service.start();
      state.kills += 1;
      if (state.kills % 50 === 0) say(`${state.kills} kills, ${wanted.length} transfers asked for`);
    }
    await clients;
    const transfers = await listAll(site);
    return {
      seed,
      kills: state.kills,
      faults: countFaults(site),
      ...(await audit(site.facility, wanted, transfers)),
    };
  } finally {
    await site.stop();
  }
}

async function listAll({ list }: Site): Promise<readonly TransferView[]> {
  const transfers: TransferView[] = [];
  for (;;) {
    const page = await list(`limit=500&offset=${transfers.length}`);
    transfers.push(...page.transfers);
    if (page.transfers.length === 0) return transfers;
  }
}

/** From the request to the end that SciCat shows. */
async function seeThrough(site: Site, wanted: Wanted, { cancels }: { cancels: boolean }): Promise<void> {
  const jobId = await requestPatiently(site, wanted, patienceMs);
  if (cancels) await cancelPatiently(site, jobId);
  await waitFor(
    `job ${jobId} says how it ended`,
    () => {
      const { status } = site.facility.scicat.job(jobId)?.jobResultObject ?? {};
      return status === 'finished' || status === 'failed' || status === 'cancelled';
    },
    patienceMs,
  ).catch(async (error: unknown) => {
    const query = new URLSearchParams({ scicatPid: wanted.pid }).toString();
    const shown = await site.list(query).catch(isDown);
    throw new Error(`${wanted.pid} stays: ${JSON.stringify(shown)}`, { cause: error });
  });
}

async function cancelPatiently({ ask }: Site, jobId: string): Promise<void> {
  const isTaken = async () => (await ask('DELETE', `/transfer/${jobId}`)).ok;
  await waitFor(`${jobId} is to be cancelled`, () => isTaken().catch(isDown), patienceMs);
}

function countFaults({ facility }: Site): number {
  const all = [...facility.scicat.requests, ...facility.globus.requests];
  return all.filter(({ fault }) => fault !== undefined).length;
}

async function someRequests({ facility }: Site, count: number, isOver: () => boolean): Promise<void> {
  const total = () => facility.scicat.requests.length + facility.globus.requests.length;
  const from = total();
  await waitFor(`${count} requests`, () => isOver() || total() >= from + count, patienceMs);
}
