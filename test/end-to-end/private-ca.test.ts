// Everything behind TLS with the facility's own CA, and reached through the facility's forward proxy: the services as
// they are started, with names that nobody but that proxy can resolve.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { startBeamgate } from '../cli/processes.ts';
import { traefikHeaders } from '../gateway/samples.ts';
import { portOf } from '../gateway/standalone/sockets.ts';
import { describeWith, openssl } from '../real-parts/find.ts';
import { startFacility } from '../simulators/facility.ts';
import { startOidc } from '../simulators/oidc/start.ts';
import { startScicat } from '../simulators/scicat/start.ts';
import { makeAuthority } from '../tls/authority.ts';
import { startForwardProxy, startTlsFront } from '../tls/servers.ts';
import { createClient, field } from './ask.ts';
import { startTestGateway } from './gateway.ts';
import { freePort } from './traefik.ts';
import { waitFor } from './wait-for.ts';

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-private-ca-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function asker(proxies: string | number) {
  const port = typeof proxies === 'number' ? proxies : Number(proxies.slice(proxies.lastIndexOf(':') + 1));
  const client = createClient({ scheme: 'http', port });
  return (path: string, token: string) => {
    const headers = traefikHeaders({ 'X-Forwarded-Uri': path }, ['Authorization', `Bearer ${token}`]);
    return client({ path: '/auth/traefik', host: 'gateway', headers });
  };
}

