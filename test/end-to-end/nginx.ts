// The real nginx with the files of deploy/nginx/: only addresses are replaced, and locations for test apps added.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from './ask.ts';
import { freePort } from './traefik.ts';
import { waitFor } from './wait-for.ts';

export type ProxyPorts = { readonly proxies: number; readonly public: number; readonly app: number };

export type RunningProxy = { readonly port: number; stop(): Promise<void> };

const folder = fileURLToPath(new URL('../../deploy/nginx/', import.meta.url));

/** @param prefixes of the app, served on plain http as the files' own app is. @param extra inside its `server`. */
export async function startNginx(
  program: string,
  ports: ProxyPorts,
  { prefixes, extra = '' }: { readonly prefixes: readonly string[]; readonly extra?: string },
): Promise<RunningProxy> {
  const place = mkdtempSync(join(tmpdir(), 'beamgate-nginx-'));
  const port = await freePort();
  cpSync(folder, place, { recursive: true });
  const locations = prefixes.map(
    (prefix) =>
      `location ${prefix} { include beamgate-ask.conf; include beamgate-forwarded.conf; proxy_pass http://127.0.0.1:${ports.app}; }`,
  );
  for (const file of ['beamgate.conf', 'beamgate-server.conf']) {
    const text = readFileSync(join(place, file), 'utf8')
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
      .replace(/ssl_certificate.*\n/g, '')
      .replaceAll('127.0.0.1:8081', `127.0.0.1:${ports.proxies}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${ports.public}`)
      .replace('    location / {', `${locations.join('\n')}\n${extra}\n    location / {`);
    writeFileSync(join(place, file), text);
  }
  const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = bodies.map((name) => `${name}_temp_path ${place}/${name};`).join(' ');
  writeFileSync(
    join(place, 'nginx.conf'),
    `daemon off; pid ${place}/pid; error_log stderr error;
events {}
http { access_log off; ${temporary} include beamgate.conf; }
`,
  );
  const args = ['-p', place, '-c', join(place, 'nginx.conf')];
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

export function untilServed(port: number, scheme: 'http' | 'https' = 'http'): Promise<void> {
  const ask = createClient({ scheme, port });
  return waitFor('the proxy serves the gateway', async () => {
    const told = await ask({ path: '/sso/jwks.json', host: 'lab.localhost' }).catch(() => undefined);
    return told?.status === 200;
  });
}
