// Gateways as processes of their own, on one file or each on its address, for tests in which they end and are killed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, startBeamgate } from '../cli/processes.ts';
import { freePort } from './traefik.ts';
import { waitFor } from './wait-for.ts';

export type GatewayPorts = { readonly proxies: number; readonly public: number; readonly operations: number };

export type GatewayProcesses = {
  readonly ports: GatewayPorts;
  /** Another file takes its place; a running gateway reads it by itself. */
  write(changes?: { readonly apps?: object; readonly listen?: object }): void;
  /** Starts one, and waits until it listens. */
  start(host?: string, ...args: readonly string[]): Promise<Running>;
  stop(): Promise<void>;
};

/** @param top keys of the file besides addresses, database and apps. */
export async function prepareGatewayProcesses(top: object): Promise<GatewayProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-processes-'));
  const ports = { proxies: await freePort(), public: await freePort(), operations: await freePort() };
  const started: Running[] = [];
  const fileOf = (host: string) => join(folder, `${host}.yaml`);
  const write: GatewayProcesses['write'] = ({ apps, listen } = {}) => {
    for (const host of ['127.0.0.1', '127.0.0.2']) {
      const addresses = Object.entries(ports).map(([name, port]) => [name, `${host}:${port}`]);
      const file = {
        publicUrl: 'https://lab.localhost/sso',
        database: `sqlite:${join(folder, 'gateway.sqlite')}`,
        listen: { ...Object.fromEntries(addresses), ...listen },
        apps: { echo: { url: 'https://lab.localhost/echo', allow: 'signed-in' }, ...apps },
        ...top,
      };
      writeFileSync(fileOf(host), JSON.stringify(file));
    }
  };
  write();
  return {
    ports,
    write,
    start: async (host = '127.0.0.1', ...args) => {
      const running = startBeamgate(['gateway', '--config', fileOf(host), ...args]);
      started.push(running);
      await waitFor(`a gateway listens on ${host}`, () => {
        if (running.process.exitCode !== null) throw new Error(running.output());
        return saidAtMs(running, 'listening') !== undefined;
      });
      return running;
    },
    stop: async () => {
      for (const { process } of started) process.kill('SIGKILL');
      await Promise.all(started.map(({ ended }) => ended));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** When the gateway logged that; `undefined`: not yet. */
export function saidAtMs({ output }: Running, message: string): number | undefined {
  const line = output()
    .split('\n')
    .find((one) => one.includes(`"msg":"${message}"`));
  return line === undefined ? undefined : Date.parse(String(JSON.parse(line).time));
}
