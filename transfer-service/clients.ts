// The clients of SciCat and Globus that serve: made anew where a reload has changed what they are made of, so that tokens
// and turns are kept by the others.
import { isSameConfig } from '../platform/config/secrets.ts';
import type { Logger } from '../platform/log.ts';
import { type ClientParts, clientOptions } from './client-options.ts';
import type { TransferConfig } from './config.ts';
import { type Credentials, type LoadedCredentials, readAgainFor } from './config-credentials.ts';
import { createGlobus } from './globus/client.ts';
import { createSciCat, type ProbedSciCat } from './scicat/client.ts';
import type { Globus } from './types.ts';

/** A configuration and what it is used with. */
export type Setup = TransferConfig & { readonly credentials: Credentials };

export type Clients = { readonly globus: Globus; readonly scicat: ProbedSciCat };

export type ClientsParts = Pick<ClientParts, 'webProxies' | 'onCall' | 'clock'> & {
  /** Reads the credentials from where they are now; undefined: they are never read again. */
  readonly readCredentials: (() => LoadedCredentials) | undefined;
  readonly log: Logger;
};

/** @returns the clients for a setup, which are those of the setup before where nothing of theirs is different. */
export function createClients(parts: ClientsParts): (setup: Setup) => Clients {
  let latest: { readonly made: unknown; readonly clients: Clients; readonly own: Credentials } | undefined;
  return (setup) => {
    const credentials = withSameGlobusClient(setup.credentials, latest?.own);
    const { globus, scicat, scicatUrl } = setup;
    const made = { globus, scicat, scicatUrl, credentials };
    if (latest !== undefined && isSameConfig(latest.made, made)) return latest.clients;
    const { readCredentials, log, ...rest } = parts;
    const readAgain = readAgainFor(credentials, { readCredentials, log });
    const options = clientOptions(setup, { ...rest, credentials, readAgain });
    const clients = { scicat: createSciCat(options.scicat), globus: createGlobus(options.globus) };
    latest = { made, clients, own: credentials };
    return clients;
  };
}

/** Globus shows a client its own tasks alone: with another one, everything under way would seem to have vanished. */
function withSameGlobusClient(next: Credentials, before: Credentials | undefined): Credentials {
  if (before === undefined || before.globusClientId === next.globusClientId) return next;
  const { globusClientId, globusClientSecret } = before;
  return { ...next, globusClientId, globusClientSecret };
}
