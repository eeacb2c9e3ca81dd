// Classifies how a task stands at Globus, by its response. Pure.
import type { Progress } from './types.ts';

/**
 * `queued`: it waits for its turn in Globus's own queue. `hindered`: it has met an error, and waits before Globus tries
 * again. Neither a paused task nor one that is hindered has one of the few places where Globus works.
 */
export type Standing = 'working' | 'queued' | 'paused' | 'hindered';

export function standingOf({ niceStatus, isPaused }: Pick<Progress, 'niceStatus' | 'isPaused'>): Standing {
  if (isPaused) return 'paused';
  switch ((niceStatus ?? 'OK').toUpperCase()) {
    case 'OK':
      return 'working';
    case 'QUEUED':
      return 'queued';
    default:
      return 'hindered';
  }
}

/** It waits for its turn or for an administrator, and nothing has to come of it meanwhile. */
export function isWaiting(progress: Pick<Progress, 'niceStatus' | 'isPaused'>): boolean {
  const standing = standingOf(progress);
  return standing === 'queued' || standing === 'paused';
}

/** It keeps nobody else's task from its turn. */
export function isParked(progress: Pick<Progress, 'niceStatus' | 'isPaused'>): boolean {
  const standing = standingOf(progress);
  return standing === 'paused' || standing === 'hindered';
}
