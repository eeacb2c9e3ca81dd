// Apps for the tests through the real Traefik: one echo app behind several addresses, presets and rules.

const dialects = [
  'beamgate',
  'ecflow',
  'authentik',
  'remote-user',
  'oauth2-proxy',
  'forwarded-user',
  'grafana',
] as const;

/** What config/gateway.yaml's `apps` gets besides. */
export const gatewayApps = {
  echo: {
    url: 'https://lab.localhost/echo',
    public: ['/open/**'],
    rules: [
      { paths: ['/admin/**'], allow: { groups: ['it'] } },
      { paths: ['/closed'], allow: 'nobody' },
      { methods: ['GET', 'HEAD', 'POST'], allow: 'signed-in' },
    ],
  },
  'echo-inner': { url: 'https://lab.localhost/echo/inner', allow: { groups: ['p1'] } },
  kept: { url: 'https://kept.lab.localhost', allow: 'signed-in', keep: ['Authorization', 'SciCat-API-Key'] },
  keys: { url: 'https://keys.lab.localhost', allow: 'signed-in', encodedCharacters: ['slash', 'percent'] },
  anything: { url: 'https://anything.lab.localhost', allow: 'signed-in' },
  rules: {
    url: 'https://rules.lab.localhost',
    preflight: 'pass',
    rules: [
      { paths: ['/far'], networks: ['192.0.2.0/24'], allow: 'public' },
      { paths: ['/near'], networks: ['127.0.0.0/8'], allow: 'public' },
      { paths: ['/hello'], identify: true, allow: 'public' },
      { observe: true, allow: { groups: ['p9'] } },
      { methods: ['GET'], allow: 'signed-in' },
    ],
  },
  'set-headers': {
    url: 'http://lab.localhost/set-headers',
    public: ['/open'],
    allow: 'signed-in',
    setHeaders: {
      'X-Site': 'lab',
      'X-Display': { claim: 'profile.username' },
      Authorization: { basic: { username: 'viewer', password: 'test-only:hunter2' } },
    },
  },
  labelled: { url: 'https://*.apps.lab.localhost', labels: true, allow: 'signed-in' },
  stripped: {
    url: 'https://lab.localhost/stripped',
    stripped: true,
    rules: [{ paths: ['/own/**'], allow: 'signed-in' }],
  },
  ...Object.fromEntries(
    dialects.map((dialect) => [
      `as-${dialect}`,
      { url: `https://${dialect}.lab.localhost`, preset: dialect, allow: 'signed-in' },
    ]),
  ),
};

/** Traefik's dynamic configuration for them. */
export function traefikApps(echoPort: number, middleware: Record<string, unknown>): object {
  const router = (rule: string, more: object = {}) => ({
    rule,
    service: 'echo',
    entryPoints: ['websecure'],
    ...more,
  });
  const hosts = ['rules', 'kept', 'keys', 'anything', ...dialects];
  return {
    http: {
      middlewares: {
        'ask-stripped': { forwardAuth: { ...middleware, address: `${middleware.address}?app=stripped` } },
        // As a container's labels write it.
        'ask-labelled': {
          forwardAuth: { ...middleware, address: `${middleware.address}?app=labelled&groups=it,p1` },
        },
        'ask-unlabelled': {
          forwardAuth: { ...middleware, address: `${middleware.address}?app=anything&groups=p1` },
        },
        'ask-listed': {
          forwardAuth: {
            ...middleware,
            authResponseHeaders: [...listOf(middleware.authResponseHeaders), 'X-Site', 'X-Display'],
          },
        },
        'strip-prefix': { stripPrefix: { prefixes: ['/stripped'] } },
      },
      routers: {
        echo: router('Host(`lab.localhost`) && (Path(`/echo`) || PathPrefix(`/echo/`))'),
        // Nobody told the gateway of this one.
        forgotten: router('Host(`forgotten.lab.localhost`)'),
        'set-headers': router('PathPrefix(`/set-headers/`)', {
          entryPoints: ['plain'],
          middlewares: ['ask-listed'],
        }),
        labelled: router('Host(`tool.apps.lab.localhost`)', {
          entryPoints: ['plain'],
          middlewares: ['ask-labelled'],
        }),
        unlabelled: router('Host(`anything.lab.localhost`)', {
          entryPoints: ['plain'],
          middlewares: ['ask-unlabelled'],
        }),
        stripped: router('PathPrefix(`/stripped/`)', {
          entryPoints: ['plain'],
          middlewares: ['strip-prefix', 'ask-stripped'],
        }),
        ...Object.fromEntries(
          hosts.map((host) => [`host-${host}`, router(`Host(\`${host}.lab.localhost\`)`)]),
        ),
      },
      services: { echo: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${echoPort}` }] } } },
    },
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
