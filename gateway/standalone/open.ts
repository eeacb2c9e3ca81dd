// Opens the listener of standalone mode with all that bounds it.
import type { RequestListener } from 'node:http';
import { type Address, type Listener, listen } from '../../platform/server.ts';
import type { Gate } from '../decide.ts';
import { countConnections } from './connections.ts';
import { LimitNotes, type StandaloneLimits } from './limits.ts';
import { createStandalone } from './listener.ts';

export type StandaloneOptions = {
  readonly address: Address;
  readonly reusePort: boolean;
  readonly limits: StandaloneLimits;
  /** What is in force at this moment. */
  readonly current: () => {
    readonly gate: Gate;
    /** As clients see it, where no proxy says it. */
    readonly scheme: 'http' | 'https';
    readonly isTrustedProxy: (address: string) => boolean;
  };
  /** Serves what lies below publicUrl. */
  readonly ownPages: RequestListener;
  readonly recheckMs: number;
};

/** @throws Error that names the address, when it is in use or not this machine's. */
export function openStandalone(options: StandaloneOptions): Promise<Listener> {
  const { address, reusePort, limits, current, ownPages, recheckMs } = options;
  const { log, metrics } = current().gate;
  const notes = new LimitNotes(log, metrics);
  const { onRequest, attachUpgrades } = createStandalone({
    get gate() {
      return current().gate;
    },
    get scheme() {
      return current().scheme;
    },
    get isTrustedProxy() {
      return current().isTrustedProxy;
    },
    ownPages,
    limits,
    notes,
    recheckMs,
  });
  const { maxHeaderBytes, headersMs, idleMs } = limits;
  return listen(
    address,
    onRequest,
    (server) => {
      countConnections(server, { limits, notes, isExempt: (client) => current().isTrustedProxy(client) });
      return attachUpgrades(server);
    },
    {
      reusePort,
      // An upload may take as long as it moves.
      bounds: { maxHeaderBytes, headersMs, idleMs, requestMs: 0 },
      onUnreadable: (why, { remoteAddress: client = '' }) => {
        if (why === 'headers_too_large') notes.note('maxHeaderBytes', { client });
        if (why === 'request_too_slow') notes.note('headersMs', { client });
      },
    },
  );
}
