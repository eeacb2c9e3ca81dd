// The measured servers: each a process of its own on a core of its own, whose output goes to a file; ended and waited
// for, whatever happens.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { waitFor } from '../end-to-end/wait-for.ts';

export type Server = {
  readonly port: number;
  /** Of a gateway. */
  readonly publicPort: number;
  /** Resident, now. */
  memoryMegabytes(): number;
  /** That it has used since its start, of all its threads; NaN where the system does not tell. */
  processorMs(): number;
  stop(): Promise<void>;
};

/** Core 0 is the servers', core 1 everything else's. @returns whether this machine allows it. */
export function takeOtherCore(): boolean {
  if (availableParallelism() < 2) return false;
  return spawnSync('taskset', ['-acp', '1', String(process.pid)]).status === 0;
}

/** @param command Node's arguments. @param logFile where its first line tells the ports. */
export async function startServer(
  command: readonly string[],
  logFile: string,
  hasOwnCore: boolean,
): Promise<Server> {
  const output = openSync(logFile, 'w');
  const node = [process.execPath, ...command];
  const [program = '', ...rest] = hasOwnCore ? ['taskset', '-c', '0', ...node] : node;
  const server = spawn(program, rest, { stdio: ['ignore', output, 'inherit'] });
  running.add(server);
  closeSync(output);
  const told = await firstLine(logFile, server);
  const { port, proxies, public: pages } = Object(JSON.parse(told));
  return {
    port: typeof port === 'number' ? port : portOf(proxies),
    publicPort: portOf(pages),
    memoryMegabytes: () => memoryOf(server),
    processorMs: () => processorMsOf(server),
    stop: () => stop(server),
  };
}

async function firstLine(logFile: string, server: ChildProcess): Promise<string> {
  const read = () => readFileSync(logFile, 'utf8');
  try {
    await waitFor(
      `${logFile} says where it listens`,
      () => {
        if (server.exitCode !== null) throw new Error(`ended at once: ${read()}`);
        return read().includes('\n');
      },
      60_000,
    );
  } catch (error) {
    await stop(server);
    throw error;
  }
  return read().split('\n', 1)[0] ?? '';
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const server of running) server.kill('SIGKILL');
});

/** Every server that was started. */
export async function stopServers(): Promise<void> {
  await Promise.all([...running].map(stop));
}

async function stop(server: ChildProcess): Promise<void> {
  running.delete(server);
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}

/** taskset becomes the program that it starts, so the process's id is the server's. */
function memoryOf({ pid }: ChildProcess): number {
  const kilobytes = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  return Math.round(Number(kilobytes) / 1024);
}

/** Source: proc(5), utime and stime of /proc/PID/stat, in hundredths of a second. */
function processorMsOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return Number.NaN;
  }
}

function portOf(address: unknown): number {
  return Number(String(address).split(':').at(-1));
}
