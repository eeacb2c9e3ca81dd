// Another configuration in place of the one that serves, between two requests; a mistake in it, and the old one stays.
import type { Loaded } from '../platform/config/load.ts';
import { renderMistake } from '../platform/config/mistakes.ts';
import { isSameConfig } from '../platform/config/secrets.ts';
import type { Logger } from '../platform/log.ts';
import type { GatewayConfig } from './config.ts';
import type { GatewayMetrics } from './metrics.ts';

/** Reads file and secrets anew. */
export type LoadConfig = () => Promise<Loaded<GatewayConfig>>;

type Options<Serving> = {
  readonly first: GatewayConfig;
  readonly build: (config: GatewayConfig) => Serving;
  /** Called once the config serves: what only the one before it needed may go. */
  readonly forget: (config: GatewayConfig) => void;
  readonly metrics: Pick<GatewayMetrics, 'reloads' | 'configIsCurrent'>;
  readonly log: Logger;
};

export class Reloads<Serving> {
  readonly #options: Options<Serving>;
  #current: Serving;
  #last: Promise<void> = Promise.resolve();

  constructor(options: Options<Serving>) {
    this.#options = options;
    this.#current = options.build(options.first);
    options.metrics.configIsCurrent.set(1);
  }

  get current(): Serving {
    return this.#current;
  }

  /** One after the other, in the order in which they were asked for. Never rejects. */
  reload(load: LoadConfig): Promise<void> {
    this.#last = this.#last.then(() => this.#reloadOnce(load));
    return this.#last;
  }

  async #reloadOnce(load: LoadConfig): Promise<void> {
    const { build, forget, first, metrics, log } = this.#options;
    try {
      const loaded = await load();
      if (!loaded.ok) return this.#refuse({ mistakes: loaded.mistakes.map(renderMistake) });
      const next = loaded.value;
      this.#current = build(next);
      forget(next);
      metrics.reloads.inc({ result: 'taken' });
      metrics.configIsCurrent.set(1);
      for (const { reason, line, message } of next.warnings) log.warn({ reason, line }, message);
      const needsRestart = changedRestartKeys(first, next);
      if (needsRestart.length > 0)
        log.warn({ needsRestart }, 'these keys have changed, and count from the next start on');
      log.info({ apps: next.apps.length }, 'configuration taken over');
    } catch (error) {
      this.#refuse({ error });
    }
  }

  #refuse(why: object): void {
    const { metrics, log } = this.#options;
    metrics.reloads.inc({ result: 'refused' });
    metrics.configIsCurrent.set(0);
    log.error(why, 'configuration refused, the old one stays');
  }
}

/** What was opened at the start stays as it is: by the keys of the file. */
export const restartKeys = {
  listen: 'listen',
  standalone: 'standalone',
  database: 'database',
  databasePassword: 'databasePassword',
  'assertion.encryptionKey': 'encryptionKey',
  'assertion.previousEncryptionKeys': 'previousEncryptionKeys',
  'assertion.rotateDays': 'assertionRotateMs',
  'log.level': 'logLevel',
} as const satisfies Readonly<Record<string, keyof GatewayConfig>>;

function changedRestartKeys(first: GatewayConfig, next: GatewayConfig): readonly string[] {
  return Object.entries(restartKeys)
    .filter(([, key]) => !isSameConfig(first[key], next[key]))
    .map(([name]) => name);
}
