// What standalone mode grants, and who hears of it when somebody has had enough: a count for each time, a log line now
// and then, since a flood of connections must not become one of lines.
import type { Logger } from '../../platform/log.ts';
import type { GatewayFile } from '../config-schema.ts';
import type { GatewayMetrics } from '../metrics.ts';

export type StandaloneLimits = Readonly<GatewayFile['standalone']>;

/** Named after the key that sets it. */
export type Limit = keyof StandaloneLimits;

const logEveryMs = 10_000;

export class LimitNotes {
  readonly #log: Logger;
  readonly #metrics: Pick<GatewayMetrics, 'standaloneLimits'>;
  readonly #since = new Map<Limit, { loggedAtMs: number; count: number }>();

  constructor(log: Logger, metrics: Pick<GatewayMetrics, 'standaloneLimits'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** @param who the client's address, or the app; both where it is the client's share of the app. */
  note(limit: Limit, who: { readonly client?: string; readonly app?: string }): void {
    this.#metrics.standaloneLimits.inc({ limit });
    const since = this.#since.get(limit);
    const nowMs = performance.now();
    if (since !== undefined && nowMs - since.loggedAtMs < logEveryMs) {
      since.count += 1;
      return;
    }
    this.#log.warn({ limit: `standalone.${limit}`, ...who, unlogged: since?.count ?? 0 }, 'a limit acted');
    this.#since.set(limit, { loggedAtMs: nowMs, count: 0 });
  }
}
