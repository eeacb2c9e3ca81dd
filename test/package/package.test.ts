// The package that `npm pack` makes, installed into an empty folder as an operator installs it, on the newest and the
// oldest Node that it admits.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { version } from '../../platform/version.ts';
import { describeWith, findPart, node24 } from '../real-parts/find.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

let folder = '';
let files: readonly string[] = [];

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'beamgate-package-'));
  const packed = npm(['pack', '--json', '--pack-destination', folder, root], folder);
  files = namesIn(packed);
  npm(
    [
      'install',
      '--global',
      '--prefix',
      folder,
      '--prefer-offline',
      '--omit=optional',
      `beamgate-${version}.tgz`,
    ],
    folder,
  );
});

after(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('contains the command and the compiled services', () => {
    for (const name of ['bin/beamgate.js', 'dist/gateway/main.js', 'dist/transfer-service/openapi.yaml'])
      assert.ok(files.includes(name), name);
  });

  it('contains no TypeScript, which Node refuses below node_modules', () => {
    assert.deepEqual(
      files.filter((name) => name.endsWith('.ts')),
      [],
    );
  });

  it('contains no test, no simulator and no source map', () => {
    assert.deepEqual(
      files.filter((name) => /(?:^|\/)test\/|simulator|\.map$/.test(name)),
      [],
    );
  });
});

describe(`the installed command on Node ${process.versions.node}`, () => runsOn(process.execPath));

describeWith([node24], 'the installed command on Node 24', () => runsOn(findPart(node24) ?? ''));

function runsOn(node: string): void {
  it('says its version', () => {
    assert.equal(run(node, ['--version']).trim(), version);
  });

  it('checks a configuration file', () => {
    assert.match(run(node, ['check', '--config', exampleConfig()]), /good/);
  });

  it('starts the gateway, which responds on its operations listener and ends on SIGTERM', async () => {
    const child = spawn(node, [command(), 'gateway', '--config', exampleConfig()], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output += String(chunk)));
    const listening = new Promise<string>((resolve, reject) => {
      child.stdout.on('data', () => {
        const address = /"operations":"([^"]+)"/.exec(output)?.[1];
        if (address !== undefined) resolve(address);
      });
      child.once('close', () => reject(new Error(output)));
    });
    const response = await fetch(`http://${await listening}/health/live`);
    assert.equal(response.status, 200);
    await response.arrayBuffer();
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null], output);
  });
}

function command(): string {
  return join(folder, 'lib/node_modules/beamgate/bin/beamgate.js');
}

function run(node: string, args: readonly string[]): string {
  return execFileSync(node, [command(), ...args], { cwd: folder, encoding: 'utf8' });
}

function exampleConfig(): string {
  const path = join(folder, 'gateway.yaml');
  writeFileSync(
    path,
    `publicUrl: http://127.0.0.1:8080/sso
trustedProxies: [127.0.0.1/32]
listen: { proxies: 127.0.0.1:0, public: 127.0.0.1:0, operations: 127.0.0.1:0 }
database: sqlite:${folder}/beamgate.sqlite
providers:
  scicat: { kind: scicat, url: http://127.0.0.1:9 }
apps:
  grafana: { url: http://127.0.0.1:8080/grafana, allow: { groups: [it] } }
`,
  );
  return path;
}

/** npm of the system, which need not run on the Node of this process. */
function npm(args: readonly string[], cwd: string): string {
  const path = `${dirname(process.execPath)}:${process.env.PATH}`;
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path, npm_config_loglevel: 'error' },
  });
}

/** npm 11 prints an array, later versions an object keyed by name. */
function namesIn(packed: string): readonly string[] {
  const start = packed.search(/^[[{]/m);
  const parsed: unknown = JSON.parse(packed.slice(start));
  const [first] = Object.values(parsed ?? {});
  return Array.isArray(first?.files) ? first.files.map(({ path }: { path: string }) => path) : [];
}
