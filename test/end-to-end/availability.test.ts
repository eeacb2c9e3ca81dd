// What becomes of requests through the real Traefik while a gateway is restarted, reloaded, replaced or killed, as
// docs/availability.md says it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, it } from 'node:test';
import type { Running } from '../cli/processes.ts';
import { describeWith, findPart, traefik } from '../real-parts/find.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { createClient } from './ask.ts';
import { type Echo, startEcho } from './echo.ts';
import { type GatewayProcesses, prepareGatewayProcesses, saidAtMs } from './gateway-processes.ts';
import { type Load, startLoad } from './load.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';
import { waitFor } from './wait-for.ts';

const enough = 200;
const isLinux = { skip: process.platform !== 'linux' && 'reusePort, and 127.0.0.2, are for Linux' };

async function end(gateway: Running): Promise<void> {
  gateway.process.kill('SIGTERM');
  assert.equal(await gateway.ended, 0, gateway.output());
}

describeWith([traefik], 'under load through the real Traefik', () => {
  let scicat: ScicatSimulator;
  let echo: Echo;
  let token: string;
  let gateways: GatewayProcesses;
  let proxy: RunningTraefik | undefined;
  let load: Load | undefined;

  before(async () => {
    [scicat, echo] = [await startScicat(), await startEcho()];
    token = await scicat.tokenFor('alice');
  });

  beforeEach(async () => {
    gateways = await prepareGatewayProcesses({ providers: { scicat: { kind: 'scicat', url: scicat.url } } });
  });

  afterEach(async () => {
    await load?.stop();
    await proxy?.stop();
    await gateways.stop();
    [load, proxy] = [undefined, undefined];
  });

  after(async () => {
    await echo?.stop();
    await scicat?.stop();
  });

  /** @param isBalanced between two gateways, with the files of traefik/two-gateways/. */
  async function loadThroughTraefik(isBalanced = false): Promise<Load> {
    const { operations, ...ports } = gateways.ports;
    const all = { ...ports, transfer: await freePort(), ...(isBalanced ? { operations } : {}) };
    proxy = await startTraefik(findPart(traefik) ?? '', all, () => ({
      http: {
        routers: { echo: { rule: 'PathPrefix(`/echo/`)', service: 'echo' } },
        services: { echo: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${echo.port}` }] } } },
      },
    }));
    const headers = { authorization: `Bearer ${token}` };
    load = startLoad({ port: proxy.securePort, path: '/echo/x', headers, connections: 20 });
    await load.served(enough);
    return load;
  }

  it('a reload of the configuration costs no request', async () => {
    const gateway = await gateways.start();
    const { served, stop } = await loadThroughTraefik();
    for (const round of [1, 2, 3]) {
      gateways.write({ apps: { [`more-${round}`]: { url: 'https://more.localhost', allow: 'nobody' } } });
      gateway.process.kill('SIGHUP');
      const count = () => gateway.output().split('configuration taken over').length - 1;
      await waitFor('it is taken over', () => count() >= round);
      await served(enough);
    }
    assert.deepEqual(await stop(), []);
  });

  it('a restart costs those requests alone that come while no gateway is there', async () => {
    const before = await gateways.start();
    const { served, stop } = await loadThroughTraefik();
    await end(before);
    const after = await gateways.start();
    await served(enough);
    const [fromMs, untilMs] = [saidAtMs(before, 'draining') ?? 0, saidAtMs(after, 'listening') ?? 0];
    const failures = await stop();
    assert.ok(failures.length > 0, 'else nothing was asked in between');
    const others = failures.filter(
      ({ startedAtMs, endedAtMs }) => endedAtMs < fromMs || startedAtMs > untilMs,
    );
    assert.deepEqual(others, [], `besides those from ${fromMs} to ${untilMs}`);
  });

  it(
    'a gateway that takes over on the same address before the old one ends costs none',
    isLinux,
    async () => {
      gateways.write({ listen: { reusePort: true } });
      let current = await gateways.start();
      const { served, stop } = await loadThroughTraefik();
      for (const _round of [1, 2, 3]) {
        const next = await gateways.start('127.0.0.1', '--operations', `127.0.0.1:${await freePort()}`);
        await end(current);
        await served(enough);
        current = next;
      }
      assert.deepEqual(await stop(), []);
    },
  );

  it('of two gateways, one that ends, or is killed, costs none', isLinux, async () => {
    gateways.write({ listen: { drainWaitMs: 3000 } });
    const hosts = ['127.0.0.1', '127.0.0.2'];
    let [first, second] = [await gateways.start(hosts[0]), await gateways.start(hosts[1])];
    const { served, stop } = await loadThroughTraefik(true);
    const bothAreAsked = () =>
      waitFor('both are asked', async () => {
        const before = [first, second].map(({ output }) => output().length);
        await served(20);
        return [first, second].every(({ output }, index) => output().length > (before[index] ?? 0));
      });
    await bothAreAsked();
    await end(first);
    await served(enough);
    first = await gateways.start(hosts[0]);
    await bothAreAsked();
    for (const _round of [1, 2]) {
      second.process.kill('SIGKILL');
      await once(second.process, 'exit');
      await served(enough);
      second = await gateways.start(hosts[1]);
      await bothAreAsked();
    }
    assert.deepEqual(await stop(), []);
  });

  it('the entry point for questions serves no app', isLinux, async () => {
    await gateways.start();
    await loadThroughTraefik(true);
    const ask = createClient({ scheme: 'http', port: proxy?.questionsPort ?? 0 });
    assert.equal((await ask({ path: '/echo/x', host: 'lab.localhost' })).status, 404);
    assert.equal((await ask({ path: '/sso/whoami', host: 'lab.localhost' })).status, 404);
  });
});
