// Whether a service's database can be read and is still the one that was opened: for /health/ready and the log. A file
// that was removed or replaced is not missed otherwise, since it stays open, and what is written is lost at the end.
import { type BigIntStats, statSync } from 'node:fs';
import { isPostgres } from './database-postgres.ts';
import { sqlitePath } from './database-sqlite.ts';
import { type Dependencies, databaseDependency } from './dependencies.ts';
import type { Logger } from './log.ts';
import { Unavailable } from './unavailable.ts';

export type DatabaseCheck = {
  readonly url: string;
  /** Reads something of it. */
  readonly probe: () => Promise<unknown>;
  readonly dependencies: Pick<Dependencies, 'succeeded' | 'failed'>;
  readonly log: Pick<Logger, 'error' | 'info'>;
};

/** @returns a function that never throws: what is wrong, it tells the dependencies and, once, the log. */
export function createDatabaseCheck({ url, probe, dependencies, log }: DatabaseCheck): () => Promise<void> {
  const path = isPostgres(url) || sqlitePath(url) === ':memory:' ? undefined : sqlitePath(url);
  const opened = path === undefined ? undefined : look(path);
  let isDown = false;
  return async () => {
    const problem = (path === undefined ? undefined : lost(look(path), opened)) ?? (await unreadable(probe));
    if (problem === undefined) {
      dependencies.succeeded(databaseDependency);
      if (isDown) log.info('the database can be read again');
    } else {
      dependencies.failed(databaseDependency, problem.reason);
      if (!isDown) log.error(problem, problem.message);
    }
    isDown = problem !== undefined;
  };
}

type Problem = { readonly reason: string; readonly message: string; readonly error?: unknown };

function look(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

function lost(found: BigIntStats | undefined, opened: BigIntStats | undefined): Problem | undefined {
  if (found !== undefined && found.ino === opened?.ino && found.dev === opened.dev && found.size > 0n)
    return undefined;
  const message =
    'the file of the database was removed, emptied or replaced: end this service, put it back, start again';
  return { reason: 'lost', message };
}

async function unreadable(probe: () => Promise<unknown>): Promise<Problem | undefined> {
  try {
    await probe();
    return undefined;
  } catch (error) {
    const reason = error instanceof Unavailable ? error.reason : 'unreadable';
    return { reason, message: 'the database cannot be read', error };
  }
}
