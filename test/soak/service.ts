// The transfer-service as a process of its own, which can be killed at any moment and started again on what is left.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../end-to-end/traefik.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import type { Facility } from '../simulators/facility.ts';

const program = fileURLToPath(new URL('../../transfer-service/main.ts', import.meta.url));

export class ServiceProcess {
  readonly url: string;
  readonly #configFile: string;
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #errors = '';

  private constructor(url: string, configFile: string, environment: NodeJS.ProcessEnv) {
    this.url = url;
    this.#configFile = configFile;
    this.#environment = environment;
  }

  /** Its file, its environment, no process yet. */
  static async prepare(facility: Facility): Promise<ServiceProcess> {
    const port = await freePort();
    const configFile = join(facility.root, 'transfer.yaml');
    await writeFile(configFile, configText(facility, port));
    return new ServiceProcess(`http://127.0.0.1:${port}`, configFile, {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME },
      GLOBUS_CLIENT_ID: facility.globusAccount.clientId,
      GLOBUS_CLIENT_SECRET: facility.globusAccount.clientSecret,
      SCICAT_SERVICE_USER_USERNAME: facility.accounts.svcAdmin.username,
      SCICAT_SERVICE_USER_PASSWORD: facility.accounts.svcAdmin.password,
    });
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Until it listens. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [program, '--config', this.#configFile], {
      env: this.#environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#errors = '';
    child.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString('utf8')));
    this.#child = child;
    await waitFor('the transfer-service listens', async () => {
      if (child.exitCode !== null) throw new Error(`the service ended by itself: ${this.#errors}`);
      return (await fetch(`${this.url}/version`).catch(() => undefined))?.ok ?? false;
    });
  }

  /** `kill -9`: no handler of the process's own runs. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await ended;
    }
  }
}

function configText({ scicat, globus, root, source, destination }: Facility, port: number): string {
  return `
scicatUrl: ${scicat.url}
port: ${port}
operations: 127.0.0.1:0
database: sqlite:${join(root, 'transfers.sqlite')}
callers: { believe: plain-headers, trustedProxies: [127.0.0.1] }
globus: { authUrl: '${globus.authUrl}', transferUrl: '${globus.transferUrl}', timeoutMs: 1000, itemsPerTask: 2 }
scicat: { timeoutMs: 1000 }
task: { pollInterval: 1 }
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
