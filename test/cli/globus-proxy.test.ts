// `beamgate globus-proxy` as a site would start it that had the SciCat Globus Proxy: with that service's file and
// environment, and with a client that knows nothing of the change.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createClient, field } from '../end-to-end/ask.ts';
import { freePort } from '../end-to-end/traefik.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { type Facility, startFacility } from '../simulators/facility.ts';
import { type Running, startBeamgate } from './processes.ts';

describe('globus-proxy with an old file', () => {
  let facility: Facility;
  let folder: string;
  let port: number;
  let service: Running;
  let token: string;

  /** The old file, unchanged but for addresses; Globus is reached elsewhere here, which only the environment of a test has. */
  function oldFile(): string {
    const text = readFileSync(new URL('old-config.yaml', import.meta.url), 'utf8')
      .replace('@scicatUrl@', facility.scicat.url)
      .replace('@port@', String(port));
    return `${text}globus: { authUrl: "${facility.globus.authUrl}", transferUrl: "${facility.globus.transferUrl}" }\noperations: 127.0.0.1:0\n`;
  }

  const start = () =>
    startBeamgate(['globus-proxy', '--operations', '127.0.0.1:0'], {
      folder,
      environment: {
        XDG_CONFIG_HOME: folder,
        GLOBUS_CLIENT_ID: facility.globusAccount.clientId,
        GLOBUS_CLIENT_SECRET_FILE: join(folder, 'globus-secret'),
        SCICAT_SERVICE_USER_USERNAME: 'svcAdmin',
        SCICAT_SERVICE_USER_PASSWORD: facility.accounts.svcAdmin.password,
      },
    });

  before(async () => {
    facility = await startFacility({
      fileBytes: 100_000,
      globus: { requestsPerSecond: Number.POSITIVE_INFINITY },
    });
    port = await freePort();
    folder = mkdtempSync(join(tmpdir(), 'beamgate-globus-proxy-'));
    mkdirSync(join(folder, 'scicat-globus-proxy'));
    writeFileSync(join(folder, 'scicat-globus-proxy', 'scicat-globus-proxy-config.yaml'), oldFile());
    writeFileSync(join(folder, 'globus-secret'), `${facility.globusAccount.clientSecret}\n`);
    token = await facility.scicat.tokenFor('alice');
    service = start();
    await waitFor('it listens', () => listensIn(service));
  });

  after(async () => {
    service?.process.kill('SIGKILL');
    await service?.ended;
    await facility?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const listensIn = (running: Running) => (running.output().match(/"msg":"listening"/g) ?? []).length === 2;
  const ask = (method: string, path: string, headers: readonly string[] = ['SciCat-API-Key', token]) =>
    createClient({ scheme: 'http', port })({ method, path, host: `proxy.lab.org:${port}`, headers });
  const query = () =>
    new URLSearchParams({
      sourceFacility: 'FAC-A',
      destFacility: 'FAC-B',
      scicatPid: facility.datasets.run7.pid,
      collectionRootPath: '/data',
    });

  it('answers the version to anybody, under any host', async () => {
    const told = await ask('GET', '/version', []);
    assert.equal(told.status, 200);
    assert.match(String(field(told, 'version')), /^\d/);
  });

  it('warns of what the old file leaves open, and names the facility', () => {
    assert.match(service.output(), /"level":"warn".*FAC-A/);
    assert.match(service.output(), /"level":"warn".*FAC-B/);
  });

  it('moves a dataset for a client that has not changed, through a restart in the middle', async () => {
    facility.globus.setBytesPerSecond(100_000);
    const told = await ask('POST', `/transfer?${query()}`);
    assert.equal(told.status, 200, told.body);
    const jobId = String(field(told, 'jobId'));
    await waitFor('it is at Globus', () => facility.globus.tasks().length === 1);
    service.process.kill('SIGTERM');
    const from = Date.now();
    assert.equal(await service.ended, 0);
    assert.ok(Date.now() - from < 10_000);
    assert.equal((service.output().match(/"msg":"ended"/g) ?? []).length, 2, 'the last log lines are lost');
    service = start();
    await waitFor('it listens again', () => listensIn(service));
    facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await waitFor('the job has finished', () => facility.scicat.job(jobId)?.statusCode === '003');
    assert.equal(facility.globus.tasks().length, 1);
  });

  it('refuses a client without a token in JSON', async () => {
    const told = await ask('POST', `/transfer?${query()}`, []);
    assert.equal(told.status, 401);
    assert.equal(typeof field(told, 'message'), 'string');
  });

  it('does not believe an assertion or identity headers that a client invents', async () => {
    for (const headers of [
      ['X-Auth-Username', 'alice'],
      ['X-Auth-Assertion', token],
    ]) {
      assert.equal((await ask('POST', `/transfer?${query()}`, headers)).status, 401);
    }
  });

  it('is one process on its folder: a second one says so and ends', async () => {
    const second = start();
    assert.equal(await second.ended, 1);
    assert.match(second.output(), /another process has it open/);
  });
});
