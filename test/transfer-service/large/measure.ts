// A dataset of so many files through the service as a process of its own: how much memory that took at its most, and
// how long. `node test/transfer-service/large/measure.ts 10000 1000000`
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { freePort } from '../../end-to-end/traefik.ts';
import { waitFor } from '../../end-to-end/wait-for.ts';

export type Measurement = {
  readonly files: number;
  /** Resident. */
  readonly peakMegabytes: number;
  /** What was left by the garbage collector, at its most; undefined: not asked for, since it takes time. */
  readonly liveMegabytes: number | undefined;
  readonly seconds: number;
  readonly tasks: number;
  readonly jobs: Readonly<Record<string, string>>;
  readonly status: string;
  readonly reason: string | null;
  readonly filesTransferred: number;
  /** The longest that `GET /version` took meanwhile: how long the loop was held. */
  readonly longestAnswerMs: number;
};

const view = z.object({
  status: z.string(),
  reason: z.string().nullable(),
  filesTransferred: z.number(),
  message: z.string(),
});
const counts = z.object({ tasks: z.number(), jobs: z.record(z.string(), z.string()) });

export type Question = {
  readonly files: number;
  /** Of the file: a task holds so many. */
  readonly itemsPerTask: number;
  readonly asksForLive?: boolean;
};

export async function measure({ files, itemsPerTask, asksForLive }: Question): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'beamgate-large-'));
  const stubs = run('./stubs.ts', [String(files)]);
  let service: ChildProcess | undefined;
  try {
    const stubsUrl = `http://127.0.0.1:${await firstLine(stubs)}`;
    const port = await freePort();
    const configFile = join(folder, 'transfer.yaml');
    await writeFile(configFile, configText({ stubsUrl, port, folder, itemsPerTask }));
    const before = asksForLive ? ['--expose-gc', '--import', fileURLToPath(liveHeap)] : [];
    service = run('../../../transfer-service/main.ts', ['--config', configFile], before);
    const liveMegabytes = largestOf(service);
    const measured = await follow({ files, service, url: `http://127.0.0.1:${port}`, stubsUrl });
    return { ...measured, liveMegabytes: asksForLive ? liveMegabytes() : undefined };
  } finally {
    service?.kill('SIGKILL');
    stubs.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

type Run = {
  readonly files: number;
  readonly service: ChildProcess;
  readonly url: string;
  readonly stubsUrl: string;
};

async function follow({ files, service, url, stubsUrl }: Run): Promise<Omit<Measurement, 'liveMegabytes'>> {
  const isUp = async () => (await fetch(`${url}/version`).catch(() => undefined))?.ok ?? false;
  await waitFor('the service listens', isUp, 60_000);
  const startedAt = performance.now();
  const answer = await fetch(`${url}/transfer?${query}`, { method: 'POST', headers });
  const { jobId } = z.object({ jobId: z.string() }).parse(await answer.json());
  let [latest, longestAnswerMs]: [z.output<typeof view> | undefined, number] = [undefined, 0];
  const hasEnded = async () => {
    const askedAt = performance.now();
    await isUp();
    longestAnswerMs = Math.max(longestAnswerMs, performance.now() - askedAt);
    latest = view.parse(await (await fetch(`${url}/transfer/${jobId}`, { headers })).json());
    return /finished|failed/.test(latest.status);
  };
  await waitFor('it has ended', hasEnded, 900_000);
  const seconds = (performance.now() - startedAt) / 1000;
  const told = async () => /^(003|99.)$/.test((await fetchCounts(stubsUrl)).jobs[jobId] ?? '');
  await waitFor('the job says so', told, 60_000);
  const { status, reason, filesTransferred } = view.parse(latest);
  const peakMegabytes = await peakOf(service);
  const { tasks, jobs } = await fetchCounts(stubsUrl);
  return { files, peakMegabytes, seconds, tasks, jobs, status, reason, filesTransferred, longestAnswerMs };
}

async function fetchCounts(stubsUrl: string) {
  return counts.parse(await (await fetch(`${stubsUrl}/counts`)).json());
}

/** Resident memory at its most, as Linux counted it. */
async function peakOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

const liveHeap = new URL('./live-heap.ts', import.meta.url);

/** What live-heap.ts has told of this process so far. */
function largestOf(child: ChildProcess): () => number {
  let largest = 0;
  child.on('message', (message) => {
    largest = z.object({ liveBytes: z.number() }).parse(message).liveBytes;
  });
  return () => Math.round(largest / 2 ** 20);
}

/** @param before Node's own parameters. */
function run(program: string, parameters: readonly string[], before: readonly string[] = []): ChildProcess {
  const file = fileURLToPath(new URL(program, import.meta.url));
  return spawn(process.execPath, [...before, file, ...parameters], {
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME },
      ...{ GLOBUS_CLIENT_ID: 'x', GLOBUS_CLIENT_SECRET: 'x' },
      ...{ SCICAT_SERVICE_USER_USERNAME: 'x', SCICAT_SERVICE_USER_PASSWORD: 'x' },
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('a child without its output');
  const [line] = await once(stdout, 'data');
  return String(line).trim();
}

const query = new URLSearchParams({
  sourceFacility: 'LAB',
  destFacility: 'ARCHIVE',
  scicatPid: '20.500/large',
  collectionRootPath: '/data',
  autoArchive: 'true',
});

const headers = { 'X-Auth-Username': 'alice', 'X-Auth-Realm': 'scicat', 'X-Auth-Groups': 'p1,LAB,ARCHIVE' };

type Config = {
  readonly stubsUrl: string;
  readonly port: number;
  readonly folder: string;
  readonly itemsPerTask: number;
};

function configText({ stubsUrl, port, folder, itemsPerTask }: Config): string {
  return `
scicatUrl: ${stubsUrl}
port: ${port}
operations: 127.0.0.1:0
database: sqlite:${join(folder, 'transfers.sqlite')}
callers: { believe: plain-headers, trustedProxies: [127.0.0.1] }
globus: { authUrl: '${stubsUrl}', transferUrl: '${stubsUrl}', itemsPerTask: ${itemsPerTask}, listFoldersAbove: 0, requestsPerSecond: 1000 }
task: { pollInterval: 1 }
log: { level: error }
facilities:
  - { name: LAB, collection: 3c3f1d0e-6f0a-4c55-9d7e-aaaaaaaaaaaa, collectionRoots: [/data], sourceWithin: /p1 }
  - { name: ARCHIVE, collection: 8e0b6c52-7a1d-4f0b-8c3a-bbbbbbbbbbbb, destinationWithin: /p1 }
`;
}

if (import.meta.main) {
  for (const files of process.argv.slice(2).map(Number)) {
    process.stdout.write(`${JSON.stringify(await measure({ files, itemsPerTask: 5000 }))}\n`);
  }
}
