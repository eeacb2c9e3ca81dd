// Sessions on a database of their own, with a clock that a test turns.
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Kysely } from 'kysely';
import { openSessions as openReal } from '../../../gateway/sessions/open.ts';
import type { SignedIn, Tokens } from '../../../gateway/sessions/session.ts';
import type { Sessions, SessionsOptions } from '../../../gateway/sessions/sessions.ts';
import { createTokenSeal } from '../../../gateway/sessions/token-seal.ts';
import { type GatewayTables, migrations } from '../../../gateway/store/migrations.ts';
import { openDatabase } from '../../../platform/database.ts';
import { createLogger } from '../../../platform/log.ts';
import { type TestClock, timesOf } from '../../platform/times.ts';
import { sampleIdentity } from '../samples.ts';

export const startMs = 1_800_000_000_000;
export const gatewayHost = 'auth.lab.org';
export const minuteMs = 60_000;

/** What tokens are encrypted with, on every replica. */
export const sampleKey = randomBytes(32);

export const silentLog = createLogger({ service: 'gateway', level: 'silent' });

export type Clock = TestClock;

export const sampleSettings = {
  lifetime: { idleMs: 60 * minuteMs, maxMs: 600 * minuteMs },
  sharedLifetime: { idleMs: 10 * minuteMs, maxMs: 100 * minuteMs },
  cacheMs: 3000,
};

export function sampleSignedIn(overrides: Partial<SignedIn> = {}): SignedIn {
  return {
    identity: sampleIdentity({ provider: 'keycloak', realm: 'keycloak', claims: { sub: '6b00', deep: [1] } }),
    providerDigest: 'digest-1',
    sid: 'sid-1',
    authTimeMs: startMs,
    acr: undefined,
    tokens: undefined,
    device: 'Firefox on Linux',
    address: '192.0.2.1',
    isShared: false,
    ...overrides,
  };
}

export function sampleTokens(overrides: Partial<Tokens> = {}): Tokens {
  return {
    refreshToken: 'refresh-1',
    idToken: 'id-1',
    accessExpiresAtMs: startMs + 5 * minuteMs,
    ...overrides,
  };
}

/** The code of a handover that takes place. */
export async function codeFor(
  sessions: Pick<Sessions, 'handOver'>,
  ...to: Parameters<Sessions['handOver']>
): Promise<string> {
  const code = await sessions.handOver(...to);
  if (code === undefined) throw new Error('the session has ended');
  return code;
}

export type OpenedSessions = {
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly db: Kysely<GatewayTables>;
  /** What is done again and again, done now. */
  readonly sweep: () => Promise<void>;
};

/** As a gateway opens them. @param url of the database; without: one of its own in memory. */
export async function openSessions(
  t: TestContext,
  {
    url = 'sqlite::memory:',
    clock = { nowMs: startMs },
    ...overrides
  }: { readonly url?: string; readonly clock?: Clock } & Partial<Omit<SessionsOptions, 'clock'>> = {},
): Promise<OpenedSessions> {
  const db = await openDatabase<GatewayTables>({ url, durability: 'normal', exclusive: false, migrations });
  const repeated: (() => Promise<void>)[] = [];
  const { sessions, close } = await openReal(
    { url, password: undefined, db },
    {
      settings: () => sampleSettings,
      seal: createTokenSeal([sampleKey]),
      refreshTokens: async () => {
        throw new Error('nobody expected a refresh');
      },
      vouchesFor: () => true,
      events: { refreshed: () => {}, ended: () => {} },
      log: silentLog,
      clock: timesOf(clock),
      ...overrides,
    },
    (_intervalMs, work) => {
      repeated.push(work);
      return { stop: async () => {} };
    },
  );
  t.after(async () => {
    await close();
    await db.destroy();
  });
  const sweep = async () => {
    for (const work of repeated) await work();
  };
  return { sessions, clock, db, sweep };
}
