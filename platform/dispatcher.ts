// How outgoing requests leave this machine: through which proxy, and whose certificates they believe. What they ask
// and how long they wait is outgoing.ts's.
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { CaFile } from './config/ca-file.ts';
import type { WebProxies } from './web-proxies.ts';

export type DispatcherOptions = { readonly caFile: CaFile | undefined; readonly webProxies: WebProxies };

/** Believes the CAs of Node, of the machine, and of the file. */
export function createDispatcher({ caFile, webProxies }: DispatcherOptions): Dispatcher {
  const trusted = trustOf(caFile?.pem);
  let connector: buildConnector.connector | undefined;
  const direct = new Agent({
    connect: (options, callback) => {
      connector ??= buildConnector({ secureContext: trusted() });
      connector(options, callback);
    },
  });
  const proxied = new Map<string, ProxyAgent>();
  const through = (uri: string): ProxyAgent => {
    const tls = { secureContext: trusted() };
    const agent = proxied.get(uri) ?? new ProxyAgent({ uri, requestTls: tls, proxyTls: tls });
    proxied.set(uri, agent);
    return agent;
  };
  return direct.compose((dispatch) => (options, handler) => {
    const proxy = options.origin === undefined ? undefined : webProxies.proxyFor(new URL(options.origin));
    return proxy === undefined ? dispatch(options, handler) : through(proxy).dispatch(options, handler);
  });
}

/** Made once, and only where TLS is spoken: it takes some fifty milliseconds. */
export function trustOf(caPem: string | undefined): () => SecureContext {
  let context: SecureContext | undefined;
  return () => {
    context ??= createSecureContext({
      ca: [
        ...new Set([...getCACertificates('default'), ...getCACertificates('system')]),
        ...(caPem === undefined ? [] : [caPem]),
      ],
    });
    return context;
  };
}
