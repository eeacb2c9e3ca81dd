// Many users at once, of whom nobody is known yet, and a SciCat that takes its time.
import { Agent, get } from 'node:http';
import type { Server } from './processes.ts';
import { headersOf, question, tokenOf } from './requests.ts';
import type { ScicatStandIn } from './scicat-stand-in.ts';
import type { Row } from './table.ts';

/** Nobody of them has been here before. */
const firstUser = 1_000_000;

export async function measureArrival(
  name: string,
  gateway: Server,
  scicat: ScicatStandIn,
  { users, answersAfterMs }: { readonly users: number; readonly answersAfterMs: number },
): Promise<Row> {
  scicat.answersAfter(answersAfterMs);
  const agent = new Agent({ maxSockets: users });
  const startedAt = performance.now();
  const arrivals = await Promise.all(
    Array.from({ length: users }, (_, index) => arrive(gateway.port, agent, firstUser + index)),
  );
  const tookMs = performance.now() - startedAt;
  agent.destroy();
  scicat.answersAfter(0);
  const waitedMs = arrivals.map(({ ms }) => ms).sort((a, b) => a - b);
  const passed = arrivals.filter(({ status }) => status === 200).length;
  return {
    name: `${users} users at once, SciCat takes ${answersAfterMs} ms, ${name}`,
    p50Ms: waitedMs[Math.floor(users * 0.5)],
    p99Ms: waitedMs[Math.floor(users * 0.99)],
    note: `${passed} pass, ${users - passed} are told to come again; all answered in ${(tookMs / 1000).toFixed(1)} s`,
  };
}

type Arrival = { readonly status: number; readonly ms: number };

/** @throws Error where the answer is neither a pass nor 503. */
function arrive(port: number, agent: Agent, user: number): Promise<Arrival> {
  const client = `10.2.${Math.floor(user / 250) % 250}.${(user % 250) + 1}`;
  const headers = headersOf(question({ app: 0, token: tokenOf(user), client }));
  const startedAt = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<Arrival>();
  const request = {
    host: '127.0.0.1',
    port,
    path: '/auth/traefik',
    headers: [...headers],
    agent,
    timeout: 30_000,
  };
  get(request, (response) => {
    response.resume();
    const { statusCode: status = 0 } = response;
    if (status === 200 || status === 503) resolve({ status, ms: performance.now() - startedAt });
    else reject(new Error(`an arriving user was answered ${status}`));
  })
    .on('timeout', () => reject(new Error('an arriving user was not answered')))
    .on('error', reject);
  return promise;
}
