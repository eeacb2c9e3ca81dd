// The whole bench, at a scale: what is measured and in which order. Leaves no process and no file behind.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ColdScale, measureColdTokens } from './cold-tokens.ts';
import { type DecisionScale, headersFileOf, measureDecisions, measureRatio, startPair } from './decisions.ts';
import { startGateway } from './gateway.ts';
import { stopServers, takeOtherCore } from './processes.ts';
import { startScicatStandIn } from './scicat-stand-in.ts';
import { measureSessions, type SessionScale } from './sessions.ts';
import { measureArrival } from './slow-scicat.ts';
import { type Row, renderTable } from './table.ts';
import { measureTraefik } from './through-traefik.ts';

export type Scale = DecisionScale & {
  readonly sessions: Pick<SessionScale, 'stored' | 'used'>;
  readonly cold: ColdScale;
  readonly arriving: { readonly users: number; readonly answersAfterMs: number };
  /** Also with the gateway's own bounds on questions. */
  readonly withOwnBounds: boolean;
  /** What has not begun by then is left out, and said to be. */
  readonly beginsWithinMs: number;
};

export const fullScale: Scale = {
  tokens: [1, 1000, 20_000],
  apps: [10, 1000, 10_000],
  sessions: { stored: [1000, 1_000_000], used: 1000 },
  cold: { tokens: 1500, rounds: 3, settling: 6000 },
  rounds: 9,
  pairRounds: 25,
  roundMs: 1000,
  settleMs: 5000,
  connections: 32,
  arriving: { users: 1000, answersAfterMs: 200 },
  withOwnBounds: true,
  beginsWithinMs: Number.POSITIVE_INFINITY,
};

/** Over within 40 s: fewer tokens, since each is asked of SciCat first, and fewer apps, whose file has to be read. */
export const quickScale: Scale = {
  ...fullScale,
  tokens: [1, 1000, 1500],
  apps: [10, 100, 1000],
  sessions: { stored: [5000], used: 1000 },
  cold: { tokens: 300, rounds: 1, settling: 2000 },
  rounds: 1,
  pairRounds: 9,
  roundMs: 250,
  settleMs: 1000,
  withOwnBounds: false,
  beginsWithinMs: 31_000,
};

export type Programs = { readonly wrk: string; readonly traefik: string | undefined };

export type Benched = { readonly hasOwnCore: boolean; readonly ratio: number; readonly rows: readonly Row[] };

/** @param print is told each table as soon as it is measured. */
export async function bench(
  { wrk, traefik }: Programs,
  scale: Scale,
  print: (text: string) => void,
): Promise<Benched> {
  const hasOwnCore = takeOtherCore();
  const place = mkdtempSync(join(tmpdir(), 'beamgate-bench-'));
  const scicat = await startScicatStandIn();
  const machine = { wrk, place, hasOwnCore, scicatUrl: scicat.url };
  try {
    const startedAt = performance.now();
    const rows: Row[] = [];
    const table = async (heading: string, measure: () => Promise<readonly Row[]>): Promise<void> => {
      if (performance.now() - startedAt > scale.beginsWithinMs)
        return print(`${heading}: left out, the time is up\n`);
      const measured = await measure();
      rows.push(...measured);
      print(renderTable(heading, measured));
    };
    const pair = await startPair(machine, scale.apps[0]);
    const { ratio, rows: compared } = await measureRatio(machine, pair, scale);
    await table('the figure', async () => compared);
    await table('decisions', () => measureDecisions(machine, pair, scale));
    // Few connections: what a client waits for is Traefik's work then, not a queue.
    if (traefik !== undefined)
      await table('Traefik', () => measureTraefik(traefik, machine, pair, { ...scale, connections: 4 }));
    await table('arrival', async () => {
      const arrival = await measureArrival('256 questions at a time', pair.gateway, scicat, scale.arriving);
      if (!scale.withOwnBounds) return [arrival];
      const bounded = await startGateway({ ...machine, apps: 10, scicat: {}, place: join(place, 'bounded') });
      return [arrival, await measureArrival('its own bounds', bounded, scicat, scale.arriving)];
    });
    await table('sessions', () => measureSessions(machine, pair, { ...scale, ...scale.sessions }));
    await table('cold tokens', () => measureColdTokens(machine, headersFileOf(machine), scale.cold));
    return { hasOwnCore, ratio, rows };
  } finally {
    await stopServers();
    await scicat.stop();
    rmSync(place, { recursive: true, force: true });
  }
}
