// `beamgate explain CODE`, asked of running services and of their logs, as at three in the morning.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { explainCode } from '../../cli/explain-code.ts';
import { createClient, field } from '../end-to-end/ask.ts';
import { startTestGateway, type TestGateway } from '../end-to-end/gateway.ts';
import { traefikHeaders } from '../gateway/samples.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { startBeamgate } from './processes.ts';

async function* lines(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

describe('explain with a code', () => {
  let scicat: ScicatSimulator;
  let gateway: TestGateway;
  let folder: string;
  let code: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'beamgate-explain-'));
    scicat = await startScicat();
    gateway = await startTestGateway({
      scicatUrl: scicat.url,
      top: { apps: { data: { url: 'https://lab.org/data', allow: { groups: ['P1'] } } } },
    });
    const client = createClient({ scheme: 'http', port: gateway.proxiesPort });
    const bearer = ['Authorization', `Bearer ${await scicat.tokenFor('alice')}`];
    const headers = traefikHeaders({ 'X-Forwarded-Uri': '/data/x' }, bearer);
    code = String(field(await client({ path: '/auth/traefik', host: 'gateway', headers }), 'code'));
  });

  after(async () => {
    await gateway?.stop();
    await scicat?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(...args: readonly string[]) {
    const { ended, output } = startBeamgate(['explain', ...args]);
    return { exitCode: await ended, output: output() };
  }

  it('asks the services that run here, until one knows it', async () => {
    const here = `127.0.0.1:${gateway.operationsPort}`;
    const heard = code.toLowerCase().replace('-', ' ');
    const { exitCode, output } = await run(heard, '--operations', '127.0.0.1:9', '--operations', here);
    assert.equal(exitCode, 0, output);
    assert.match(output, new RegExp(`^${code}, refused at `));
    assert.match(output, /^GET https:\/\/lab\.org\/data\/x from 192\.0\.2\.1$/m);
    assert.match(output, /^alice of realm scicat; groups p1, p2/m);
    assert.match(output, /^ {2}gateway\.yaml:\d+ data\.allow: decides$/m);
    assert.match(output, /the group is "p1", the rule has "P1": another case/);
  });

  it('finds it in a log, also behind what journalctl or docker writes before each line', async () => {
    const log = join(folder, 'gateway.log');
    const noise = ['', 'no JSON', `{"code":"CCCC-CCCC"}`, `talk of ${code}`];
    writeFileSync(
      log,
      [...noise, ...gateway.log.map((line) => `Nov 21 lab beamgate[7]: ${line.trim()}`)].join('\n'),
    );
    const { exitCode, output } = await run(code, '--log', log);
    assert.equal(exitCode, 0, output);
    assert.match(output, new RegExp(`^${code}, refused at \\d{4}-`));
    assert.match(output, /^forbid \(not_permitted\)$/m);
    assert.match(output, /^ {2}username: alice$/m);
    assert.match(output, /^ {2}line: gateway\.yaml:\d+$/m);
  });

  it('says where it has looked, and where else to look', async () => {
    const here = `127.0.0.1:${gateway.operationsPort}`;
    const asked = { heard: 'CCCC-CCCC', operations: [here, '127.0.0.1:9'], log: undefined };
    const { isAnswered, lines: told } = await explainCode(asked);
    assert.equal(isAnswered, false);
    assert.match(told.join('\n'), /knows no refusal CCCC-CCCC\n127\.0\.0\.1:9 does not answer\n.*--log FILE/);
  });

  it('says what is no code, and what is in no log', async () => {
    const none = await explainCode({ heard: 'GET', operations: [], log: undefined });
    assert.deepEqual([none.isAnswered, none.lines.length], [false, 1]);
    const absent = await explainCode({
      heard: 'CCCC-CCCC',
      operations: [],
      log: lines('{"code":"CCCC-CCC4"}'),
    });
    assert.deepEqual(absent, { isAnswered: false, lines: ['no line of the log has the code CCCC-CCCC'] });
  });
});
