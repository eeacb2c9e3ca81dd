// Which address of the `proxies` listener speaks which proxy's language. Pure.
import { caddy, caddyWithQuery } from './caddy.ts';
import { envoy, envoyPrefix } from './envoy.ts';
import type { ProxyKind } from './kind.ts';
import { authOTron, nginx, nginxWithoutMethod } from './nginx.ts';
import { traefik } from './traefik.ts';

const kinds: ReadonlyMap<string, ProxyKind> = new Map(
  Object.entries({
    '/auth/traefik': traefik,
    '/auth/nginx': nginx,
    '/auth/caddy': caddy,
    // As users of Auth-o-tron, of authentik's outpost, of oauth2-proxy and of traefik-forward-auth wrote it.
    '/authenticate': authOTron,
    '/outpost.goauthentik.io/auth/traefik': traefik,
    '/outpost.goauthentik.io/auth/nginx': nginxWithoutMethod,
    '/outpost.goauthentik.io/auth/caddy': caddyWithQuery,
    '/oauth2/auth': traefik,
    '/': traefik,
  }),
);

export const proxyPaths: readonly string[] = [...kinds.keys(), `${envoyPrefix}/**`];

const envoyStart = `${envoyPrefix}/`;

/** @param url of the question, as it came. */
export function kindAt(url: string): ProxyKind | undefined {
  if (url.startsWith(envoyStart)) return envoy;
  const query = url.indexOf('?');
  return kinds.get(query < 0 ? url : url.slice(0, query));
}