describeWith([openssl], 'a facility with a CA of its own', () => {
  const hosts = ['scicat.lab.example', 'auth.lab.example', 'transfer.lab.example'];
  const lab = makeAuthority(['IP:127.0.0.1', 'DNS:localhost', ...hosts.map((host) => `DNS:${host}`)]);

  it('is asked for identities and keys over TLS, and not without its CA', async (t) => {
    const [scicat, sso] = await Promise.all([startScicat(), startOidc()]);
    const url = await startTlsFront(t, scicat.port, lab);
    const keys = await startTlsFront(t, sso.port, lab);
    const oidc = { kind: 'oidc', issuer: sso.issuer, acceptTokensFor: ['ingestor'] };
    const jwksUrl = `${keys}${new URL(sso.jwksUrl).pathname}`;
    const gateway = await startTestGateway({
      scicatUrl: url,
      top: {
        publicUrl: 'https://lab.org/sso',
        providers: {
          scicat: { kind: 'scicat', url, caFile: lab.file },
          sso: { ...oidc, jwksUrl, caFile: lab.file },
          bare: { kind: 'scicat', url, header: 'Other-Key' },
        },
        apps: {
          data: { url: 'https://lab.org/data', providers: ['scicat', 'sso'], allow: 'signed-in' },
          bare: { url: 'https://lab.org/bare', providers: ['bare'], allow: 'signed-in' },
        },
      },
    });
    t.after(() => Promise.all([gateway.stop(), scicat.stop(), sso.stop()]));
    const ask = asker(gateway.proxiesPort);
    const alice = await scicat.tokenFor('alice');
    assert.equal((await ask('/data', alice)).status, 200);
    assert.equal((await ask('/data', await sso.accessToken())).status, 200);
    const refused = await ask('/bare', alice);
    assert.deepEqual([refused.status, field(refused, 'reason')], [503, 'unavailable']);
    await waitFor('the log says why', () => /UNABLE_TO_VERIFY_LEAF_SIGNATURE/.test(gateway.log.join('')));
  });

  it('renews its CA: a running gateway takes the changed file over', async (t) => {
    const scicat = await startScicat();
    t.after(() => scicat.stop());
    const front = Number(new URL(await startTlsFront(t, scicat.port, lab)).port);
    const proxy = await startForwardProxy(t, () => front);
    const folder = makeFolder(t);
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, makeAuthority().pem);
    writeFileSync(
      join(folder, 'gateway.yaml'),
      `publicUrl: https://lab.org/sso
database: sqlite:${join(folder, 'gateway.sqlite')}
listen: { proxies: 127.0.0.1:0, public: 127.0.0.1:0, operations: 127.0.0.1:0 }
providers: { scicat: { kind: scicat, url: https://scicat.lab.example, caFile: ${caFile} } }
apps: { data: { url: https://lab.org/data, allow: signed-in } }
`,
    );
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const gateway = startBeamgate(['gateway', '--config', 'gateway.yaml'], { folder, environment });
    t.after(() => gateway.process.kill('SIGKILL'));
    await waitFor('it listens', () => gateway.output().includes('"listening"'));
    const ask = asker(/"proxies":"([^"]+)"/.exec(gateway.output())?.[1] ?? '');
    const alice = await scicat.tokenFor('alice');
    assert.equal((await ask('/data', alice)).status, 503);
    writeFileSync(caFile, 'half of it');
    await waitFor('half a file is refused', () => gateway.output().includes('configuration refused'));
    assert.match(
      gateway.output(),
      /gateway\.yaml:4 providers\.scicat\.caFile: the file [^ ]+ holds no certificate/,
    );
    writeFileSync(caFile, lab.pem);
    await waitFor('the new one counts', async () => (await ask('/data', alice)).status === 200);
    assert.ok(proxy.asked.every((line) => line === 'CONNECT scicat.lab.example:443'));
  });

  it('moves a dataset, with SciCat and Globus behind TLS and a proxy', async (t) => {
    const facility = await startFacility({ fileBytes: 1000 });
    t.after(() => facility.stop());
    const behind = [facility.scicat.url, facility.globus.authUrl, facility.globus.transferUrl];
    const fronts = await Promise.all(behind.map((url) => startTlsFront(t, Number(new URL(url).port), lab)));
    const proxy = await startForwardProxy(t, (address) => {
      const at = hosts.indexOf(address.replace(/:443$/, ''));
      return Number(new URL(fronts[at] ?? '').port);
    });
    const folder = makeFolder(t);
    const port = await freePort();
    const paths = behind.map((url) => new URL(url).pathname.replace(/\/$/, ''));
    writeFileSync(
      join(folder, 'f.yaml'),
      `scicatUrl: https://${hosts[0]}${paths[0]}
port: ${port}
operations: 127.0.0.1:0
scicat: { caFile: ${lab.file} }
globus: { authUrl: "https://${hosts[1]}${paths[1]}", transferUrl: "https://${hosts[2]}${paths[2]}", caFile: ${lab.file} }
facilities:
  - { name: FAC-A, collection: ${facility.source.collectionId} }
  - { name: FAC-B, collection: ${facility.destination.collectionId}, destinationPath: /received }
task: { pollInterval: 1 }
`,
    );
    const service = startBeamgate(['globus-proxy', '--config', 'f.yaml', '--operations', '127.0.0.1:0'], {
      folder,
      environment: {
        https_proxy: `http://127.0.0.1:${proxy.port}`,
        GLOBUS_CLIENT_ID: facility.globusAccount.clientId,
        GLOBUS_CLIENT_SECRET: facility.globusAccount.clientSecret,
        SCICAT_SERVICE_USER_USERNAME: 'svcAdmin',
        SCICAT_SERVICE_USER_PASSWORD: facility.accounts.svcAdmin.password,
      },
    });
    t.after(() => service.process.kill('SIGKILL'));
    await waitFor('it listens', () => (service.output().match(/"listening"/g) ?? []).length === 2);
    const query = new URLSearchParams({
      sourceFacility: 'FAC-A',
      destFacility: 'FAC-B',
      scicatPid: facility.datasets.run7.pid,
      collectionRootPath: '/data',
    });
    const headers = ['SciCat-API-Key', await facility.scicat.tokenFor('alice')];
    const client = createClient({ scheme: 'http', port });
    const told = await client({ method: 'POST', path: `/transfer?${query}`, host: 'proxy.lab.org', headers });
    assert.equal(told.status, 200, told.body);
    await waitFor(
      'the job has finished',
      () => facility.scicat.job(String(field(told, 'jobId')))?.statusCode === '003',
    );
    assert.deepEqual([...new Set(proxy.asked)].sort(), hosts.map((host) => `CONNECT ${host}:443`).sort());
  });

  it('has an app behind TLS in standalone mode, for requests and websockets, and not without its CA', async (t) => {
    const app = createServer((request, response) =>
      response.end(`hello ${request.headers['x-auth-username']}`),
    );
    const sockets = new WebSocketServer({ server: app });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`${data} back`)));
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      app.close();
      for (const socket of sockets.clients) socket.terminate();
    });
    const upstream = await startTlsFront(t, portOf(app), lab);
    const gateway = await startTestGateway({
      scicatUrl: 'http://127.0.0.1:9',
      top: {
        publicUrl: 'http://lab.localhost/sso',
        listen: { ...anyPort, standalone: '127.0.0.1:0' },
        apps: {
          good: { url: 'http://lab.localhost/good', allow: 'public', upstream, caFile: lab.file },
          bad: { url: 'http://lab.localhost/bad', allow: 'public', upstream },
        },
      },
    });
    t.after(() => gateway.stop());
    const port = gateway.standalonePort ?? 0;
    const client = createClient({ scheme: 'http', port });
    const ask = (path: string) => client({ path, host: 'lab.localhost', headers: [] });
    assert.equal((await ask('/good')).body, 'hello ');
    const refused = await ask('/bad');
    assert.deepEqual([refused.status, field(refused, 'reason')], [502, 'upstream_unreachable']);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/good/live`, { headers: { Host: 'lab.localhost' } });
    const answer = await new Promise<string>((resolve, reject) => {
      socket.on('open', () => socket.send('there'));
      socket.on('message', (data) => resolve(String(data)));
      socket.on('error', reject);
    });
    assert.equal(answer, 'there back');
    socket.terminate();
  });
});

const anyPort = { proxies: '127.0.0.1:0', public: '127.0.0.1:0', operations: '127.0.0.1:0' };
