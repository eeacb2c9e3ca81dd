// What a reload of the gateway's configuration cannot change while it runs.
import type { Load } from '../platform/reloads.ts';
import type { GatewayConfig } from './config.ts';

export type LoadConfig = Load<GatewayConfig>;

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

export function fixedAtStart(config: GatewayConfig): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(restartKeys).map(([name, key]) => [name, config[key]]));
}
