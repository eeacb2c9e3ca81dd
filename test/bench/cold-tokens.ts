// OIDC tokens that nobody has seen before, each asked about once: against a server that checks their signatures and
// does nothing else.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from './decisions.ts';
import { startGateway } from './gateway.ts';
import type { Measured } from './load.ts';
import { type Algorithm, audience, startOidcStandIn } from './oidc-stand-in.ts';
import { startServer } from './processes.ts';
import { question } from './requests.ts';
import { median, type Subject, warm } from './rounds.ts';
import type { Row } from './table.ts';

const verifyingAnswerer = fileURLToPath(new URL('verifying-answerer.ts', import.meta.url));
const connections = 32;

export type ColdScale = {
  /** Of each algorithm and round. */
  readonly tokens: number;
  readonly rounds: number;
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
    const rows: Row[] = [];
    for (const algorithm of ['RS256', 'ES256'] as const)
      rows.push(...(await compare(machine.wrk, algorithm, scale, oidc.makeTokens, gateway, answerer)));
    await Promise.all([gateway.stop(), answerer.stop()]);
    return rows;
  } finally {
    await oidc.stop();
  }
}

/** The first round is for the runtime, which compiles what is asked for often. */
async function compare(
  wrk: string,
  algorithm: Algorithm,
  { tokens, rounds }: ColdScale,
  makeTokens: (algorithm: Algorithm, count: number) => readonly string[],
  gateway: { readonly port: number },
  answerer: { readonly port: number },
): Promise<readonly Row[]> {
  const [alone, decided]: [Measured[], Measured[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const requests = makeTokens(algorithm, tokens).map((token) => question({ app: 0, token }));
    const subject = (name: string, port: number): Subject => ({ name, port, requests, expects: 'passes' });
    const checked = await warm(wrk, subject(`${algorithm} checks`, answerer.port), connections);
    const answered = await warm(wrk, subject(`cold ${algorithm}`, gateway.port), connections);
    if (round === 0) continue;
    alone.push(checked);
    decided.push(answered);
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
