// Traefik's dynamic configuration as users of other products wrote it after those products' documentation: the addresses
// are the gateway's, nothing else. Entry point `plain` has no middleware of its own.

export type FormerPorts = { readonly proxies: number; readonly public: number; readonly app: number };

const entry = { entryPoints: ['plain'] };

/** After authentik's "Traefik" page, and ScopeMArchiver's labels. */
export function asForAuthentik(ports: FormerPorts): object {
  return {
    middlewares: {
      authentik: {
        forwardAuth: {
          address: `http://127.0.0.1:${ports.proxies}/outpost.goauthentik.io/auth/traefik`,
          trustForwardHeader: true,
          authResponseHeaders: [
            ...[
              'X-authentik-username',
              'X-authentik-groups',
              'X-authentik-entitlements',
              'X-authentik-email',
            ],
            ...['X-authentik-name', 'X-authentik-uid', 'X-authentik-jwt', 'X-authentik-meta-jwks'],
            ...[
              'X-authentik-meta-outpost',
              'X-authentik-meta-provider',
              'X-authentik-meta-app',
              'X-authentik-meta-version',
            ],
          ],
        },
      },
    },
    routers: {
      'default-router': {
        ...entry,
        rule: 'Host(`app.lab.localhost`)',
        middlewares: ['authentik'],
        priority: 10,
        service: 'app',
      },
      'default-router-auth': {
        ...entry,
        rule: 'Host(`app.lab.localhost`) && PathPrefix(`/outpost.goauthentik.io/`)',
        priority: 15,
        service: 'authentik',
      },
    },
    services: services(ports, 'authentik'),
  };
}

/** After oauth2-proxy's "Traefik" page: its address `/oauth2/auth` with the errors middleware. */
export function asForOauth2Proxy(ports: FormerPorts): object {
  return {
    middlewares: {
      'oauth-auth': {
        forwardAuth: {
          address: `http://127.0.0.1:${ports.proxies}/oauth2/auth`,
          trustForwardHeader: true,
          authResponseHeaders: [
            'X-Auth-Request-User',
            'X-Auth-Request-Email',
            'X-Auth-Request-Groups',
            'X-Auth-Request-Preferred-Username',
          ],
        },
      },
      'oauth-errors': {
        errors: { status: ['401-403'], service: 'oauth-backend', query: '/oauth2/sign_in?rd={url}' },
      },
    },
    routers: {
      'a-service': {
        ...entry,
        rule: 'Host(`app.lab.localhost`)',
        middlewares: ['oauth-errors', 'oauth-auth'],
        service: 'app',
      },
      oauth: {
        ...entry,
        rule: 'Host(`app.lab.localhost`) && PathPrefix(`/oauth2/`)',
        service: 'oauth-backend',
      },
    },
    services: services(ports, 'oauth-backend'),
  };
}

/** After oauth2-proxy's "Traefik" page, with a static upstream, and after traefik-forward-auth's README: a bare address. */
export function asForForwardAuth(ports: FormerPorts, header: string): object {
  return {
    middlewares: {
      'traefik-forward-auth': {
        forwardAuth: {
          address: `http://127.0.0.1:${ports.proxies}`,
          trustForwardHeader: true,
          authResponseHeaders: [header],
        },
      },
    },
    routers: {
      app: {
        ...entry,
        rule: 'Host(`app.lab.localhost`)',
        middlewares: ['traefik-forward-auth'],
        service: 'app',
      },
    },
    services: services(ports, 'unused'),
  };
}

function services(ports: FormerPorts, gateway: string): object {
  const at = (port: number) => ({ loadBalancer: { servers: [{ url: `http://127.0.0.1:${port}` }] } });
  return { app: at(ports.app), [gateway]: at(ports.public) };
}
