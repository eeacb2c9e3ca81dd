// What the engine's steps stand on: the store, the two services, the clock, and how it is to behave.
import type { Logger } from '../../platform/log.ts';
import type { Store } from '../store/schema.ts';
import type { Globus, SciCat } from '../types.ts';
import type { WatchedClock } from './watched-clock.ts';

export type EngineSettings = {
  /** Tasks at Globus at the same time; paused ones, and those that wait after an error, are not counted. */
  readonly maxConcurrency: number;
  /** Of these, of one user; Infinity: any. */
  readonly maxConcurrencyPerUser: number;
  /** Of these, from or to a facility, by its name. */
  readonly ofFacilities: ReadonlyMap<string, number>;
  readonly pollIntervalMs: number;
  /** The same while transfers wait for a place. Default: no shorter. */
  readonly busyPollIntervalMs?: number;
  /** Files of a list in one task. */
  readonly itemsPerTask: number;
  /** Between two SciCat job updates of mere progress. */
  readonly reportIntervalMs: number;
  /** Between the progress reports of any two transfers, so that many of them ask no more of SciCat than some. */
  readonly reportPaceMs: number;
  /** An attempt that has not arrived by then is given up. */
  readonly deadlineMs: number;
  /** How long Globus may be at a task; undefined: until the attempt's deadline. */
  readonly taskDeadlineMs?: number;
  /** How long nothing may come of a transfer before it is shown as stuck. */
  readonly stuckAfterMs: number;
  /** Whether a file that is not at the source ends the transfer, instead of being waited for. */
  readonly failOnMissingSource: boolean;
  /** How long SciCat is asked for what only it can do, once the data has arrived or the transfer has ended. */
  readonly scicatPatienceMs: number;
  /** How long a submit whose answer was lost may still arrive at Globus. */
  readonly settleMs: number;
  /** How long SciCat may still be at work on a create whose answer was lost. */
  readonly jobSettleMs: number;
};

export type EngineContext = {
  readonly store: Store;
  readonly globus: Globus;
  readonly scicat: SciCat;
  readonly clock: WatchedClock;
  readonly log: Logger;
  readonly settings: EngineSettings;
  readonly signal: AbortSignal;
  /** For metrics. */
  readonly onBytes: (bytes: number) => void;
  readonly onEnded?: (end: { readonly state: string; readonly reason: string }) => void;
};
