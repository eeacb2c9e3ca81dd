// Many transfers while the service is killed at random moments and faults strike: what happens when comes from one
// seed. The moments are counted in requests that reach the simulators, so that nothing waits for a time.
import { waitFor } from '../end-to-end/wait-for.ts';
import type { Fault } from '../simulators/http/faults.ts';
import { type Audit, audit } from './audit.ts';
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
  const random = createRandom(seed);
  const site = await startSite();
  const state = { kills: 0, hasFailed: false };
  const wanted: Wanted[] = [];
  let asked = 0;
  const minTransfers = Math.max(4, Math.ceil(kills / killsPerTransfer));
  const goesOn = () => !state.hasFailed && (state.kills < kills || asked < minTransfers);
  const client = async () => {
    while (goesOn()) {
      asked += 1;
      const one = await site.addDataset(`run${asked}`, { isList: random() < 0.3 });
      wanted.push(one);
      await seeThrough(site, one, { cancels: random() < 0.15 });
    }
  };
  try {
    await site.service.start();
    const clients = Promise.all(
      Array.from({ length: Math.min(transfersAtOnce, minTransfers) }, client),
    ).catch((error: unknown) => {
      state.hasFailed = true;
      throw error;
    });
    clients.catch(() => {});
    while (state.kills < kills && !state.hasFailed) {
      if (random() < 0.7) strike(site, random);
      await someRequests(site, Math.ceil(random() * 25), () => state.hasFailed);
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

const faults: readonly Fault[] = [
  ...[500, 502, 503].map((status): Fault => ({ kind: 'status', status, body: 'struck' })),
  { kind: 'status', status: 429, headers: { 'retry-after': '1' }, body: { code: 'TooManyRequests' } },
  { kind: 'delay', delayMs: 1500 },
  { kind: 'answer_lost' },
  { kind: 'reset' },
  { kind: 'cut_short' },
  { kind: 'not_json' },
  { kind: 'hang' },
];

const places = [/\/v0\.10\//, /\/transfer$/, /\/jobs/, /\/datasets/i, /token|login/, /./];

function strike({ facility }: Site, random: () => number): void {
  const fault = pick(faults, random);
  const side = random() < 0.5 ? facility.scicat : facility.globus;
  side.faults.add({ path: pick(places, random), times: Math.ceil(random() * 3), fault });
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

function pick<Value>(values: readonly Value[], random: () => number): Value {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

/** mulberry32: small, and the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
