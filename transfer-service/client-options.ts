// How SciCat and Globus are asked, by the file and the service account's credentials.
import type { Clock } from '../platform/clock.ts';
import { createDispatcher } from '../platform/dispatcher.ts';
import type { WebProxies } from '../platform/web-proxies.ts';
import type { TransferConfig } from './config.ts';
import type { Credentials, ReadAgain } from './config-credentials.ts';
import type { GlobusOptions } from './globus/client.ts';
import type { CallObserver } from './retries.ts';
import type { SciCatOptions } from './scicat/client.ts';

export type ClientParts = {
  readonly credentials: Credentials;
  /** Default: what is refused stays refused. */
  readonly readAgain?: ReadAgain;
  /** Through which they are asked. */
  readonly webProxies: WebProxies;
  readonly onCall: CallObserver;
  readonly clock: Clock;
};

export function clientOptions(
  config: TransferConfig,
  { credentials, readAgain, webProxies, onCall, clock }: ClientParts,
): { readonly scicat: SciCatOptions; readonly globus: GlobusOptions } {
  const retry = { attempts: 3, firstDelayMs: 200, maxDelayMs: 5_000 };
  const { syncLevel, verifyChecksum, encryptData, preserveTimestamp, storeBasePathInfo } = config.globus;
  const { authUrl, transferUrl, requestsPerSecond } = config.globus;
  return {
    scicat: {
      url: config.scicatUrl,
      username: credentials.scicatUsername,
      password: credentials.scicatPassword,
      ...(readAgain === undefined ? {} : { readPasswordAgain: readAgain.scicatPassword }),
      timeoutMs: config.scicat.timeoutMs,
      maxBytes: 4 * 1024 * 1024,
      maxJobListBytes: 512 * 1024 * 1024,
      // Some fifty million files. It bounds only what a broken SciCat could make of it: a list is never held.
      maxFileListBytes: 16 * 1024 * 1024 * 1024,
      dispatcher: createDispatcher({ caFile: config.scicat.caFile, webProxies }),
      ...{ retry, onCall, clock },
    },
    globus: {
      ...{ syncLevel, verifyChecksum, encryptData, preserveTimestamp, storeBasePathInfo },
      ...{ authUrl, transferUrl, requestsPerSecond },
      clientId: credentials.globusClientId,
      clientSecret: credentials.globusClientSecret,
      ...(readAgain === undefined ? {} : { readSecretAgain: readAgain.globusClientSecret }),
      timeoutMs: config.globus.timeoutMs,
      maxBytes: 16 * 1024 * 1024,
      dispatcher: createDispatcher({ caFile: config.globus.caFile, webProxies }),
      ...{ retry, onCall, clock },
    },
  };
}
