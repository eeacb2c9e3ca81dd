// Limits how many tasks run at Globus, and how many lists of SciCat are read, at a time. Pure.
import { openTasks } from '../globus/account-limits.ts';
import type { EngineSettings } from './context.ts';
import type { PlaceLimits } from './places.ts';

export function placeLimits(settings: EngineSettings): PlaceLimits {
  const { maxConcurrency: total, maxConcurrencyPerUser: perUser, ofFacilities } = settings;
  return { total, perUser, ofFacilities, open: Math.max(openTasks - othersTasks, total) };
}

/** Left to whoever else uses the account. */
const othersTasks = 10;

/** Lists of SciCat that are read at a time: besides the workers for everything else, and never all by one user. */
export const listLimits: PlaceLimits = { total: 8, perUser: 4, ofFacilities: new Map() };
