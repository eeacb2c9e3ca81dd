// The measured transfer-service: a process of its own, on a core of its own where the machine allows, and what the
// kernel says of it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../end-to-end/traefik.ts';
import { waitFor } from '../../end-to-end/wait-for.ts';

export type Service = {
  readonly url: string;
  /** Of the process, since its start. */
  cpuMs(): number;
  memory(): { readonly nowMegabytes: number; readonly peakMegabytes: number };
  stop(): Promise<void>;
};

export type ServiceOptions = {
  readonly place: string;
  readonly standInUrl: string;
  readonly hasOwnCore: boolean;
  readonly maxConcurrency: number;
  readonly pollIntervalSeconds: number;
};

const program = fileURLToPath(new URL('../../../transfer-service/main.ts', import.meta.url));

export async function startService(options: ServiceOptions): Promise<Service> {
  const port = await freePort();
  const file = join(options.place, 'transfer.yaml');
  writeFileSync(file, configText(options, port));
  const command = [process.execPath, program, '--config', file];
  const [first = '', ...rest] = options.hasOwnCore ? ['taskset', '-c', '0', ...command] : command;
  const child = spawn(first, rest, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      GLOBUS_CLIENT_ID: 'x',
      GLOBUS_CLIENT_SECRET: 'x',
      SCICAT_SERVICE_USER_USERNAME: 'x',
      SCICAT_SERVICE_USER_PASSWORD: 'x',
    },
  });
  const kill = () => void child.kill('SIGKILL');
  process.on('exit', kill);
  const url = `http://127.0.0.1:${port}`;
  await waitFor('the service listens', () => listens(url, child), 120_000);
  return {
    url,
    cpuMs: () => cpuMsOf(child),
    memory: () => memoryOf(child),
    async stop() {
      process.off('exit', kill);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function listens(url: string, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error('the service ended by itself');
  return (await fetch(`${url}/version`).catch(() => undefined))?.ok ?? false;
}

/** utime and stime of proc(5), in ticks of 10 ms; the name before them may hold spaces. */
function cpuMsOf({ pid }: ChildProcess): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function memoryOf({ pid }: ChildProcess) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (key: string) =>
    Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(text)?.[1]) / 1024);
  return { nowMegabytes: megabytes('VmRSS'), peakMegabytes: megabytes('VmHWM') };
}

function configText(
  { place, standInUrl, maxConcurrency, pollIntervalSeconds }: ServiceOptions,
  port: number,
) {
  return `
scicatUrl: ${standInUrl}
port: ${port}
operations: 127.0.0.1:0
database: sqlite:${join(place, 'transfers.sqlite')}
callers: { believe: plain-headers, trustedProxies: [127.0.0.1] }
globus: { authUrl: '${standInUrl}', transferUrl: '${standInUrl}', requestsPerSecond: 1000 }
task: { pollInterval: ${pollIntervalSeconds}, maxConcurrency: ${maxConcurrency} }
log: { level: error }
facilities:
  - name: FAC-A
    collection: 11111111-1111-4111-8111-111111111111
  - name: FAC-B
    collection: 22222222-2222-4222-8222-222222222222
`;
}
