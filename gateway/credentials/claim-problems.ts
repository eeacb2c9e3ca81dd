// Logs what providers said and the gateway could not use: for each user and problem once an hour, since tokens come with every
// request. Values are not logged.
import { LRUCache } from 'lru-cache';
import type { Logger } from '../../platform/log.ts';
import type { Authentication, Identity } from '../types.ts';

export type NoteClaimProblems = (identity: Identity) => void;

const everyMs = 60 * 60_000;
/** Users with problems whose lines are remembered. */
const maxUsers = 1000;

export function createClaimProblemLog(log: Pick<Logger, 'warn'>): NoteClaimProblems {
  const logged = new LRUCache<string, true>({ max: maxUsers, ttl: everyMs });
  return ({ provider, username, claimProblems }) => {
    if (claimProblems === undefined) return;
    const key = JSON.stringify([provider, username, claimProblems]);
    if (logged.has(key)) return;
    logged.set(key, true);
    log.warn({ provider, username, claimProblems }, 'claims could not be used');
  };
}

/** The same verifier, which notes whom it identifies. */
export function noting(
  verify: (token: string) => Promise<Authentication>,
  note: NoteClaimProblems,
): (token: string) => Promise<Authentication> {
  return async (token) => {
    const authentication = await verify(token);
    if (authentication.kind === 'verified') note(authentication.identity);
    return authentication;
  };
}
