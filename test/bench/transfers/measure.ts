// What is measured of transfers: the service with many in flight, how fast a queue drains, and one large dataset.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../end-to-end/wait-for.ts';
import { seedTransfers } from './seed.ts';
import { type Service, type ServiceOptions, startService } from './service.ts';
import { fileOf, type StandIn, startStandIn } from './stand-in.ts';

export type InFlight = {
  readonly count: number;
  readonly listsPerPoll: number;
  readonly globusPerMinute: number;
  readonly scicatPerMinute: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuPercent: number;
  readonly memoryMegabytes: number;
};

type Machine = { readonly hasOwnCore: boolean };
type Bench = { readonly service: Service; readonly standIn: StandIn };

/** @param windowMs over which is counted, once the start is over. */
export function measureInFlight(
  machine: Machine,
  { count, windowMs, pollIntervalSeconds }: { count: number; windowMs: number; pollIntervalSeconds: number },
): Promise<InFlight> {
  const options = { ...machine, maxConcurrency: 1_000_000, pollIntervalSeconds };
  return withService(options, { count, isWaiting: false }, async ({ service, standIn }) => {
    await untilCalm(standIn, pollIntervalSeconds);
    const idle = { ...standIn.counts, cpuMs: service.cpuMs(), at: performance.now() };
    await sleep(windowMs);
    const minutes = (performance.now() - idle.at) / 60_000;
    const cpuPercent = (service.cpuMs() - idle.cpuMs) / (minutes * 600);
    const { globus, lists, scicat } = standIn.counts;
    // Apart from the window: their own calls are not what is in flight.
    const posts = await postMany(service, { every: 100, count: Math.max(30, Math.round(windowMs / 200)) });
    return {
      count,
      listsPerPoll: (lists - idle.lists) / ((minutes * 60) / pollIntervalSeconds),
      globusPerMinute: (globus - idle.globus) / minutes,
      scicatPerMinute: (scicat - idle.scicat) / minutes,
      ...percentiles(posts),
      cpuPercent,
      memoryMegabytes: service.memory().peakMegabytes,
    };
  });
}

/** @returns transfers a second, from the first turn to the last end that SciCat was told. */
export function measureDrain(machine: Machine, count: number): Promise<{ readonly perSecond: number }> {
  const options = { ...machine, maxConcurrency: 100, pollIntervalSeconds: 1 };
  return withService(options, { count, isWaiting: true }, async ({ service, standIn }) => {
    const from = performance.now();
    standIn.endTasks(true);
    await waitFor('the queue is empty', async () => (await ended(service)) >= count, 1_800_000);
    return { perSecond: count / ((performance.now() - from) / 1000) };
  });
}

export type Large = {
  readonly seconds: number;
  readonly peakMegabytes: number;
  readonly grewByMegabytes: number;
};

/** One dataset of so many files, as a whole folder: its list is compared at the end. */
export function measureLarge(machine: Machine, files: number): Promise<Large> {
  const options = { ...machine, maxConcurrency: 10, pollIntervalSeconds: 1 };
  return withService(options, { count: 0, isWaiting: true }, async ({ service, standIn }) => {
    standIn.setFiles(files);
    await post(service, 'warm');
    standIn.endTasks(true);
    const before = service.memory().nowMegabytes;
    const from = performance.now();
    await post(service, 'large');
    await waitFor('it has ended', async () => (await ended(service)) >= 1, 600_000);
    const { peakMegabytes } = service.memory();
    const seconds = (performance.now() - from) / 1000;
    return { seconds, peakMegabytes, grewByMegabytes: peakMegabytes - before };
  });
}

/** The same, asked for by a list of files as long as a request can be. */
export function measureList(machine: Machine, files: number): Promise<Large> {
  const options = { ...machine, maxConcurrency: 100, pollIntervalSeconds: 1 };
  return withService(options, { count: 0, isWaiting: true }, async ({ service, standIn }) => {
    standIn.setFiles(files);
    standIn.endTasks(true);
    const before = service.memory().nowMegabytes;
    const from = performance.now();
    const fileList = Array.from({ length: files }, (_, number) => ({ path: fileOf(number).path }));
    await post(service, 'list', JSON.stringify({ fileList }));
    await waitFor('it has ended', async () => (await ended(service)) >= 1, 600_000);
    const { peakMegabytes } = service.memory();
    const seconds = (performance.now() - from) / 1000;
    return { seconds, peakMegabytes, grewByMegabytes: peakMegabytes - before };
  });
}

async function withService<Result>(
  options: Omit<ServiceOptions, 'place' | 'standInUrl'>,
  seed: { readonly count: number; readonly isWaiting: boolean },
  measure: (bench: Bench) => Promise<Result>,
): Promise<Result> {
  const place = mkdtempSync(join(tmpdir(), 'beamgate-bench-'));
  const standIn = await startStandIn();
  for (const taskId of await seedTransfers({ place, ...seed })) standIn.addTask(taskId);
  const service = await startService({ ...options, place, standInUrl: standIn.url });
  try {
    return await measure({ service, standIn });
  } finally {
    await service.stop();
    await standIn.stop();
    rmSync(place, { recursive: true, force: true });
  }
}

/** After a start every job is told how its transfer stands; from then on only what changes. */
async function untilCalm({ counts }: StandIn, pollIntervalSeconds: number): Promise<void> {
  let before = -1;
  await waitFor(
    'the start is over',
    async () => {
      const now = counts.scicat;
      await sleep(1000);
      const isCalm = before >= 0 && counts.scicat - now < Math.max(50, (before - now) / 2);
      before = now;
      return isCalm && counts.lists > 2;
    },
    600_000,
  );
  await sleep(pollIntervalSeconds * 1000);
}

async function postMany(
  service: Service,
  { every, count }: { every: number; count: number },
): Promise<readonly number[]> {
  const took: Promise<number>[] = [];
  for (let number = 0; number < count; number += 1) {
    const from = performance.now();
    took.push(post(service, `new-${number}`).then(() => performance.now() - from));
    await sleep(every);
  }
  return Promise.all(took);
}

async function post({ url }: Service, name: string, body?: string): Promise<void> {
  const query = new URLSearchParams({
    ...{
      sourceFacility: 'FAC-A',
      destFacility: 'FAC-B',
      scicatPid: `20.500/${name}`,
      collectionRootPath: '/data',
    },
  });
  const answer = await fetch(`${url}/transfer?${query}`, {
    method: 'POST',
    headers: { ...identity, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body }),
  });
  if (!answer.ok) throw new Error(`POST /transfer: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

async function ended({ url }: Service): Promise<number> {
  await sleep(500);
  const answer = await fetch(`${url}/transfer?status=finished,failed,cancelled&limit=1`, {
    headers: identity,
  });
  if (!answer.ok) throw new Error(`GET /transfer: ${answer.status} ${await answer.text()}`);
  return Number(Object(await answer.json()).total);
}

const identity = { 'X-Auth-Username': 'alice', 'X-Auth-Realm': 'scicat', 'X-Auth-Groups': 'p1,FAC-A,FAC-B' };

function percentiles(samples: readonly number[]) {
  const sorted = samples.toSorted((left, right) => left - right);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
