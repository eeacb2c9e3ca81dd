// docs/docker-labels.md as an admin follows it: the page's file for the gateway, its lines for Traefik and its labels on a
// container, through the real Traefik, whose Docker provider reads them from an engine that is simulated.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { dump, load } from 'js-yaml';
import { z } from 'zod';
import { describeWith, findPart, traefik } from '../real-parts/find.ts';
import { type DockerSimulator, startDocker } from '../simulators/docker/start.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { type Client, createClient, field, type Told } from './ask.ts';
import { type Echo, startEcho } from './echo.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';
import { waitFor } from './wait-for.ts';

const page = readFileSync(new URL('../../docs/docker-labels.md', import.meta.url), 'utf8');
const [gatewayBlock, traefikBlock, composeBlock] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, text]) => load(text ?? ''),
);
const { apps } = z.object({ apps: z.record(z.string(), z.looseObject({})) }).parse(gatewayBlock);
const { entryPoints, providers } = z
  .object({
    entryPoints: z.object({ apps: z.looseObject({ address: z.string() }) }),
    providers: z.object({ docker: z.looseObject({ network: z.string() }) }),
  })
  .parse(traefikBlock);
const compose = z
  .object({
    services: z.object({ tool: z.object({ labels: z.record(z.string(), z.string()) }) }),
    networks: z.object({ apps: z.object({ name: z.string() }) }),
  })
  .parse(composeBlock);
const host = 'tool.apps.lab.org';

/** `it` of the label and of the rules, `p1` of the label alone, `beamline-staff` of the rules alone, and none of them. */
const users = Object.entries({ ida: ['it'], paul: ['p1'], bea: ['beamline-staff'], pia: ['p9'] }).map(
  ([username, groups]) => ({ username, password: 'x', email: `${username}@lab.org`, groups }),
);

