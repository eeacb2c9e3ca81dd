// How many decisions a second one core makes, against node:http with the same answer, and what they cost in memory.
import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GatewayOptions, startGateway } from './gateway.ts';
import type { Measured } from './load.ts';
import { type Server, startServer } from './processes.ts';
import { headersOf, question, tokenOf } from './requests.ts';
import { inRounds, median, type Rounds, type Subject, settle, warm } from './rounds.ts';
import type { Row } from './table.ts';

export type DecisionScale = Rounds & {
  /** How many tokens are in use: few, the usual, many. */
  readonly tokens: readonly [number, number, number];
  readonly apps: readonly [number, number, number];
};

export type Machine = Pick<GatewayOptions, 'scicatUrl' | 'hasOwnCore'> & {
  readonly wrk: string;
  /** A folder for files. */
  readonly place: string;
};

export type Started = { readonly gateway: Server; readonly raw: Server };

const rawAnswerer = fileURLToPath(new URL('raw-answerer.ts', import.meta.url));

/** What a raw answerer answers: names and values in turn. */
export function headersFileOf({ place }: Pick<Machine, 'place'>): string {
  return join(place, 'headers.json');
}

/** The gateway with the fewest apps, and a raw answerer with one of its answers. */
export async function startPair(machine: Machine, apps: number): Promise<Started> {
  const gateway = await startGateway({ ...machine, apps, place: join(machine.place, `apps-${apps}`) });
  const headers = headersFileOf(machine);
  mkdirSync(machine.place, { recursive: true });
  writeFileSync(headers, JSON.stringify(await answerHeaders(gateway.port)));
  const raw = await startServer([rawAnswerer, headers], join(machine.place, 'raw.log'), machine.hasOwnCore);
  return { gateway, raw };
}

/** @returns the table's rows, and the ratio of the usual number of tokens to node:http. */
export async function measureDecisions(
  machine: Machine,
  { gateway, raw }: Started,
  scale: DecisionScale,
): Promise<{ readonly rows: readonly Row[]; readonly ratio: number }> {
  const [fewApps, ...moreApps] = scale.apps;
  const [, usual, many] = scale.tokens;
  const crowded = await Promise.all(
    moreApps.map((apps) => startGateway({ ...machine, apps, place: join(machine.place, `apps-${apps}`) })),
  );
  const subjects: readonly Measurable[] = [
    { ...withTokens(raw, usual, fewApps), name: 'raw node:http' },
    ...scale.tokens.map((tokens) => withTokens(gateway, tokens, fewApps)),
    { ...withTokens(gateway, 1, fewApps), name: 'no credential', expects: 'refusals', requests: anonymous },
    {
      ...withTokens(gateway, 1, fewApps),
      name: 'bad signature',
      expects: 'refusals',
      requests: forged(usual),
    },
    { ...withTokens(gateway, 1, fewApps), name: 'public path', requests: publicPath },
    ...crowded.map((server, index) => withTokens(server, usual, moreApps[index] ?? 1)),
  ];
  const prepared = await prepare(machine.wrk, subjects, scale);
  const measured = await inRounds(machine.wrk, subjects, scale);
  const rawRates = (measured[0] ?? []).map(({ answersPerSecond }) => answersPerSecond);
  const rows = subjects.map(({ name }, index): Row => {
    const { memoryMegabytes } = prepared[index] ?? {};
    return { name, ...summarise(measured[index] ?? [], rawRates), memoryMegabytes };
  });
  const cold: Row = {
    name: `${many} cold tokens, each asked of SciCat`,
    perSecond: prepared[3]?.cold.answersPerSecond,
  };
  return { rows: [...rows, cold], ratio: rows[2]?.ratio ?? Number.NaN };
}

type Measurable = Subject & { readonly server: Server };

type Prepared = { readonly cold: Measured; readonly memoryMegabytes: number };

/** Each request once, after which every token is known; then until what is measured against raw is compiled. */
async function prepare(
  wrk: string,
  subjects: readonly Measurable[],
  scale: DecisionScale,
): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  for (const subject of subjects) {
    const cold = await warm(wrk, subject, scale.connections);
    prepared.push({ cold, memoryMegabytes: subject.server.memoryMegabytes() });
  }
  const [, usual] = scale.tokens;
  // Of each server once, with what is compared.
  for (const subject of subjects)
    if (subject.requests.length === usual && subject.expects === 'passes') await settle(wrk, subject, scale);
  return prepared;
}

function summarise(rounds: readonly Measured[], rawRates: readonly number[]) {
  return {
    perSecond: median(rounds.map(({ answersPerSecond }) => answersPerSecond)),
    ratio: median(
      rounds.map(({ answersPerSecond }, round) => answersPerSecond / (rawRates[round] ?? Number.NaN)),
    ),
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
  };
}

function withTokens(server: Server, tokens: number, apps: number): Measurable {
  const requests = Array.from({ length: tokens }, (_, user) =>
    question({ app: spread(user, apps), token: tokenOf(user) }),
  );
  return { name: `${tokens} tokens, ${apps} apps`, server, port: server.port, requests, expects: 'passes' };
}

/** Users over all apps, also where there are more apps than users. */
function spread(user: number, apps: number): number {
  return (user * 7919) % apps;
}

const anonymous = [question({ app: 0 }), question({ app: 1 })];
const publicPath = [
  question({ app: 0, path: '/open/logo.svg' }),
  question({ app: 1, path: '/open/logo.svg' }),
];

function forged(tokens: number): readonly string[] {
  return Array.from({ length: tokens }, (_, user) =>
    question({ app: user % 2, token: tokenOf(user, 'another secret') }),
  );
}

/** What the gateway answers to one of its users, as names and values in turn; Node adds the rest by itself. */
function answerHeaders(port: number): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const headers = [...headersOf(question({ app: 0, token: tokenOf(0) }))];
  get({ host: '127.0.0.1', port, path: '/auth/traefik', headers, agent: false }, (response) => {
    response.resume();
    const own = new Set(['date', 'connection', 'keep-alive']);
    const { rawHeaders, statusCode } = response;
    if (statusCode === 200)
      resolve(rawHeaders.filter((_text, at) => !own.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase())));
    else reject(new Error(`the gateway refuses its first user with ${statusCode}`));
  }).on('error', reject);
  return promise;
}
