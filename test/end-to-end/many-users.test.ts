// Many people behind one address, as behind an Ingestor, and a SciCat that takes its time: everybody gets in at once, and
// a flood of forged tokens takes nobody's turn.
import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startScicat } from '../simulators/scicat/start.ts';
import type { ScicatSimulator } from '../simulators/scicat/types.ts';
import { type GatewayProcesses, prepareGatewayProcesses } from './gateway-processes.ts';
import { waitFor } from './wait-for.ts';

const names = Array.from({ length: 100 }, (_, index) => `user${index}`);
const scicatTakesMs = 200;
/** A flood keeps that many requests open. */
const floodWidth = 300;

describe('people behind one address', { concurrency: false }, () => {
  for (const secret of ['known', 'unknown'] as const) {
    describe(`with the secret of SciCat's tokens ${secret} to the gateway`, () => {
      let scicat: ScicatSimulator;
      let gateways: GatewayProcesses;
      let slow: () => void;
      const agent = new Agent({ maxSockets: 1000, keepAlive: true });

      before(async () => {
        scicat = await startScicat({
          users: names.map((username) => ({ username, email: `${username}@lab.org`, groups: ['p1'] })),
        });
        slow = scicat.faults.add({ path: /identity/, fault: { kind: 'delay', delayMs: scicatTakesMs } });
        const provider = { kind: 'scicat', url: scicat.url };
        gateways = await prepareGatewayProcesses({
          providers: {
            scicat:
              secret === 'known' ? { ...provider, jwtSecret: `test-only:${scicat.jwtSecret}` } : provider,
          },
          // A verdict is forgotten at once, so that known users are asked about again.
          cache: { identitySeconds: 1 },
        });
        await gateways.start();
      });

      after(async () => {
        agent.destroy();
        slow?.();
        await gateways?.stop();
        await scicat?.stop();
      });

      const ask = (token: string, client: string) =>
        askGateway({ port: gateways.ports.proxies, agent, token, client });

      const confirmed = () =>
        scicat.requests.filter(({ path, status }) => path.endsWith('/identity') && status === 200).length;

      it('all get in when they ask at the same time', async () => {
        const tokens = await Promise.all(names.map((name) => scicat.tokenFor(name)));
        const statuses = await Promise.all(tokens.map((token) => ask(token, '192.0.2.1')));
        assert.deepEqual(
          statuses.filter((status) => status !== 200),
          [],
        );
      });

      it('get in beside a flood of forged tokens from there and elsewhere', async (t) => {
        const known = await scicat.tokenFor('user1', { expiresInSeconds: 3000 });
        assert.equal(await ask(known, '192.0.2.1'), 200);
        const flood = startFlood(ask);
        t.after(flood.stop);
        await flood.isUnderWay;
        const elsewhere = await scicat.tokenFor('user2', { expiresInSeconds: 2000 });
        assert.equal(await ask(elsewhere, '192.0.2.9'), 200, 'a new token from another address');
        const before = confirmed();
        await waitFor('SciCat is asked again about a known token', async () => {
          assert.equal(await ask(known, '192.0.2.1'), 200, 'a known token from the flooded address');
          return confirmed() > before;
        });
        const statuses = await flood.stop();
        assert.deepEqual(
          [...statuses].filter((status) => status !== 401 && status !== 503),
          [],
        );
      });
    });
  }
});

type Question = {
  readonly port: number;
  readonly agent: Agent;
  readonly token: string;
  readonly client: string;
};

function askGateway({ port, agent, token, client }: Question): Promise<number> {
  const headers = {
    'X-Forwarded-Method': 'GET',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'lab.localhost',
    'X-Forwarded-Uri': '/echo',
    'X-Forwarded-For': client,
    Authorization: `Bearer ${token}`,
  };
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/auth/traefik', headers, agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', reject);
  });
}

/** Forged tokens, each another one, from two addresses, as many open as the gateway takes. */
function startFlood(ask: (token: string, client: string) => Promise<number>) {
  const statuses = new Set<number>();
  const underWay = Promise.withResolvers<void>();
  let isStopped = false;
  let count = 0;
  const one = async (client: string): Promise<void> => {
    while (!isStopped) {
      statuses.add(await ask(forgedToken(count), client));
      count += 1;
      if (count > floodWidth) underWay.resolve();
    }
  };
  const all = Array.from({ length: floodWidth }, (_, index) => one(`192.0.2.${(index % 2) + 1}`));
  return {
    isUnderWay: underWay.promise,
    stop: async () => {
      isStopped = true;
      await Promise.all(all);
      return statuses;
    },
  };
}

function forgedToken(nonce: number): string {
  const parts = [
    { alg: 'HS256', typ: 'JWT' },
    { _id: 'user1', username: 'user1', nonce },
  ];
  const [header, payload] = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return `${header}.${payload}.${Buffer.from(`forged ${nonce}`).toString('base64url')}`;
}
