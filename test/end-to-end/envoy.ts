// The real Envoy with deploy/envoy/envoy.yaml: only addresses and certificate are replaced, and the test apps added as
// docs/proxies.md says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProxyPorts, type RunningProxy, untilServed } from './nginx.ts';
import { freePort } from './traefik.ts';

export type EnvoyApp = {
  readonly name: string;
  /** `lab.localhost` is the file's own. */
  readonly host: string;
  /** Without a final slash; `''`: the whole host. */
  readonly prefix: string;
  readonly port: number;
};

export type EnvoyOptions = {
  readonly apps: readonly EnvoyApp[];
  /** In PEM; without: plain http, as the other proxies' suite speaks it. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** Where it listens; without: a free one. */
  readonly port?: number;
};

export async function startEnvoy(
  program: string,
  ports: Omit<ProxyPorts, 'app'>,
  { apps, certificate, port: wanted }: EnvoyOptions,
): Promise<RunningProxy> {
  const place = mkdtempSync(join(tmpdir(), 'beamgate-envoy-'));
  const port = wanted ?? (await freePort());
  const text = readFileSync(new URL('../../deploy/envoy/envoy.yaml', import.meta.url), 'utf8')
    .replace('0.0.0.0, port_value: 443', `127.0.0.1, port_value: ${port}`)
    .replaceAll('port_value: 8080', `port_value: ${ports.public}`)
    .replaceAll('port_value: 8081', `port_value: ${ports.proxies}`)
    .replaceAll('/etc/envoy/', `${place}/`);
  const config = withApps(certificate === undefined ? withoutTls(text) : text, apps);
  writeFileSync(join(place, 'envoy.yaml'), config);
  writeFileSync(join(place, 'lab.localhost.crt'), certificate?.cert ?? '');
  writeFileSync(join(place, 'lab.localhost.key'), certificate?.key ?? '');
  const args = [
    '-c',
    join(place, 'envoy.yaml'),
    '--use-dynamic-base-id',
    '--concurrency',
    '1',
    '-l',
    'error',
  ];
  const running = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await untilServed(port, certificate === undefined ? 'http' : 'https');
  return {
    port,
    stop: async () => {
      running.kill('SIGTERM');
      await once(running, 'exit');
      rmSync(place, { recursive: true, force: true });
    },
  };
}

/** The block of `transport_socket` is the chain's first key. */
function withoutTls(text: string): string {
  return text.replace(/- transport_socket:\n(?: {12}.*\n)+ +filters:/, '- filters:');
}

function withApps(text: string, apps: readonly EnvoyApp[]): string {
  const hosts = [...new Set(apps.map(({ host }) => host))].filter((host) => host !== 'lab.localhost');
  const routesOf = (of: string) =>
    apps
      .filter(({ host }) => host === of)
      .map(routeOf)
      .join('');
  const virtualHosts = hosts.map(
    (host) => `${indent}- name: ${host}
${indent}  domains: [${host}, "${host}:*"]
${indent}  routes:
${indent}    - *beamgate_return
${routesOf(host)}`,
  );
  return text
    .replace(/^ +routes:\n/m, (line) => `${line}${routesOf('lab.localhost')}`)
    .replace(/^ {2}clusters:\n/m, (line) => `${virtualHosts.join('')}${line}${apps.map(clusterOf).join('')}`);
}

const indent = ' '.repeat(20);

function routeOf({ name, prefix }: EnvoyApp): string {
  const match = prefix === '' ? 'prefix: /' : `path_separated_prefix: ${prefix}`;
  return `${indent}    - { match: { ${match} }, route: { cluster: ${name}, timeout: 0s } }\n`;
}

function clusterOf({ name, port }: EnvoyApp): string {
  return `    - name: ${name}
      connect_timeout: 1s
      load_assignment:
        cluster_name: ${name}
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }] }]
`;
}
