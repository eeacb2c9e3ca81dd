// The files that docker-compose.yml mounts, made from those of config/ and traefik/: in a container, other services are
// reached by their names and not on 127.0.0.1. Pure: current files are read through the argument.
import { type DerivedFile, deriveFiles, type Replacement } from './derived-files.ts';

/** Only Traefik's address, which docker-compose.yml fixes: nothing else on that network is believed. */
export const traefikAddress = '172.30.99.2';

const scicat: Replacement = ['http://127.0.0.1:3000', 'http://scicat:3000'];
const transferFile = 'config/scicat-globus-proxy-config.yaml';
const inTransferFile: readonly Replacement[] = [
  scicat,
  [
    'port: 8082\n',
    `port: 8082
listen: 0.0.0.0:8082
operations: 0.0.0.0:9092
database: sqlite:/var/lib/beamgate/transfers.sqlite
`,
  ],
  ['http://127.0.0.1:8080', 'http://gateway:8080'],
  ['./scicat-globus', '../../config/scicat-globus'],
];

const files: Readonly<Record<string, DerivedFile>> = {
  'deploy/compose/gateway.yaml': {
    from: 'config/gateway.yaml',
    replace: [
      scicat,
      [
        'trustedProxies: [127.0.0.1, "::1"]\n',
        `trustedProxies: [${traefikAddress}]    # Traefik's in docker-compose.yml
listen: { proxies: "0.0.0.0:8081", public: "0.0.0.0:8080", operations: "0.0.0.0:9091" }
database: sqlite:/var/lib/beamgate/beamgate.sqlite
`,
      ],
      ['./gateway.schema', '../../config/gateway.schema'],
    ],
  },
  'deploy/compose/transfers.yaml': { from: transferFile, replace: inTransferFile },
  'deploy/compose/transfers-demo.yaml': {
    from: transferFile,
    replace: [
      ...inTransferFile,
      [
        'callers:\n',
        'globus: { authUrl: "http://globus:3001", transferUrl: "http://globus:3001" }\n\ncallers:\n',
      ],
    ],
  },
  'deploy/compose/traefik/traefik.yaml': {
    from: 'traefik/traefik.yaml',
    replace: [
      ['directory: traefik/dynamic', 'directory: /etc/traefik/dynamic'],
      [
        'entryPoints:\n',
        'entryPoints:\n  # For the health check of the container alone.\n  ping: { address: "127.0.0.1:8093" }\n',
      ],
      ['\naccessLog:\n', '\nping: { entryPoint: ping }\n\naccessLog:\n'],
    ],
  },
  'deploy/compose/traefik/dynamic/beamgate.yaml': {
    from: 'traefik/dynamic/beamgate.yaml',
    replace: [
      ['http://127.0.0.1:8080', 'http://gateway:8080'],
      ['http://127.0.0.1:8081', 'http://gateway:8081'],
      ['http://127.0.0.1:8082', 'http://transfer-service:8082'],
    ],
  },
};

/** @throws Error when a file has changed so that a replacement finds nothing to replace. */
export function composeFiles(read: (path: string) => string): Readonly<Record<string, string>> {
  return deriveFiles(files, 'docker-compose.yml (docs/containers.md)', read);
}