describeWith(
  [traefik],
  'a container with the labels of docs/docker-labels.md, behind the real Traefik',
  () => {
    let scicat: ScicatSimulator;
    let echo: Echo;
    let gateway: TestGateway;
    let docker: DockerSimulator;
    let proxy: RunningTraefik;
    let ask: Client;
    let askBehindTheDoor: Client;

    before(async () => {
      [scicat, echo, docker] = [await startScicat({ users }), await startEcho(), await startDocker()];
      gateway = await startTestGateway({ scicatUrl: scicat.url, apps });
      const ports = { proxies: gateway.proxiesPort, public: gateway.publicPort, transfer: await freePort() };
      const appsPort = await freePort();
      const change = (text: string) => withPage(text, { appsPort, endpoint: docker.endpoint });
      proxy = await startTraefik(findPart(traefik) ?? '', { ...ports, change }, () => ({}));
      ask = createClient({ scheme: 'https', port: appsPort });
      askBehindTheDoor = createClient({ scheme: 'https', port: proxy.securePort });
    });

    after(async () => {
      await proxy?.stop();
      await docker?.stop();
      await gateway?.stop();
      await echo?.stop();
      await scicat?.stop();
    });

    const bearer = async (name: string) => ['Authorization', `Bearer ${await scicat.tokenFor(name)}`];

    /** Only the gateway's address is another than on the page. */
    function run(name: string, changes: Record<string, string> = {}, health?: 'starting'): void {
      const labels = Object.entries({ ...compose.services.tool.labels, ...changes }).map(([key, value]) => [
        key.replaceAll(/\btool\b/g, name),
        value.replaceAll(/\btool(?=[.-])/g, name).replace('gateway:8081', `127.0.0.1:${gateway.proxiesPort}`),
      ]);
      start(name, Object.fromEntries(labels), health);
    }

    function start(name: string, labels: Record<string, string>, health?: 'starting'): void {
      const network = compose.networks.apps.name;
      const place = { network, address: '127.0.0.1', port: echo.port };
      docker.run({ name, labels, ...place, ...(health === undefined ? {} : { health }) });
    }

    async function untilServed(client: Client, asked: { host: string }, isServed = true): Promise<Told> {
      let told: Told | undefined;
      await waitFor(`${asked.host} is served: ${isServed}`, async () => {
        told = await client({ path: '/x', ...asked }).catch(() => undefined);
        return told !== undefined && ![404, 503].includes(told.status) === isServed;
      });
      if (told === undefined) throw new Error('no answer');
      return told;
    }

    it('is reached as soon as it starts, by whom label and rules both let in, and says who that is', async () => {
      assert.equal((await ask({ path: '/x', host })).status, 404, 'nothing runs yet');
      run('tool');
      const stranger = await untilServed(ask, { host });
      assert.equal(field(stranger, 'reason'), 'no_credential');
      assert.equal(echo.received.length, 0);
      const headers = [
        ...(await bearer('ida')),
        'X-Auth-Username',
        'root',
        'X-Auth-Assertion',
        'x',
        'Cookie',
        'a=1',
      ];
      assert.equal((await ask({ path: '/x?y=1', host, headers })).status, 200);
      const received = echo.received.at(-1);
      assert.equal(received?.url, '/x?y=1');
      assert.equal(received?.headers['x-auth-username'], 'ida');
      assert.match(String(received?.headers['x-auth-assertion']), /^eyJ/);
      assert.equal(received?.headers.authorization, undefined);
      assert.equal(received?.headers.cookie, 'a=1');
    });

    it('is closed to whom the rules alone, the label alone or neither lets in', async () => {
      const count = echo.received.length;
      for (const [name, reason] of [
        ['bea', 'not_in_label_groups'],
        ['paul', 'not_permitted'],
        ['pia', 'not_permitted'],
      ] as const) {
        const told = await ask({ path: '/x', host, headers: await bearer(name) });
        assert.equal(`${told.status} ${field(told, 'reason')}`, `403 ${reason}`, name);
      }
      assert.equal(echo.received.length, count);
    });

    it('never sees an identity header of a client’s, whatever the name', async () => {
      const list =
        compose.services.tool.labels['traefik.http.middlewares.tool-door.forwardauth.authResponseHeaders'];
      const names = (list ?? '').split(',').map((name) => name.trim());
      assert.ok(names.length > 25);
      for (const name of names.filter((one) => !['Authorization', 'SciCat-API-Key'].includes(one))) {
        const told = await ask({
          path: '/x',
          host,
          headers: [...(await bearer('ida')), name, 'from-outside'],
        });
        assert.equal(told.status, 200, name);
        const { [name.toLowerCase()]: value, ...others } = echo.received.at(-1)?.headers ?? {};
        // A cookie that is none of the gateway's is the app's own.
        if (name !== 'Cookie') assert.notEqual(value, 'from-outside', name);
        assert.doesNotMatch(JSON.stringify(others), /from-outside/);
      }
    });

    it('is served without labels for a middleware where the entry point asks', async () => {
      const name = (key: string) => `traefik.http.routers.plain.${key}`;
      start('plain', {
        'traefik.enable': 'true',
        [name('rule')]: 'Host(`plain.apps.lab.org`)',
        [name('entrypoints')]: 'websecure',
      });
      const plain = { host: 'plain.apps.lab.org' };
      await untilServed(askBehindTheDoor, plain);
      const asked = async (name: string) =>
        askBehindTheDoor({ path: '/x', ...plain, headers: await bearer(name) });
      assert.equal((await asked('bea')).status, 200);
      assert.equal(echo.received.at(-1)?.headers['x-auth-username'], 'bea');
      assert.equal((await asked('paul')).status, 403);
    });

    it('is refused where it is asked about twice', async () => {
      run('twice', { 'traefik.http.routers.tool.entrypoints': 'websecure' });
      const twice = { host: 'twice.apps.lab.org' };
      await untilServed(askBehindTheDoor, twice);
      const told = await askBehindTheDoor({ path: '/x', ...twice, headers: await bearer('ida') });
      assert.equal(`${told.status} ${field(told, 'reason')}`, '401 no_credential');
    });

    it('is not there without traefik.enable, nor before it is healthy, and is again when it is', async () => {
      run('hidden', { 'traefik.enable': 'false' });
      run('slow', {}, 'starting');
      run('last');
      await untilServed(ask, { host: 'last.apps.lab.org' });
      const slow = { host: 'slow.apps.lab.org' };
      assert.equal((await ask({ path: '/x', ...slow })).status, 404);
      docker.setHealth('slow', 'healthy');
      await untilServed(ask, slow);
      assert.equal((await ask({ path: '/x', host: 'hidden.apps.lab.org' })).status, 404);
    });

    it('is gone when it ends, also where Traefik has lost the engine for a while', async () => {
      docker.cutEvents();
      const asked = () => docker.requests.filter((request) => request.includes('/events')).length;
      const before = asked();
      assert.ok(before > 0);
      assert.equal((await ask({ path: '/x', host, headers: await bearer('ida') })).status, 200, 'meanwhile');
      await waitFor('Traefik asks for events again', () => asked() > before);
      docker.stopContainer('tool');
      await untilServed(ask, { host }, false);
    });
  },
);

function withPage(staticText: string, at: { readonly appsPort: number; readonly endpoint: string }): string {
  const file = z
    .looseObject({ entryPoints: z.looseObject({}), providers: z.looseObject({}) })
    .parse(load(staticText));
  return dump({
    ...file,
    entryPoints: { ...file.entryPoints, apps: { ...entryPoints.apps, address: `127.0.0.1:${at.appsPort}` } },
    providers: { ...file.providers, docker: { ...providers.docker, endpoint: at.endpoint } },
  });
}
