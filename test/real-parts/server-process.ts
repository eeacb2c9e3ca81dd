// A server that a test starts as a process: it is there when its address answers, and gone with all that it has started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

export type ServerProcess = { stop(): Promise<void> };

/** @throws Error when it ends, or does not answer within five minutes, which is what a busy machine has taken. */
export async function startServer(server: {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Answers 2xx once the server is ready. */
  readonly readyUrl: string;
}): Promise<ServerProcess> {
  const running = spawn(server.program, server.arguments, {
    cwd: server.folder,
    stdio: 'ignore',
    // A group of its own: scripts start what does the work.
    detached: true,
    env: { ...process.env, ...server.environment },
  });
  await untilAnswering(server.readyUrl, running);
  return {
    stop: async () => {
      if (running.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const ended = once(running, 'exit');
      process.kill(-running.pid, 'SIGTERM');
      await ended;
      // A script that started it ends at once; the server goes on answering, and would be taken for its own successor.
      await untilSilent(server.readyUrl);
    },
  };
}

async function untilAnswering(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 300_000;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`${server.spawnfile} ended with ${server.exitCode}`);
    if ((await statusOf(url)) === 'ok') return;
    await setTimeout(200);
  }
  throw new Error(`${server.spawnfile} does not answer at ${url}`);
}

async function untilSilent(url: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await statusOf(url)) !== 'silent') {
    if (Date.now() > deadline) throw new Error(`still answers at ${url}`);
    await setTimeout(50);
  }
}

function statusOf(url: string): Promise<'ok' | 'other' | 'silent'> {
  return fetch(url).then(
    ({ ok }) => (ok ? 'ok' : 'other'),
    () => 'silent',
  );
}
