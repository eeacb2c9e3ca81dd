// What a client of the real Traefik waits for: once with the gateway behind its middleware, once with the raw answerer
// in the gateway's place.
import { startTraefik } from '../end-to-end/traefik.ts';
import type { Machine, Started } from './decisions.ts';
import { addressOf, clientRequest, tokenOf } from './requests.ts';
import { inRounds, median, type Rounds, type Subject, settle } from './rounds.ts';
import type { Row } from './table.ts';

export async function measureTraefik(
  program: string,
  { wrk }: Machine,
  { gateway, raw }: Started,
  rounds: Rounds,
): Promise<readonly Row[]> {
  const ports = { proxies: gateway.port, public: gateway.publicPort, transfer: raw.port };
  const proxy = await startTraefik(program, ports, (middleware) => routes(middleware, raw.port));
  const through = (name: string, host: string): Subject => ({
    name: `through Traefik, ${name}`,
    port: proxy.plainPort,
    requests: Array.from({ length: 1000 }, (_, user) =>
      clientRequest(host, '/api/v1/datasets', tokenOf(user)),
    ),
    expects: 'passes',
  });
  try {
    const subjects = [through('raw answerer', rawHost), through('gateway', addressOf(0).host)];
    for (const subject of subjects) await settle(wrk, subject, rounds);
    const measured = await inRounds(wrk, subjects, rounds);
    return subjects.map(({ name }, index) => {
      const all = measured[index] ?? [];
      const [p50Ms, p99Ms] = [median(all.map((one) => one.p50Ms)), median(all.map((one) => one.p99Ms))];
      return { name, perSecond: median(all.map((one) => one.answersPerSecond)), p50Ms, p99Ms };
    });
  } finally {
    await proxy.stop();
  }
}

const rawHost = 'raw.lab.localhost';

function routes(middleware: Record<string, unknown>, rawPort: number): object {
  const router = (host: string, middlewares: readonly string[]) => ({
    rule: `Host(\`${host}\`)`,
    service: 'bench',
    entryPoints: ['plain'],
    middlewares,
  });
  const rawAddress = `http://127.0.0.1:${rawPort}/auth/traefik`;
  return {
    http: {
      middlewares: { 'bench-raw': { forwardAuth: { ...middleware, address: rawAddress } } },
      routers: {
        'bench-gateway': router(addressOf(0).host, ['beamgate']),
        'bench-raw': router(rawHost, ['bench-raw']),
      },
      services: { bench: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${rawPort}` }] } } },
    },
  };
}
