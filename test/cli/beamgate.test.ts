import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { startBeamgate } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'beamgate-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const { ended, output } = startBeamgate(args);
  return { code: await ended, output: output() };
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('the beamgate command', () => {
  it('says what there is, and its version', async () => {
    const help = await run('--help');
    assert.equal(help.code, 0);
    for (const name of ['gateway', 'transfer-service', 'globus-proxy', 'check'])
      assert.match(help.output, new RegExp(`beamgate ${name}`));
    assert.match((await run('--version')).output, /^\d+\.\d+\.\d+\n$/);
  });

  it('helps with each command too, and does nothing else then', async () => {
    for (const name of ['gateway', 'check', 'explain', 'keys']) {
      const { code, output } = await run(name, '--help');
      assert.equal(code, 0);
      assert.match(output, /^beamgate \d[\s\S]*beamgate explain CODE/);
    }
  });

  it('says the same of explain where nothing is asked as in its help', async () => {
    const [help, { code, output }] = [await run('--help'), await run('explain')];
    assert.equal(code, 2);
    const lines = output.split('\n').filter((line) => line.includes('['));
    assert.equal(lines.length, 5);
    for (const line of lines) assert.ok(help.output.includes(line), line);
    assert.match(output, /--realm R\] \[--from ADDRESS\]/);
  });

  it('exits with 2 on an option that there is none of, and says so in words', async () => {
    for (const name of ['gateway', 'check', 'explain', 'keys']) {
      const { code, output } = await run(name, '--confg', 'x');
      assert.equal(code, 2, output);
      assert.match(output, /--confg/);
      assert.doesNotMatch(output, /^\s+at /m);
    }
  });

  it('exits with 2 on a command that there is none of', async () => {
    const { code, output } = await run('gatewy');
    assert.equal(code, 2);
    assert.match(output, /no command "gatewy"/);
  });

  it('checks a good file of either service, and exits with 0', async () => {
    for (const file of ['config/gateway.yaml', 'config/scicat-globus-proxy-config.yaml']) {
      const { code, output } = await run(
        'check',
        '--config',
        new URL(`../../${file}`, import.meta.url).pathname,
      );
      assert.equal(code, 0, output);
      assert.match(output, /good/);
    }
  });

  it('names every mistake of a bad file with its line, and exits with 2', async () => {
    const path = write(
      'bad.yaml',
      'publicUrl: https://lab.org/sso\nproviders: { scicat: { kind: scicat } }\napps:\n  a: { url: "https://lab.org/a", alow: public }\n',
    );
    const { code, output } = await run('check', '--config', path);
    assert.equal(code, 2);
    assert.match(output, /bad\.yaml:2 providers\.scicat\.url: missing/);
    assert.match(output, /bad\.yaml:4 apps\.a\.alow: unknown key, did you mean "allow"\?/);
    assert.match(output, /2 mistakes/);
  });

  it('says which file cannot be read', async () => {
    const { code, output } = await run('check', '--config', join(folder, 'nowhere.yaml'));
    assert.equal(code, 2);
    assert.match(output, /nowhere\.yaml: cannot be read \(ENOENT\)/);
  });

  it('starts no service on a bad file, and exits with 2', async () => {
    const gateway = write('gateway.yaml', 'publicUrl: 7\n');
    const transfers = write('transfers.yaml', 'scicatUrl: http://x\nport: 1\nfacilities: 3\n');
    const first = await run('gateway', '--config', gateway);
    assert.equal(first.code, 2);
    assert.match(first.output, /gateway\.yaml:1 publicUrl/);
    const second = await run('transfer-service', '--config', transfers);
    assert.equal(second.code, 2);
    assert.match(second.output, /transfers\.yaml:3 facilities/);
    assert.match(second.output, /GLOBUS_CLIENT_ID/);
  });
});
