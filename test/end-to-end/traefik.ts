// The real Traefik with the files of traefik/: only addresses are replaced, and routers for test apps added.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { createClient } from './ask.ts';
import { waitFor } from './wait-for.ts';

export type Ports = {
  readonly proxies: number;
  readonly public: number;
  readonly transfer: number;
  /** Of the TLS entry point; without: a free one. */
  readonly secure?: number;
  /** With the files of traefik/two-gateways/: where both, on 127.0.0.1 and 127.0.0.2, say whether they are ready. */
  readonly operations?: number;
  /** More for the static file. */
  readonly change?: (staticText: string) => string;
};

export type RunningTraefik = {
  readonly webPort: number;
  readonly securePort: number;
  /** Without the middleware at the entry point. */
  readonly plainPort: number;
  /** With two gateways: where the middleware asks. */
  readonly questionsPort: number;
  stop(): Promise<void>;
};

const folder = new URL('../../traefik/', import.meta.url);

/** @param extra more dynamic configuration; `middleware` is traefik/'s own, to build others from. */
export async function startTraefik(
  program: string,
  ports: Ports,
  extra: (middleware: Record<string, unknown>) => object,
): Promise<RunningTraefik> {
  const [webPort, plainPort, questionsPort] = [await freePort(), await freePort(), await freePort()];
  const securePort = ports.secure ?? (await freePort());
  const place = mkdtempSync(join(tmpdir(), 'beamgate-traefik-'));
  const files = ports.operations === undefined ? '' : 'two-gateways/';
  const staticText = readFileSync(new URL(`${files}traefik.yaml`, folder), 'utf8')
    .replace('":80"', `"127.0.0.1:${webPort}"`)
    .replace('":443"', `"127.0.0.1:${securePort}"`)
    .replace(`directory: traefik/${files}dynamic`, `directory: ${place}/dynamic`)
    .replace('127.0.0.1:8070', `127.0.0.1:${questionsPort}`)
    .replace('entryPoints:\n', `entryPoints:\n  plain:\n    address: "127.0.0.1:${plainPort}"\n`);
  const dynamicText = readFileSync(new URL(`${files}dynamic/beamgate.yaml`, folder), 'utf8')
    .replaceAll(/(127\.0\.0\.[12]):8081/g, `$1:${ports.proxies}`)
    .replaceAll(/(127\.0\.0\.[12]):8080/g, `$1:${ports.public}`)
    .replaceAll('127.0.0.1:8082', `127.0.0.1:${ports.transfer}`)
    .replaceAll('127.0.0.1:8070', `127.0.0.1:${questionsPort}`)
    .replaceAll('port: 9091', `port: ${ports.operations}`);
  const process = run(program, place, {
    staticText: ports.change?.(staticText) ?? staticText,
    dynamicText,
    extra: extra(middlewareOf(dynamicText)),
  });
  const ask = createClient({ scheme: 'https', port: securePort });
  await waitFor('Traefik serves the gateway', async () => {
    const told = await ask({ path: '/sso/jwks.json', host: `lab.localhost:${securePort}` }).catch(
      () => undefined,
    );
    return told?.status === 200;
  });
  return { webPort, securePort, plainPort, questionsPort, stop: () => stop(process, place) };
}

function run(
  program: string,
  place: string,
  files: { staticText: string; dynamicText: string; extra: object },
): ChildProcess {
  mkdirSync(join(place, 'dynamic'));
  writeFileSync(join(place, 'traefik.yaml'), files.staticText);
  writeFileSync(join(place, 'dynamic', 'beamgate.yaml'), files.dynamicText);
  writeFileSync(join(place, 'dynamic', 'extra.yaml'), dump(files.extra));
  return spawn(program, [`--configFile=${join(place, 'traefik.yaml')}`], {
    cwd: place,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function middlewareOf(dynamicText: string): Record<string, unknown> {
  const file = load(dynamicText);
  const middleware = ['http', 'middlewares', 'beamgate', 'forwardAuth'].reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    file,
  );
  if (typeof middleware !== 'object' || middleware === null)
    throw new Error('traefik/dynamic/beamgate.yaml has no middleware beamgate');
  return { ...middleware };
}

async function stop(process: ChildProcess, place: string): Promise<void> {
  process.kill('SIGTERM');
  await once(process, 'exit');
  rmSync(place, { recursive: true, force: true });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}
