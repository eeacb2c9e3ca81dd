// What the containers of docker-compose.yml that are not Beamgate itself are told: every file, option, port and path in
// their commands and health checks is held against what the program there does with it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { freePort } from '../end-to-end/traefik.ts';
import {
  hostPathOf,
  mountsOf,
  readCompose,
  readEnvironment,
  readYaml,
  root,
  type Service,
} from './compose.ts';

const demo = readCompose(readEnvironment('deploy/compose/demo.env'));

function serviceOf(name: string): Service {
  const found = demo.services[name];
  assert.ok(found !== undefined, name);
  return found;
}

describe('Traefik in docker-compose.yml', () => {
  const traefik = serviceOf('traefik');
  const [option = '', ...others] = traefik.command;
  const configFile = hostPathOf(traefik, option.replace('--configFile=', ''));
  const settings = () =>
    z
      .looseObject({
        entryPoints: z.record(z.string(), z.looseObject({ address: z.string() })),
        ping: z.object({ entryPoint: z.string() }),
        providers: z.object({ file: z.looseObject({ directory: z.string() }) }),
      })
      .parse(readYaml(configFile ?? 'nothing is mounted there'));

  it('is started with a file that is mounted, and asked after with the same', () => {
    assert.match(option, /^--configFile=\//);
    assert.deepEqual(others, []);
    assert.ok(statSync(join(root, configFile ?? '')).isFile(), option);
    assert.deepEqual(traefik.healthcheck.test, ['CMD', 'traefik', 'healthcheck', option]);
  });

  it('answers its health check at an entry point that there is, inside the container alone', () => {
    const { ping, entryPoints } = settings();
    assert.match(entryPoints[ping.entryPoint]?.address ?? 'none', /^127\.0\.0\.1:\d+$/);
  });

  it('reads its routers from a folder that is mounted', () => {
    const folder = hostPathOf(traefik, settings().providers.file.directory) ?? 'not mounted';
    assert.ok(readdirSync(join(root, folder)).includes('beamgate.yaml'), folder);
  });
});

describe('the simulators in docker-compose.yml', () => {
  const simulators = serviceOf('simulators');
  const check = new URL(simulators.healthcheck.test.at(-1) ?? '');

  it('listen for the other containers, and write what these read where it is mounted', () => {
    const text = { type: 'string' } as const;
    const options = { host: text, secrets: text, scicat: text, globus: text };
    const { values } = parseArgs({ args: [...simulators.command], options });
    const volumeAt = (service: Service, path: string) =>
      mountsOf(service).find(({ target }) => target === path)?.source;
    assert.deepEqual({ ...values }, { host: '0.0.0.0', secrets: '/run/beamgate' });
    assert.equal(volumeAt(simulators, values.secrets ?? ''), 'demo-secrets');
    assert.equal(volumeAt(serviceOf('transfer-service'), '/run/beamgate'), 'demo-secrets');
  });

  it('are healthy where they say so: their own command, on other ports', async (t) => {
    const [scicat, globus] = [await freePort(), await freePort()];
    await startSimulators(t, [...simulators.command], { scicat, globus });
    const answer = await fetch(`http://127.0.0.1:${scicat}${check.pathname}`);
    assert.equal(answer.status, 200);
    assert.notEqual((await fetch(`http://127.0.0.1:${scicat}/api/v3/healthy`)).status, 200);
    assert.deepEqual(simulators.healthcheck.test.slice(0, -1), ['CMD', 'wget', '-q', '-O', '/dev/null']);
  });

  it('are asked on the port of their own', () => {
    assert.equal(check.origin, 'http://127.0.0.1:3000');
    const published = simulators.ports.map((port) => port.split(':').at(-1));
    assert.deepEqual(published, [check.port]);
  });
});

/** The last of an option counts: on this machine alone, on free ports, into a folder of the test's. */
async function startSimulators(
  t: TestContext,
  command: readonly string[],
  { scicat, globus }: { readonly scicat: number; readonly globus: number },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-simulators-'));
  const places = [
    '--host',
    '127.0.0.1',
    '--scicat',
    `${scicat}`,
    '--globus',
    `${globus}`,
    '--secrets',
    folder,
  ];
  const child = spawn(process.execPath, [join(root, 'test/simulators/main.ts'), ...command, ...places], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    child.kill();
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit'),
  ]);
  assert.match(String(line), /alice signs in/);
  assert.equal(readdirSync(folder).length, 4);
}
