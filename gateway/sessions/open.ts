// Sessions on a database, with the notices that several gateways on one PostgreSQL send each other, and the sweep.
import type { Kysely } from 'kysely';
import type { Secret } from '../../platform/config/secrets.ts';
import { isPostgres } from '../../platform/database-postgres.ts';
import type { Every } from '../../platform/every.ts';
import { noticesInProcess } from '../../platform/notices.ts';
import { noticesOfPostgres } from '../../platform/notices-postgres.ts';
import type { GatewayTables } from '../store/migrations.ts';
import { Sessions, type SessionsOptions } from './sessions.ts';
import { sweepEveryMs, sweepSessions } from './sweep.ts';

export type OpenSessions = {
  readonly sessions: Sessions;
  /** What is under way is stored. */
  close(): Promise<void>;
};

/** The gateways on a file bear the cache's few seconds. */
export async function openSessions(
  database: {
    readonly url: string;
    readonly password: Secret | undefined;
    readonly db: Kysely<GatewayTables>;
  },
  options: Omit<SessionsOptions, 'db' | 'notices'>,
  every: Every,
): Promise<OpenSessions> {
  const { url, password, db } = database;
  const { events, log, clock } = options;
  const notices = isPostgres(url) ? noticesOfPostgres({ url, password, db, log }) : noticesInProcess();
  const sessions = new Sessions({ ...options, db, notices });
  // Nobody is let in by what another gateway has ended in between.
  await notices.opened;
  const sweeping = every(sweepEveryMs, () => sweepSessions({ db, events, now: () => clock.now(), log }));
  return {
    sessions,
    close: async () => {
      await sweeping.stop();
      await sessions.settle();
      await notices.close();
    },
  };
}
