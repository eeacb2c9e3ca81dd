// How many decisions a second one core makes, against node:http with the same answer, and what they cost in memory.
import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GatewayOptions, startGateway } from './gateway.ts';
import type { Measured } from './load.ts';
import { type Server, startServer } from './processes.ts';
import { headersOf, question, tokenOf } from './requests.ts';
import { inRounds, type Rounds, ratesOf, type Subject, settle, summarise, warm } from './rounds.ts';
import type { Row } from './table.ts';

export type DecisionScale = Rounds & {
  /** Of the one figure. */
  readonly pairRounds: number;
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

/** @returns the one figure: the usual number of tokens, and node:http, in turn and with nothing else in between. */
export async function measureRatio(
  { wrk }: Machine,
  { gateway, raw }: Started,
  scale: DecisionScale,
): Promise<{ readonly rows: readonly Row[]; readonly ratio: number }> {
  const [, usual] = scale.tokens;
  const [apps] = scale.apps;
  const subjects = [{ ...withTokens(raw, usual, apps), name: rawName }, withTokens(gateway, usual, apps)];
  await warm(wrk, withTokens(gateway, usual, apps), scale.connections);
  for (const subject of subjects) await settle(wrk, subject, scale);
  const measured = await inRounds(wrk, subjects, { ...scale, rounds: scale.pairRounds });
  const rawRates = ratesOf(measured[0] ?? []);
  const rows = subjects.map(({ name }, index) => ({ name, ...summarise(measured[index] ?? [], rawRates) }));
  return { rows, ratio: rows[1]?.ratio ?? Number.NaN };
}

const rawName = 'raw node:http';

/** After `measureRatio`, which leaves both servers compiled. */
export async function measureDecisions(
  machine: Machine,
  { gateway, raw }: Started,
  scale: DecisionScale,
): Promise<readonly Row[]> {
  const [fewApps, ...moreApps] = scale.apps;
  const [, usual, many] = scale.tokens;
  const crowded = await Promise.all(
    moreApps.map((apps) => startGateway({ ...machine, apps, place: join(machine.place, `apps-${apps}`) })),
  );
  const subjects: readonly Measurable[] = [
    { ...withTokens(raw, usual, fewApps), name: rawName },
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
  const prepared = await prepare(machine.wrk, subjects, { ...scale, compiled: [gateway, raw] });
  const measured = await inRounds(
    machine.wrk,
    subjects.map((subject) => ({ ...subject, isWarmedFirst: true })),
    scale,
  );
  const rawRates = ratesOf(measured[0] ?? []);
  const rows = subjects.map(({ name }, index): Row => {
    const { memoryMegabytes } = prepared[index] ?? {};
    return { name, ...summarise(measured[index] ?? [], rawRates), memoryMegabytes };
  });
  const cold: Row = {
    name: `${many} cold tokens, each asked of SciCat`,
    perSecond: prepared[3]?.cold.answersPerSecond,
  };
  return [...rows, cold];
}

type Measurable = Subject & { readonly server: Server };

type Prepared = { readonly cold: Measured; readonly memoryMegabytes: number };

/** Each request once, after which every token is known; then until every server's program is compiled. */
async function prepare(
  wrk: string,
  subjects: readonly Measurable[],
  scale: DecisionScale & { readonly compiled: readonly Server[] },
): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  for (const subject of subjects) {
    const cold = await warm(wrk, subject, scale.connections);
    prepared.push({ cold, memoryMegabytes: subject.server.memoryMegabytes() });
  }
  const compiled = new Set(scale.compiled);
  for (const subject of subjects) {
    if (compiled.has(subject.server)) continue;
    compiled.add(subject.server);
    await settle(wrk, subject, scale);
  }
  return prepared;
}

function withTokens(server: Server, tokens: number, apps: number): Measurable {
  const requests = Array.from({ length: tokens }, (_, user) =>
    question({ app: spread(user, apps), token: tokenOf(user) }),
  );
  const { port, processorMs } = server;
  return { name: `${tokens} tokens, ${apps} apps`, server, port, processorMs, requests, expects: 'passes' };
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
