// What was last seen of the machine's clock: one row, which outlasts the process.
import type { Store } from './schema.ts';

export type ClockSeen = {
  /** The machine's start by this clock, epoch milliseconds: another one where the clock was set since. */
  readonly machineStartedAt: number;
  /** From when on it has not been set, milliseconds since the machine's start. */
  readonly steadySinceMs: number;
};

export async function findClockSeen(store: Store): Promise<ClockSeen | undefined> {
  const row = await store.selectFrom('clock').selectAll().executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    machineStartedAt: Number(row.machine_started_at),
    steadySinceMs: Number(row.steady_since_ms),
  };
}

export async function writeClockSeen(store: Store, seen: ClockSeen): Promise<void> {
  const columns = {
    machine_started_at: Math.round(seen.machineStartedAt),
    // Never earlier than it was.
    steady_since_ms: Math.ceil(seen.steadySinceMs),
  };
  await store
    .insertInto('clock')
    .values({ id: theOnly, ...columns })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
    .execute();
}

const theOnly = 1;
