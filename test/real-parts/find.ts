// Finds a real part on this machine: an environment variable with its path, PATH, the cache. A test that needs one
// that is missing is skipped with the reason; under BEAMGATE_REQUIRE_REAL=1 that is a failure instead.
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, it } from 'node:test';

export type RealPart = {
  readonly name: string;
  readonly variable: string;
  readonly commands: readonly string[];
  readonly cached?: string;
  /** Where its package puts it, which is not in PATH. */
  readonly packaged?: string;
  readonly install: string;
};

export const traefik: RealPart = {
  name: 'Traefik',
  variable: 'BEAMGATE_TRAEFIK',
  commands: ['traefik'],
  cached: 'traefik-3.6.12',
  install: 'bash test/real-parts/install-traefik.sh ~/.cache/beamgate',
};

export const nginx: RealPart = {
  name: 'nginx',
  variable: 'BEAMGATE_NGINX',
  commands: ['nginx'],
  packaged: '/usr/sbin/nginx',
  install: 'apt-get install nginx-light',
};

export const caddy: RealPart = {
  name: 'Caddy',
  variable: 'BEAMGATE_CADDY',
  commands: ['caddy'],
  install: 'apt-get install caddy',
};

export const envoy: RealPart = {
  name: 'Envoy',
  variable: 'BEAMGATE_ENVOY',
  commands: ['envoy'],
  cached: 'envoy-1.40.0',
  install: 'bash test/real-parts/install-envoy.sh ~/.cache/beamgate',
};

export const chromium: RealPart = {
  name: 'Chromium',
  variable: 'BEAMGATE_CHROMIUM',
  commands: ['chromium', 'chromium-browser', 'google-chrome'],
  install: 'apt-get install chromium',
};

/** A Python that has PyJWT. */
export const pyjwt: RealPart = {
  name: 'PyJWT',
  variable: 'BEAMGATE_PYJWT',
  commands: [],
  cached: 'pyjwt-2.15.1/bin/python',
  install: 'bash test/real-parts/install-pyjwt.sh ~/.cache/beamgate',
};

/** Builds a Go program with golang-jwt and keyfunc. */
export const golangJwt: RealPart = {
  name: 'golang-jwt',
  variable: 'BEAMGATE_GOLANG_JWT',
  commands: [],
  cached: 'golang-jwt-5.3.1/build',
  install: 'bash test/real-parts/install-golang-jwt.sh ~/.cache/beamgate',
};

/** The official client's Python: its scripts have globus_sdk. */
export const globusSdk: RealPart = {
  name: 'globus-sdk',
  variable: 'BEAMGATE_GLOBUS_SDK_PYTHON',
  commands: [],
  cached: 'globus-sdk/bin/python',
  install: 'bash test/real-parts/install-globus-sdk.sh ~/.cache/beamgate',
};

export const postgres: RealPart = {
  name: 'PostgreSQL',
  variable: 'BEAMGATE_POSTGRES',
  commands: ['postgres'],
  packaged: '/usr/lib/postgresql/15/bin/postgres',
  install: 'apt-get install postgresql',
};

export const openssl: RealPart = {
  name: 'openssl',
  variable: 'BEAMGATE_OPENSSL',
  commands: ['openssl'],
  install: 'apt-get install openssl',
};

/** Needs Java 17 or newer. */
export const keycloak: RealPart = {
  name: 'Keycloak',
  variable: 'BEAMGATE_KEYCLOAK',
  commands: ['kc.sh'],
  cached: 'keycloak-26.4.0/bin/kc.sh',
  install: 'bash test/real-parts/install-keycloak.sh ~/.cache/beamgate',
};

export const prefect: RealPart = {
  name: 'Prefect',
  variable: 'BEAMGATE_PREFECT',
  commands: ['prefect'],
  cached: 'prefect-3.8.8/bin/prefect',
  install: 'bash test/real-parts/install-prefect.sh ~/.cache/beamgate',
};

export const minio: RealPart = {
  name: 'MinIO',
  variable: 'BEAMGATE_MINIO',
  commands: ['minio'],
  cached: 'minio-7aac2a2c5b7c',
  install: 'bash test/real-parts/install-minio.sh ~/.cache/beamgate',
};

/** The oldest version that package.json's `engines` admits. */
export const node24: RealPart = {
  name: 'Node 24',
  variable: 'BEAMGATE_NODE24',
  commands: [],
  cached: 'node-24.22.3/bin/node',
  install: 'bash test/real-parts/install-node24.sh ~/.cache/beamgate',
};

/** A program around the client that oapi-codegen generates from the description of the old transfer API. */
export const goClient: RealPart = {
  name: 'generated Go client',
  variable: 'BEAMGATE_GO_CLIENT',
  commands: [],
  cached: 'go-client/client',
  install: 'bash test/real-parts/install-go-client.sh ~/.cache/beamgate',
};

export const realParts: readonly RealPart[] = [
  nginx,
  caddy,
  envoy,
  traefik,
  chromium,
  postgres,
  keycloak,
  prefect,
  minio,
  globusSdk,
  pyjwt,
  golangJwt,
  openssl,
  node24,
  goClient,
];

/** The path of the part's program, or `undefined`. */
export function findPart(part: RealPart): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = [
    process.env[part.variable],
    ...part.commands.flatMap((command) => folders.map((folder) => join(folder, command))),
    part.cached === undefined ? undefined : join(homedir(), '.cache', 'beamgate', part.cached),
    part.packaged,
  ];
  return candidates.find((path) => path !== undefined && isExecutable(path));
}

/**
 * `describe` for tests that use real parts. Where one is missing, a skipped test stands in, so that the runner counts it.
 * @throws Error where a part is missing and real parts are required.
 */
export function describeWith(parts: readonly RealPart[], name: string, body: () => void): void {
  const missing = parts.filter((part) => findPart(part) === undefined);
  if (missing.length === 0) return void describe(name, body);
  const reason = missing
    .map((part) => `${part.name} is not on this machine: ${part.install}, or ${part.variable}=<path>`)
    .join('; ');
  if (process.env.BEAMGATE_REQUIRE_REAL === '1') throw new Error(reason);
  it(name, { skip: reason });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
