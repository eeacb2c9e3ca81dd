// The gateway as a process: its file changes, and SIGHUP.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import { startBeamgate } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'beamgate-hup-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'gateway.yaml');
const secret = join(folder, 'secret');
const write = (allow: string): void =>
  writeFileSync(
    path,
    `publicUrl: https://lab.org/sso
database: sqlite:${join(folder, 'gateway.sqlite')}
listen: { proxies: 127.0.0.1:0, public: 127.0.0.1:0, operations: 127.0.0.1:0 }
providers: { scicat: { kind: scicat, url: "http://127.0.0.1:9", jwtSecret: "file:${secret}" } }
apps:
  a: { url: https://lab.org/a, allow: ${allow} }
`,
  );

describe('a gateway that starts', () => {
  it('is not ended by SIGHUP, and reads its file once more', async () => {
    writeFileSync(secret, 'one');
    write('signed-in');
    const database = join(folder, 'gateway.sqlite');
    rmSync(database, { force: true });
    const { process: child, output, ended } = startBeamgate(['gateway', '--config', path]);
    await waitFor('it has begun', () => existsSync(database));
    child.kill('SIGHUP');
    await waitFor('it has read it', () => output().includes('configuration taken over'));
    assert.match(output(), /"listening"/);
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  });
});

describe('a running gateway', () => {
  it('reads its file anew when it or a secret changes, and on SIGHUP; a mistake does not end it', async () => {
    writeFileSync(secret, 'one');
    write('signed-in');
    const { process: child, output, ended } = startBeamgate(['gateway', '--config', path]);
    const count = (text: string) => output().split(text).length - 1;
    await waitFor('it listens', () => output().includes('"listening"'));
    const address = /"proxies":"([^"]+)"/.exec(output())?.[1];
    const ask = async (): Promise<number> => {
      const headers = {
        'X-Forwarded-Method': 'GET',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Host': 'lab.org',
        'X-Forwarded-Uri': '/a',
      };
      return (await fetch(`http://${address}/auth/traefik`, { headers })).status;
    };
    assert.equal(await ask(), 401);
    write('public');
    await waitFor('the change of the file counts', async () => (await ask()) === 200);
    const taken = count('configuration taken over');
    writeFileSync(secret, 'another');
    await waitFor('the change of the secret counts', () => count('configuration taken over') > taken);
    write('publik');
    child.kill('SIGHUP');
    await waitFor('the mistake is logged', () => output().includes('configuration refused'));
    assert.match(output(), /gateway\.yaml:6 apps\.a\.allow/);
    assert.equal(await ask(), 200);
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
    assert.doesNotMatch(output(), /another/);
  });
});
