// A gateway's listeners: the proxies' questions, its own pages, operations, and, where the config says so, the proxy that
// it is itself. What answers is asked for anew for each request: a reload comes between two.
import type { RequestListener } from 'node:http';
import { type Listener, listen } from '../platform/server.ts';
import { createProxyListener } from './ask.ts';
import type { GatewayConfig } from './config.ts';
import type { Gate } from './decide.ts';
import { createStandalone } from './standalone/listener.ts';

/** All that answers by one configuration. */
export type Serving = {
  readonly config: GatewayConfig;
  readonly gate: Gate;
  readonly ownPages: RequestListener;
};

export async function openListeners(
  { listen: at }: GatewayConfig,
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
        : await openStandalone(at.standalone, current, ownPages, reusePort),
    proxies: await listen(
      at.proxies,
      createProxyListener(() => ({
        gate: current().gate,
        trustedProxies: current().config.trustedProxies,
      })),
      undefined,
      { isBare: true, reusePort },
    ),
    public: await listen(at.public, ownPages, undefined, { reusePort }),
    operations: await listen(at.operations, operations, undefined, { reusePort }),
  };
  return opened;
}

function openStandalone(
  address: GatewayConfig['listen']['public'],
  current: () => Serving,
  ownPages: RequestListener,
  reusePort: boolean,
): Promise<Listener> {
  const { onRequest, attachUpgrades } = createStandalone({
    get gate() {
      return current().gate;
    },
    get scheme() {
      return current().config.publicUrl.startsWith('https:') ? 'https' : 'http';
    },
    ownPages,
    upstreamTimeoutMs: 60_000,
  });
  return listen(address, onRequest, attachUpgrades, { reusePort });
}
