// A gateway's listeners: the proxies' questions, its own pages, operations, and, where the config says so, the proxy that
// it is itself. What answers is asked for anew for each request: a reload comes between two.
import type { RequestListener } from 'node:http';
import { listenPlain } from '../platform/plain-listener.ts';
import { type Listener, listen } from '../platform/server.ts';
import { createProxyAnswering } from './ask.ts';
import type { GatewayConfig } from './config.ts';
import type { Gate } from './decide.ts';
import { openStandalone } from './standalone/open.ts';

/** All that answers by one configuration. */
export type Serving = {
  readonly config: GatewayConfig;
  readonly gate: Gate;
  readonly ownPages: RequestListener;
};

export async function openListeners(
  { listen: at, standalone: limits }: GatewayConfig,
  current: () => Serving,
  operations: RequestListener,
) {
  const ownPages: RequestListener = (request, response) => current().ownPages(request, response);
  const { reusePort } = at;
  const opened: {
    standalone: Listener | undefined;
    proxies: Listener;
    public: Listener;
    operations: Listener;
  } = {
    standalone:
      at.standalone === undefined
        ? undefined
        : await openStandalone({
            address: at.standalone,
            reusePort,
            limits,
            current: () => standaloneOf(current()),
            ownPages,
            recheckMs: streamRecheckMs,
          }),
    proxies: await listenPlain(
      at.proxies,
      createProxyAnswering(() => ({
        gate: current().gate,
        trustedProxies: current().config.trustedProxies,
      })),
      { reusePort },
    ),
    public: await listen(at.public, ownPages, undefined, { reusePort }),
    operations: await listen(at.operations, operations, undefined, { reusePort }),
  };
  return opened;
}

function standaloneOf({ config, gate }: Serving) {
  return {
    gate,
    scheme: config.publicUrl.startsWith('https:') ? ('https' as const) : ('http' as const),
    isTrustedProxy: (address: string) => config.trustedProxies.has(address),
  };
}

/** A session that ends, ends its streams within so long. */
const streamRecheckMs = 5000;
