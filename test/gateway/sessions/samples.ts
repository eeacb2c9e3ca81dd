// Sessions on a database of their own, with a clock that a test turns.
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Kysely } from 'kysely';
import type { SignedIn, Tokens } from '../../../gateway/sessions/session.ts';
import { Sessions, type SessionsOptions } from '../../../gateway/sessions/sessions.ts';
import { createTokenSeal } from '../../../gateway/sessions/token-seal.ts';
import { type GatewayTables, migrations } from '../../../gateway/store/migrations.ts';
import { openDatabase } from '../../../platform/database.ts';
import { createLogger } from '../../../platform/log.ts';
import { noticesInProcess } from '../../../platform/notices.ts';
import { sampleIdentity } from '../samples.ts';

export const startMs = 1_800_000_000_000;
export const gatewayHost = 'auth.lab.org';
export const minuteMs = 60_000;

export const silentLog = createLogger({ service: 'gateway', level: 'silent' });

export type Clock = { nowMs: number };

export const sampleSettings = {
  lifetime: { idleMs: 60 * minuteMs, maxMs: 600 * minuteMs },
  sharedLifetime: { idleMs: 10 * minuteMs, maxMs: 100 * minuteMs },
  cacheMs: 3000,
};

export function sampleSignedIn(overrides: Partial<SignedIn> = {}): SignedIn {
  return {
    identity: sampleIdentity({ provider: 'keycloak', realm: 'keycloak', claims: { sub: '6b00', deep: [1] } }),
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

export async function openSqlite(t: TestContext, url = 'sqlite::memory:'): Promise<Kysely<GatewayTables>> {
  const db = await openDatabase<GatewayTables>({ url, durability: 'normal', exclusive: false, migrations });
  t.after(() => db.destroy());
  return db;
}

export async function openSessions(
  t: TestContext,
  overrides: Partial<SessionsOptions> = {},
): Promise<{ readonly sessions: Sessions; readonly clock: Clock; readonly db: Kysely<GatewayTables> }> {
  const clock: Clock = { nowMs: startMs };
  const db = overrides.db ?? (await openSqlite(t));
  const sessions = new Sessions({
    settings: () => sampleSettings,
    notices: noticesInProcess(),
    seal: createTokenSeal([randomBytes(32)]),
    refreshTokens: async () => {
      throw new Error('nobody expected a refresh');
    },
    log: silentLog,
    now: () => clock.nowMs,
    ...overrides,
    db,
  });
  return { sessions, clock, db };
}
