// Replaces the configuration that serves by another, between two requests. A mistake in it, and the old one stays.
import { ConfigError, type Loaded } from './config/load.ts';
import { type Mistake, renderMistake } from './config/mistakes.ts';
import { isSameConfig } from './config/secrets.ts';
import type { ConfigMetrics } from './config-metrics.ts';
import type { Logger } from './log.ts';

/** Reads file and secrets anew. */
export type Load<Config> = () => Promise<Loaded<Config>>;

type Reloadable = { readonly warnings: readonly (Mistake & { readonly reason: string })[] };

type Options<Config extends Reloadable, Serving> = {
  readonly first: Config;
  readonly build: (config: Config) => Serving;
  /** Called once the config serves: what only the one before it needed may go. */
  readonly onTaken: (config: Config) => void;
  /** What was opened at the start stays as it is: such values, by the names that the log has for them. */
  readonly fixedAtStart: (config: Config) => Readonly<Record<string, unknown>>;
  /** For the log line of a config that was taken over. */
  readonly describe: (config: Config) => object;
  readonly metrics: ConfigMetrics;
  readonly log: Logger;
};

export class Reloads<Config extends Reloadable, Serving> {
  readonly #options: Options<Config, Serving>;
  #current: Serving;
  #last: Promise<void> = Promise.resolve();

  constructor(options: Options<Config, Serving>) {
    this.#options = options;
    this.#current = options.build(options.first);
    options.metrics.configIsCurrent.set(1);
  }

  get current(): Serving {
    return this.#current;
  }

  /** One after the other, in the order in which they were asked for. Never rejects. */
  reload(load: Load<Config>): Promise<void> {
    this.#last = this.#last.then(() => this.#reloadOnce(load));
    return this.#last;
  }

  async #reloadOnce(load: Load<Config>): Promise<void> {
    const { build, onTaken, metrics, log, describe } = this.#options;
    try {
      const loaded = await load();
      if (!loaded.ok) return this.#refuse({ mistakes: loaded.mistakes.map(renderMistake) });
      const next = loaded.value;
      this.#current = build(next);
      onTaken(next);
      metrics.reloads.inc({ result: 'taken' });
      metrics.configIsCurrent.set(1);
      for (const { reason, line, message } of next.warnings) log.warn({ reason, line }, message);
      const needsRestart = this.#changedSinceStart(next);
      if (needsRestart.length > 0)
        log.warn({ needsRestart }, 'these keys have changed, and count from the next start on');
      log.info(describe(next), 'configuration taken over');
    } catch (error) {
      if (error instanceof ConfigError) this.#refuse({ mistakes: error.mistakes.map(renderMistake) });
      else this.#refuse({ error });
    }
  }

  #changedSinceStart(next: Config): readonly string[] {
    const { first, fixedAtStart } = this.#options;
    const [before, now] = [fixedAtStart(first), fixedAtStart(next)];
    return Object.keys(before).filter((name) => !isSameConfig(before[name], now[name]));
  }

  #refuse(why: object): void {
    const { metrics, log } = this.#options;
    metrics.reloads.inc({ result: 'refused' });
    metrics.configIsCurrent.set(0);
    log.error(why, 'configuration refused, the old one stays');
  }
}
