// What the SciCat Globus Proxy has left at Globus and in SciCat, its own file in a folder, and `beamgate globus-proxy` as
// an operator runs it there.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../end-to-end/traefik.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { type Facility, startFacility } from '../simulators/facility.ts';
import { startOldTransfer } from '../simulators/old-service.ts';
import { type Running, startBeamgate } from './processes.ts';

/** As docs/replace-scicat-globus-proxy.md calls it. */
const oldFileName = 'scicat-globus-proxy-config.yaml';

export type AdoptScene = Awaited<ReturnType<typeof openAdoptScene>>;

export async function openAdoptScene({ pollIntervalSeconds = 1 } = {}) {
  const facility = await startFacility({
    fileBytes: 100_000,
    globus: { requestsPerSecond: Number.POSITIVE_INFINITY },
  });
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-adopt-'));
  const port = await freePort();
  const services: Running[] = [];
  writeFileSync(join(folder, oldFileName), oldFile(facility, port, pollIntervalSeconds));
  const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    startBeamgate(['globus-proxy', ...args], {
      folder,
      environment: {
        ...environment,
        GLOBUS_CLIENT_ID: facility.globusAccount.clientId,
        GLOBUS_CLIENT_SECRET: facility.globusAccount.clientSecret,
        SCICAT_SERVICE_USER_USERNAME: 'svcAdmin',
        SCICAT_SERVICE_USER_PASSWORD: facility.accounts.svcAdmin.password,
      },
    });
  const startAdopt = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    run(['adopt', ...args, '--config', oldFileName], environment);
  const adopt = async (...args: string[]) => {
    const command = startAdopt(args);
    return { code: await command.ended, output: command.output() };
  };
  /** The old service's last report is as old as two of its intervals. */
  const longAgo = () => facility.scicat.ageJobs(2 * 60_000);
  const { run7, bobs } = facility.datasets;
  facility.globus.setBytesPerSecond(200_000);
  const started = (options = {}) => startOldTransfer(facility, run7, options);
  /** From then on the larger of its files stays under way. */
  const hasBegun = async (taskId: string) => {
    await waitFor('a file has arrived', () => (facility.globus.task(taskId)?.filesTransferred ?? 0) > 0);
    facility.globus.setBytesPerSecond(1);
  };
  const end = async (service: Running) => {
    service.process.kill('SIGKILL');
    await service.ended;
  };
  const serve = async (config = oldFileName) => {
    const service = run(['--operations', '127.0.0.1:0', '--config', config]);
    services.push(service);
    await waitFor('it listens', () => (service.output().match(/"msg":"listening"/g) ?? []).length === 2);
    return service;
  };
  const stop = async () => {
    await Promise.all(services.map(end));
    await facility.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { facility, folder, port, adopt, startAdopt, longAgo, started, hasBegun, serve, bobs, stop };
}

function oldFile({ scicat, globus }: Facility, port: number, pollIntervalSeconds: number): string {
  const text = readFileSync(new URL('old-config.yaml', import.meta.url), 'utf8')
    .replace('@scicatUrl@', scicat.url)
    .replace('@port@', String(port))
    .replace('pollInterval: 1', `pollInterval: ${pollIntervalSeconds}`)
    .replace(/destinationPath: .*/, "destinationPath: '/received/{{ .RelativeSourceFolder }}'");
  return `${text}globus: { authUrl: "${globus.authUrl}", transferUrl: "${globus.transferUrl}" }\noperations: 127.0.0.1:0\n`;
}
