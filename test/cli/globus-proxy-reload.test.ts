// `beamgate globus-proxy` as a process: its file changes, its secrets, and SIGHUP.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createClient, field } from '../end-to-end/ask.ts';
import { freePort } from '../end-to-end/traefik.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { type Facility, startFacility } from '../simulators/facility.ts';
import { type Running, startBeamgate } from './processes.ts';

describe('globus-proxy that runs', () => {
  let facility: Facility;
  let folder: string;
  let port: number;
  let service: Running;
  let token: string;

  const configFile = () => join(folder, 'old.yaml');
  const write = (edit: (text: string) => string = (text) => text): void => {
    const text = readFileSync(new URL('old-config.yaml', import.meta.url), 'utf8')
      .replace('@scicatUrl@', facility.scicat.url)
      .replace('@port@', String(port));
    const globus = `globus: { authUrl: "${facility.globus.authUrl}", transferUrl: "${facility.globus.transferUrl}" }`;
    writeFileSync(configFile(), edit(`${text}${globus}\noperations: 127.0.0.1:0\n`));
  };
  const count = (text: string) => service.output().split(text).length - 1;
  const ask = () => {
    const query = new URLSearchParams({
      ...{ sourceFacility: 'FAC-A', destFacility: 'FAC-B' },
      ...{ scicatPid: facility.datasets.run7.pid, collectionRootPath: '/data' },
    });
    const headers = ['SciCat-API-Key', token];
    return createClient({ scheme: 'http', port })({
      ...{ method: 'POST', path: `/transfer?${query}`, host: `localhost:${port}`, headers },
    });
  };

  before(async () => {
    facility = await startFacility({ globus: { requestsPerSecond: Number.POSITIVE_INFINITY } });
    port = await freePort();
    folder = mkdtempSync(join(tmpdir(), 'beamgate-proxy-reload-'));
    write();
    writeFileSync(join(folder, 'globus-secret'), 'of last year');
    writeFileSync(join(folder, 'scicat-password'), facility.accounts.svcAdmin.password);
    token = await facility.scicat.tokenFor('alice');
    service = startBeamgate(['globus-proxy', '--config', configFile(), '--operations', '127.0.0.1:0'], {
      folder,
      environment: {
        GLOBUS_CLIENT_ID: facility.globusAccount.clientId,
        GLOBUS_CLIENT_SECRET_FILE: join(folder, 'globus-secret'),
        SCICAT_SERVICE_USER_USERNAME: 'svcAdmin',
        SCICAT_SERVICE_USER_PASSWORD_FILE: join(folder, 'scicat-password'),
      },
    });
    await waitFor('it listens', () => count('"msg":"listening"') === 2);
  });

  after(async () => {
    service?.process.kill('SIGKILL');
    await service?.ended;
    await facility?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('takes a secret over as soon as its file is replaced, for a transfer that it held up', async () => {
    const jobId = String(field(await ask(), 'jobId'));
    await waitFor('Globus refuses the secret', () => /refuses this service's client/.test(service.output()));
    writeFileSync(join(folder, 'globus-secret'), `${facility.globusAccount.clientSecret}\n`);
    await waitFor('the job has finished', () => facility.scicat.job(jobId)?.statusCode === '003');
    assert.ok(!service.output().includes(facility.globusAccount.clientSecret));
  });

  it('takes its file over, in the gateway and in the service, when it changes', async () => {
    const taken = count('configuration taken over');
    write((text) => text.replace('name: "FAC-B"', 'name: "FAC-C"'));
    await waitFor('both have it', () => count('configuration taken over') >= taken + 2);
    assert.equal(field(await ask(), 'reason'), 'unknown_facility');
    write();
    await waitFor('both have the first again', () => count('configuration taken over') >= taken + 4);
  });

  it('takes its file over on SIGHUP, and keeps what it has where there is a mistake in it', async () => {
    const refused = count('configuration refused, the old one stays');
    write((text) => text.replace('facilities:', 'facilitys:'));
    service.process.kill('SIGHUP');
    await waitFor('both refuse it', () => count('configuration refused, the old one stays') >= refused + 2);
    assert.match(service.output(), /did you mean \\"facilities\\"/);
    assert.notEqual(field(await ask(), 'reason'), 'unknown_facility');
    rmSync(configFile());
    service.process.kill('SIGHUP');
    await waitFor('a file that is gone', () => /ENOENT/.test(service.output()));
    const taken = count('configuration taken over');
    write();
    service.process.kill('SIGHUP');
    await waitFor('both have it', () => count('configuration taken over') >= taken + 2);
  });
});
