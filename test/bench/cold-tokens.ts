// OIDC tokens that nobody has seen before, each asked about once: against a server that checks their signatures and
// does nothing else.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from './decisions.ts';
import { startGateway } from './gateway.ts';
import type { Measured } from './load.ts';
import { type Algorithm, audience, type OidcStandIn, startOidcStandIn } from './oidc-stand-in.ts';
import { startServer } from './processes.ts';
import { question } from './requests.ts';
import { median, type Subject, warm } from './rounds.ts';
import type { Row } from './table.ts';

const verifyingAnswerer = fileURLToPath(new URL('verifying-answerer.ts', import.meta.url));
const connections = 32;

type MakeTokens = OidcStandIn['makeTokens'];

export type ColdScale = {
  /** Of each algorithm and round. */
  readonly tokens: number;
  readonly rounds: number;
  /** Before them, of the algorithm whose tokens are soon made: until the runtime has compiled what is asked for often. */
  readonly settling: number;
};

/** @param headersFile what the answerer answers. */
export async function measureColdTokens(
  machine: Machine,
  headersFile: string,
  scale: ColdScale,
): Promise<readonly Row[]> {
  const oidc = await startOidcStandIn();
  try {
    const place = join(machine.place, 'oidc');
    const providers = { sso: { kind: 'oidc', issuer: oidc.issuer, acceptTokensFor: [audience] } };
    const gateway = await startGateway({ ...machine, apps: 10, more: { providers }, place });
    const log = join(machine.place, 'verifying.log');
    const answerer = await startServer(
      [verifyingAnswerer, headersFile, oidc.issuer],
      log,
      machine.hasOwnCore,
    );
    const first = makeRequests('ES256', scale.settling, oidc.makeTokens);
    for (const { port } of [answerer, gateway])
      await warm(
        machine.wrk,
        { name: 'cold tokens, before', port, requests: first, expects: 'passes' },
        connections,
      );
    const rows: Row[] = [];
    for (const algorithm of ['RS256', 'ES256'] as const)
      rows.push(...(await compare(machine.wrk, algorithm, scale, oidc.makeTokens, gateway, answerer)));
    await Promise.all([gateway.stop(), answerer.stop()]);
    return rows;
  } finally {
    await oidc.stop();
  }
}

function makeRequests(algorithm: Algorithm, count: number, makeTokens: MakeTokens): readonly string[] {
  return makeTokens(algorithm, count).map((token) => question({ app: 0, token }));
}

async function compare(
  wrk: string,
  algorithm: Algorithm,
  { tokens, rounds }: ColdScale,
  makeTokens: MakeTokens,
  gateway: { readonly port: number },
  answerer: { readonly port: number },
): Promise<readonly Row[]> {
  const [alone, decided]: [Measured[], Measured[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const requests = makeRequests(algorithm, tokens, makeTokens);
    const subject = (name: string, port: number): Subject => ({ name, port, requests, expects: 'passes' });
    alone.push(await warm(wrk, subject(`${algorithm} checks`, answerer.port), connections));
    decided.push(await warm(wrk, subject(`cold ${algorithm}`, gateway.port), connections));
  }
  const rate = (all: readonly Measured[]) => median(all.map(({ answersPerSecond }) => answersPerSecond));
  const share = median(
    decided.map(({ answersPerSecond }, at) => answersPerSecond / (alone[at]?.answersPerSecond ?? Number.NaN)),
  );
  return [
    { name: `raw node:http and the check of an ${algorithm} signature`, perSecond: rate(alone) },
    {
      name: `cold ${algorithm} tokens`,
      perSecond: rate(decided),
      note: `${share.toFixed(2)} of the check alone; an assertion is signed for each`,
    },
  ];
}
