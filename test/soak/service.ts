// The transfer-service as a process of its own, which can be killed at any moment and started again on what is left.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../end-to-end/traefik.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import type { Facility } from '../simulators/facility.ts';

const killer = fileURLToPath(new URL('kill-at-statement.ts', import.meta.url));
const program = fileURLToPath(new URL('../../transfer-service/main.ts', import.meta.url));

export type ProcessOptions = {
  /** Default: in the facility's folder. */
  readonly database?: string;
  /** `globus.listFoldersAbove`. */
  readonly listFoldersAbove?: number;
  /** Of node itself: a module that is loaded first. */
  readonly nodeArguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

export type StatementKill = {
  /** What the statement begins with, as a regular expression. */
  readonly sql: string;
  readonly nth: number;
  readonly moment: 'before' | 'after';
};

export class ServiceProcess {
  readonly url: string;
  readonly #configFile: string;
  readonly #configText: (timeoutMs: number) => string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #nodeArguments: readonly string[];
  #child: ChildProcess | undefined;
  #errors = '';

  private constructor(
    url: string,
    configFile: string,
    configText: (timeoutMs: number) => string,
    environment: NodeJS.ProcessEnv,
    nodeArguments: readonly string[],
  ) {
    this.#configText = configText;
    this.#nodeArguments = nodeArguments;
    this.url = url;
    this.#configFile = configFile;
    this.#environment = environment;
  }

  /** Its file, its environment, no process yet. */
  static async prepare(
    facility: Facility,
    {
      database = join(facility.root, 'transfers.sqlite'),
      listFoldersAbove = 100_000,
      nodeArguments = [],
      ...more
    }: ProcessOptions = {},
  ): Promise<ServiceProcess> {
    const port = await freePort();
    const configFile = join(facility.root, 'transfer.yaml');
    const textOf = (timeoutMs: number) =>
      configText(facility, { port, database, listFoldersAbove, timeoutMs });
    await writeFile(configFile, textOf(usualTimeoutMs));
    const environment = {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, ...more.environment },
      GLOBUS_CLIENT_ID: facility.globusAccount.clientId,
      GLOBUS_CLIENT_SECRET: facility.globusAccount.clientSecret,
      SCICAT_SERVICE_USER_USERNAME: facility.accounts.svcAdmin.username,
      SCICAT_SERVICE_USER_PASSWORD: facility.accounts.svcAdmin.password,
    };
    const url = `http://127.0.0.1:${port}`;
    return new ServiceProcess(url, configFile, textOf, environment, nodeArguments);
  }

  get isRunning(): boolean {
    return this.#child !== undefined && !hasEnded(this.#child);
  }

  /** Until it listens. @param timeoutMs of each question to SciCat or Globus. */
  async start({ timeoutMs = usualTimeoutMs } = {}): Promise<void> {
    await writeFile(this.#configFile, this.#configText(timeoutMs));
    await this.#untilItListens(this.#spawn());
  }

  /** To end by itself, as by kill -9, in the middle of the transaction that writes the nth event. */
  startUntilEvent(nth: number): Promise<void> {
    const at: StatementKill = { sql: 'insert into "events"', nth, moment: 'after' };
    return this.#untilItListens(
      this.#spawn(['--import', killer], { BEAMGATE_TEST_KILL: JSON.stringify(at) }),
    );
  }

  async #untilItListens(child: ChildProcess): Promise<void> {
    const listens = async () => {
      if (hasEnded(child)) throw new Error(`the service ended by itself: ${this.#errors}`);
      return (await fetch(`${this.url}/version`).catch(() => undefined))?.ok ?? false;
    };
    // On a busy machine a start takes its time.
    await waitFor('the transfer-service listens', listens, 120_000);
  }

  #spawn(
    nodeArguments: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    const own = [...nodeArguments, ...this.#nodeArguments];
    const child = spawn(process.execPath, [...own, program, '--config', this.#configFile], {
      env: { ...this.#environment, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#errors = '';
    child.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString('utf8')));
    this.#child = child;
    return child;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the service does not run');
    return pid;
  }

  /** What it says at its end, when it does not start. */
  async failToStart(): Promise<{ readonly code: number | null; readonly errors: string }> {
    const child = this.#spawn();
    await once(child, 'exit');
    this.#child = undefined;
    return { code: child.exitCode, errors: this.#errors };
  }

  /** Ends by itself, as by kill -9, at a statement of its database. @throws Error when it ends otherwise, or listens. */
  async endAtStatement(at: StatementKill): Promise<void> {
    const child = this.#spawn(['--import', killer], { BEAMGATE_TEST_KILL: JSON.stringify(at) });
    await waitFor(`it ends at ${at.sql} (${at.nth})`, () => hasEnded(child), 120_000);
    this.#child = undefined;
    if (child.signalCode !== 'SIGKILL') throw new Error(`it ended by itself: ${this.#errors}`);
  }

  /** SIGTERM; @returns its exit code. */
  async terminate(): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return null;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    return child.exitCode;
  }

  /** `kill -9`: no handler of the process's own runs. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    if (hasEnded(child)) return;
    child.kill('SIGKILL');
    await ended;
  }
}

const usualTimeoutMs = 1000;

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

type ConfigParts = {
  readonly port: number;
  readonly database: string;
  readonly listFoldersAbove: number;
  readonly timeoutMs: number;
};

function configText(
  { scicat, globus, source, destination }: Facility,
  { port, database, listFoldersAbove, timeoutMs }: ConfigParts,
): string {
  return `
scicatUrl: ${scicat.url}
port: ${port}
operations: 127.0.0.1:0
database: sqlite:${database}
callers: { believe: plain-headers, trustedProxies: [127.0.0.1] }
globus: { authUrl: '${globus.authUrl}', transferUrl: '${globus.transferUrl}', timeoutMs: ${timeoutMs}, itemsPerTask: 2, listFoldersAbove: ${listFoldersAbove}, requestsPerSecond: 1000 }
scicat: { timeoutMs: ${timeoutMs} }
task: { pollInterval: 1, maxConcurrency: 10 }
log: { level: error }
facilities:
  - name: ${source.name}
    collection: ${source.collectionId}
    collectionRoots: [/data]
    sourceWithin: '/{{ .OwnerGroup }}'
  - name: ${destination.name}
    collection: ${destination.collectionId}
    direction: DST
    destinationPath: '/received/{{ .RelativeSourceFolder }}'
    destinationWithin: '/received/{{ .OwnerGroup }}'
`;
}
