// A real PostgreSQL on a free port of loopback: one server a test run (test/setup.ts), or one of a test's own that it
// may stop and start again.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../end-to-end/traefik.ts';
import { findPart, postgres } from './find.ts';

export type PostgresServer = {
  /** Of a database that is always there, for its superuser. */
  readonly url: string;
  /** As an operator's `stop -m immediate`: every connection breaks. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes what it has written. */
  remove(): Promise<void>;
  /** The same at once, where nothing can be waited for. */
  killNow(): void;
};

export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-postgres-'));
  const account = accountOfServer();
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid ?? account.uid);
  const program = findPart(postgres) ?? 'postgres';
  const data = join(folder, 'data');
  execFileSync(
    join(dirname(program), 'initdb'),
    ['--pgdata', data, '--no-sync', '--auth', 'trust', '--username', 'beamgate', '--encoding', 'UTF8'],
    { ...account, stdio: 'ignore', cwd: folder },
  );
  const port = await freePort();
  const url = `postgres://beamgate@127.0.0.1:${port}/postgres`;
  let running: ChildProcess | undefined;
  const server: PostgresServer = {
    url,
    start: async () => {
      const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'];
      running = spawn(program, ['-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])], {
        ...account,
        stdio: 'ignore',
        cwd: folder,
      });
      // It is no reason to keep a test's process alive.
      running.unref();
      await untilAnswering(url, running);
    },
    stop: async () => {
      if (running === undefined || running.exitCode !== null) return;
      const ended = once(running, 'exit');
      running.kill('SIGQUIT');
      await ended;
    },
    remove: async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
    killNow: () => {
      execFileSync(join(dirname(program), 'pg_ctl'), ['stop', '-D', data, '-m', 'immediate', '-w'], {
        ...account,
        stdio: 'ignore',
        cwd: folder,
      });
      rmSync(folder, { recursive: true });
    },
  };
  await server.start();
  return server;
}

/** The URL of a new, empty database, on the run's server. */
export async function freshDatabase(t: TestContext): Promise<string> {
  const shared = await sharedServer();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await run(shared, `create database ${name}`);
  t.after(() => run(shared, `drop database ${name} with (force)`));
  return shared.replace(/\/postgres$/, `/${name}`);
}

/** By test/setup.ts, for a whole run; by a file that is run alone, for itself. */
export const sharedServerVariable = 'BEAMGATE_TEST_POSTGRES_URL';

let own: Promise<PostgresServer> | undefined;
let started: PostgresServer | undefined;

async function sharedServer(): Promise<string> {
  const given = process.env[sharedServerVariable];
  if (given !== undefined) return given;
  if (own === undefined) {
    own = startPostgres();
    // node:test has no hook for the end of a file that could be registered from within a test.
    process.once('exit', () => started?.killNow());
    started = await own;
  }
  return (await own).url;
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** PostgreSQL refuses to run as root. */
function accountOfServer(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function untilAnswering(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}`);
    const isUp = await run(url, 'select 1').then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await setTimeout(50);
  }
  throw new Error('PostgreSQL does not answer');
}
