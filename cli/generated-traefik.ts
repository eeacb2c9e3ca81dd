// traefik/two-gateways/, made from the files of traefik/: the middleware asks an entry point of Traefik's own, which
// balances between two gateways. Pure: current files are read through the argument.
import { type DerivedFile, deriveFiles } from './derived-files.ts';

const retried = `    # A gateway that was killed leaves questions without an answer. Each is a GET that changes nothing: it is asked again,
    # of the other one.
    beamgate-again:
      buffering:
        maxRequestBodyBytes: 65536
        retryExpression: IsNetworkError() && Attempts() <= 4
    # Where no connection comes about, nothing has been sent: that is safe for every request.
    beamgate-elsewhere:
      retry: { attempts: 4, initialInterval: 10ms }
`;

const router = `    # Whoever reaches this entry point could ask with invented headers: it listens for Traefik itself, on loopback.
    beamgate-questions:
      entryPoints: [beamgate]
      rule: PathPrefix(\`/auth/\`)
      middlewares: [beamgate-again, beamgate-elsewhere]
      service: beamgate-questions
`;

function balanced(port: number): string {
  return `      loadBalancer:
        servers: [{ url: "http://127.0.0.1:${port}" }, { url: "http://127.0.0.2:${port}" }]
        # Not ready is who drains: no question goes there any more before the listener closes.
        healthCheck: { path: /health/ready, port: 9091, interval: 1s, unhealthyInterval: 1s, timeout: 1s }
        serversTransport: beamgate
`;
}

const files: Readonly<Record<string, DerivedFile>> = {
  'traefik/two-gateways/traefik.yaml': {
    from: 'traefik/traefik.yaml',
    replace: [
      ['traefik --configFile=traefik/traefik.yaml', 'traefik --configFile=traefik/two-gateways/traefik.yaml'],
      ['directory: traefik/dynamic', 'directory: traefik/two-gateways/dynamic'],
      [
        'entryPoints:\n',
        `entryPoints:
  # Where the middleware asks: for Traefik itself. What it says of the client's request has to stand.
  beamgate:
    address: "127.0.0.1:8070"
    forwardedHeaders: { trustedIPs: [127.0.0.1] }
`,
      ],
      [
        '  websecure:\n    address: ":443"\n',
        `  websecure:
    address: ":443"
    # Else a router that names no entry point would also serve its app on the one above, without the middleware.
    asDefault: true
`,
      ],
    ],
  },
  'traefik/two-gateways/dynamic/beamgate.yaml': {
    from: 'traefik/dynamic/beamgate.yaml',
    replace: [
      ['http://127.0.0.1:8081/auth', 'http://127.0.0.1:8070/auth'],
      ['    globus-stripped:\n', `${retried}    globus-stripped:\n`],
      ['  routers:\n', `  routers:\n${router}`],
      [
        '      service: beamgate\n    # PathPrefix',
        '      middlewares: [beamgate-elsewhere]\n      service: beamgate\n    # PathPrefix',
      ],
      [
        '    beamgate:\n      loadBalancer: { servers: [{ url: "http://127.0.0.1:8080" }] }\n',
        `    beamgate:\n${balanced(8080)}    beamgate-questions:\n${balanced(8081)}`,
      ],
      [
        '  services:\n',
        `  serversTransports:
    # A machine that is gone does not even refuse a connection.
    beamgate: { maxIdleConnsPerHost: 200, forwardingTimeouts: { dialTimeout: 1s } }

  services:
`,
      ],
    ],
  },
};

/** @throws Error when a file has changed so that a replacement finds nothing to replace. */
export function twoGatewaysFiles(read: (path: string) => string): Readonly<Record<string, string>> {
  return deriveFiles(files, 'docs/availability.md', read);
}
