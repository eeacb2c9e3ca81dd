// The whole bench, at a scale: what is measured and in which order. Leaves no process and no file behind.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ColdScale, measureColdTokens } from './cold-tokens.ts';
import { type DecisionScale, headersFileOf, measureDecisions, startPair } from './decisions.ts';
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
};

export const fullScale: Scale = {
  tokens: [1, 1000, 20_000],
  apps: [10, 1000, 10_000],
  sessions: { stored: [1000, 1_000_000], used: 1000 },
  cold: { tokens: 1500, rounds: 3 },
  rounds: 9,
  roundMs: 1000,
  settleMs: 5000,
  connections: 32,
  arriving: { users: 1000, answersAfterMs: 200 },
  withOwnBounds: true,
};

/** Soon over: fewer tokens, since each is asked of SciCat first. */
export const quickScale: Scale = {
  ...fullScale,
  tokens: [1, 1000, 1500],
  sessions: { stored: [20_000], used: 1000 },
  cold: { tokens: 300, rounds: 1 },
  rounds: 3,
  roundMs: 200,
  settleMs: 900,
  withOwnBounds: false,
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
    const pair = await startPair(machine, scale.apps[0]);
    const { rows, ratio } = await measureDecisions(machine, pair, scale);
    print(renderTable('decisions', rows));
    const settleMs = scale.settleMs / 2;
    const bySession = await measureSessions(machine, pair, { ...scale, ...scale.sessions, settleMs });
    print(renderTable('sessions', bySession));
    const cold = await measureColdTokens(machine, headersFileOf(machine), scale.cold);
    print(renderTable('cold tokens', cold));
    const arrivals = [await measureArrival('256 questions at a time', pair.gateway, scicat, scale.arriving)];
    if (scale.withOwnBounds) {
      const bounded = await startGateway({ ...machine, apps: 10, scicat: {}, place: join(place, 'bounded') });
      arrivals.push(await measureArrival('its own bounds', bounded, scicat, scale.arriving));
    }
    print(renderTable('arrival', arrivals));
    // Few connections: what a client waits for is Traefik's work then, not a queue.
    const throughTraefik =
      traefik === undefined ? [] : await measureTraefik(traefik, machine, pair, { ...scale, connections: 4 });
    print(renderTable('Traefik', throughTraefik));
    return { hasOwnCore, ratio, rows: [...rows, ...bySession, ...cold, ...arrivals, ...throughTraefik] };
  } finally {
    await stopServers();
    await scicat.stop();
    rmSync(place, { recursive: true, force: true });
  }
}
