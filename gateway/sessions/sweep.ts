// Removes what has ended by itself, in small steps: each is short enough that no request waits for it.
import type { Kysely } from 'kysely';
import type { Logger } from '../../platform/log.ts';
import type { GatewayTables } from '../store/migrations.ts';
import type { SessionEvents } from './events.ts';

export const sweepEveryMs = 60_000;

const rowsAStep = 100;
const maxSteps = 1000;

/** Never throws: what was left is there the next time. */
export async function sweepSessions({
  db,
  events,
  now,
  log,
}: {
  readonly db: Kysely<GatewayTables>;
  readonly events: Pick<SessionEvents, 'ended'>;
  readonly now: () => number;
  readonly log: Logger;
}): Promise<void> {
  try {
    const nowMs = now();
    for (const step of [countingEnded(events), sweepCodes, sweepLogoutTokens, sweepAttempts])
      await inSteps(() => step(db, nowMs));
  } catch (error) {
    log.warn({ error }, 'ended sessions could not be removed');
  }
}

/** Between two steps whoever waits has its turn: SQLite does its work on this very thread. */
async function inSteps(step: () => Promise<bigint>): Promise<void> {
  for (let steps = 0; steps < maxSteps; steps += 1) {
    if ((await step()) < BigInt(rowsAStep)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function countingEnded(events: Pick<SessionEvents, 'ended'>): typeof sweepEnded {
  return async (db, nowMs) => {
    const count = await sweepEnded(db, nowMs);
    events.ended('time', Number(count));
    return count;
  };
}

async function sweepEnded(db: Kysely<GatewayTables>, nowMs: number): Promise<bigint> {
  const ended = db.selectFrom('sessions').select('key').where('ends_at_ms', '<=', nowMs).limit(rowsAStep);
  // Its use may have been stored in between: it is looked at again.
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('key', 'in', ended)
    .where('ends_at_ms', '<=', nowMs)
    .executeTakeFirst();
  return numDeletedRows;
}

async function sweepCodes(db: Kysely<GatewayTables>, nowMs: number): Promise<bigint> {
  const late = db
    .selectFrom('handover_codes')
    .select('code_hash')
    .where('expires_at_ms', '<=', nowMs)
    .limit(rowsAStep);
  const { numDeletedRows } = await db
    .deleteFrom('handover_codes')
    .where('code_hash', 'in', late)
    .executeTakeFirst();
  return numDeletedRows;
}

async function sweepLogoutTokens(db: Kysely<GatewayTables>, nowMs: number): Promise<bigint> {
  const { numDeletedRows } = await db
    .deleteFrom('seen_logout_tokens')
    .where('expires_at_ms', '<=', nowMs)
    .executeTakeFirst();
  return numDeletedRows < BigInt(rowsAStep) ? numDeletedRows : 0n;
}

async function sweepAttempts(db: Kysely<GatewayTables>, nowMs: number): Promise<bigint> {
  const forgotten = db
    .selectFrom('password_attempts')
    .select('key_hash')
    .where('forget_at_ms', '<=', nowMs)
    .limit(rowsAStep);
  const { numDeletedRows } = await db
    .deleteFrom('password_attempts')
    .where('key_hash', 'in', forgotten)
    // An attempt may have been counted in between.
    .where('forget_at_ms', '<=', nowMs)
    .executeTakeFirst();
  return numDeletedRows;
}
