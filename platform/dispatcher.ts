// How outgoing requests leave this machine: through which proxy, and whose certificates they believe. What they ask
// and how long they wait is outgoing.ts's.
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { CaFile } from './config/ca-file.ts';
import type { WebProxies } from './web-proxies.ts';

export type DispatcherOptions = { readonly caFile: CaFile | undefined; readonly webProxies: WebProxies };

/** Believes the CAs of Node, of the machine, and of the file. */
export function createDispatcher({ caFile, webProxies }: DispatcherOptions): Dispatcher {
  const trusted = trustOf(caFile?.pem);
  let connector: buildConnector.connector | undefined;
  const connect: buildConnector.connector = (options, callback) => {
    connector ??= buildConnector({ secureContext: trusted() });
    connector(options, callback);
  };
  return new Agent({
    // The agent closes what is made here.
    factory: (origin) => {
      const proxy = webProxies.proxyFor(new URL(origin));
      if (proxy === undefined) return new Pool(origin, { connect });
      const tls = { secureContext: trusted() };
      return new ProxyAgent({ uri: proxy, requestTls: tls, proxyTls: tls });
    },
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
