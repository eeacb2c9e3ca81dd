// The real Envoy with deploy/envoy/envoy.yaml: only addresses are replaced, and the test apps added.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProxyPorts, type RunningProxy, untilServed } from './nginx.ts';
import { freePort } from './traefik.ts';

/** @param prefixes of the app. */
export async function startEnvoy(
  program: string,
  ports: ProxyPorts,
  { prefixes }: { readonly prefixes: readonly string[] },
): Promise<RunningProxy> {
  const place = mkdtempSync(join(tmpdir(), 'beamgate-envoy-'));
  const port = await freePort();
  const routes = prefixes.map(
    (prefix) =>
      `- { match: { path_separated_prefix: ${prefix.replace(/\/$/, '')} }, route: { cluster: transfer, timeout: 0s } }`,
  );
  const text = readFileSync(new URL('../../deploy/envoy/envoy.yaml', import.meta.url), 'utf8')
    .replace('0.0.0.0, port_value: 8443', `127.0.0.1, port_value: ${port}`)
    .replaceAll('port_value: 8080', `port_value: ${ports.public}`)
    .replaceAll('port_value: 8081', `port_value: ${ports.proxies}`)
    .replaceAll('port_value: 8082', `port_value: ${ports.app}`)
    .replace(
      /^( +)routes:\n/m,
      (line, indent: string) => `${line}${routes.map((route) => `${indent}  ${route}\n`).join('')}`,
    );
  writeFileSync(join(place, 'envoy.yaml'), text);
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
  await untilServed(port);
  return {
    port,
    stop: async () => {
      running.kill('SIGTERM');
      await once(running, 'exit');
      rmSync(place, { recursive: true, force: true });
    },
  };
}
