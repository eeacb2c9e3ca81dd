// The real Caddy with deploy/caddy/Caddyfile: only addresses are replaced, and the test apps added.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProxyPorts, type RunningProxy, untilServed } from './nginx.ts';
import { freePort } from './traefik.ts';

/**
 * @param prefixes of the app, served on plain http as the file's own app is.
 * @param copied headers of another preset, copied instead of those of `beamgate`, as docs/proxies.md says.
 */
export async function startCaddy(
  program: string,
  ports: ProxyPorts,
  { prefixes, copied }: { readonly prefixes: readonly string[]; readonly copied?: readonly string[] },
): Promise<RunningProxy> {
  const place = mkdtempSync(join(tmpdir(), 'beamgate-caddy-'));
  const port = await freePort();
  const handles = prefixes.map(
    (prefix, index) =>
      `\t@app${index} path_regexp ^${prefix}\n\thandle @app${index} {\n\t\timport beamgate 127.0.0.1:${ports.app}\n\t}`,
  );
  const text = withCopied(
    readFileSync(new URL('../../deploy/caddy/Caddyfile', import.meta.url), 'utf8'),
    copied,
  )
    .replaceAll('127.0.0.1:8081', `127.0.0.1:${ports.proxies}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${ports.public}`)
    .replace(
      '\nlab.localhost {\n',
      `\nhttp://lab.localhost:${port} {\n\tbind 127.0.0.1\n${handles.join('\n')}\n`,
    );
  writeFileSync(join(place, 'Caddyfile'), `{\n\tadmin off\n\tauto_https off\n}\n${text}`);
  const running = spawn(program, ['run', '--config', join(place, 'Caddyfile'), '--adapter', 'caddyfile'], {
    env: { ...process.env, XDG_DATA_HOME: place, XDG_CONFIG_HOME: place },
    stdio: 'ignore',
  });
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

function withCopied(text: string, copied: readonly string[] | undefined): string {
  if (copied === undefined) return text;
  const lines = copied.map(
    (name) => `\t\t\t\t\trequest_header ${name} {http.reverse_proxy.header.${name}}\n`,
  );
  const own = /(?:\t+request_header X-Auth-\w+ \{.*\n)+/;
  return text.replace(own, lines.join('')).replace('request_header -X-Auth-*', 'request_header -Remote-*');
}
