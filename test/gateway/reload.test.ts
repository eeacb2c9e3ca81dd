// A running gateway, and another configuration in its place.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadTestedConfig } from '../../gateway/config-tests.ts';
import type { LoadConfig } from '../../gateway/reload.ts';
import { startGateway } from '../../gateway/start.ts';
import { createLogger } from '../../platform/log.ts';
import { startScicat } from '../simulators/scicat/start.ts';

const folder = mkdtempSync(join(tmpdir(), 'beamgate-reload-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type Parts = {
  readonly allow?: string;
  readonly top?: string;
  readonly scicat?: string;
  readonly url: string;
};

function load({ allow = 'signed-in', top = '', scicat = '', url }: Parts): ReturnType<LoadConfig> {
  const text = `publicUrl: https://lab.org/sso
database: sqlite:${join(folder, 'gateway.sqlite')}
listen: { proxies: 127.0.0.1:0, public: 127.0.0.1:0, operations: 127.0.0.1:0 }
providers: { scicat: { kind: scicat, url: ${url} ${scicat} } }
apps:
  a: { url: https://lab.org/a, allow: ${allow} }
${top}
`;
  return loadTestedConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
}

async function start(url: string) {
  const log: string[] = [];
  const first = await load({ url });
  assert.ok(first.ok);
  const gateway = await startGateway(first.value, {
    version: 'test',
    log: createLogger({
      service: 'gateway',
      level: 'info',
      destination: { write: (line: string) => void log.push(line) },
    }),
  });
  const ask = async (token?: string): Promise<number> => {
    const headers = {
      'X-Forwarded-Method': 'GET',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'lab.org',
      'X-Forwarded-Uri': '/a',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    };
    const answer = await fetch(`http://${gateway.addresses.proxies}/auth/traefik`, { headers });
    await answer.text();
    return answer.status;
  };
  const metrics = async () => (await fetch(`http://${gateway.addresses.operations}/metrics`)).text();
  return { gateway, ask, metrics, log };
}

describe('a reload', () => {
  it('takes a good file over, keeps verdicts, and refuses a bad one', async () => {
    const scicat = await startScicat();
    const { gateway, ask, metrics, log } = await start(scicat.url);
    try {
      const alice = await scicat.tokenFor('alice');
      assert.equal(await ask(), 401);
      assert.equal(await ask(alice), 200);
      await gateway.reload(() => load({ url: scicat.url, allow: 'public' }));
      assert.equal(await ask(), 200);
      await gateway.reload(() => load({ url: scicat.url }));
      scicat.setDatabase({ kind: 'down', answersAfterMs: 0 });
      assert.equal(await ask(alice), 200, 'the verdict of an unchanged provider is still known');
      assert.match(await metrics(), /beamgate_config_reloads_total\{result="taken"[^}]*\} 2/);

      await gateway.reload(() => load({ url: scicat.url, allow: 'publik' }));
      const failing = 'tests: [{ request: GET https://lab.org/a, expect: allow }]';
      await gateway.reload(() => load({ url: scicat.url, allow: 'nobody', top: failing }));
      await gateway.reload(() => Promise.reject(new Error('the file is gone')));
      assert.equal(await ask(alice), 200, 'the old one stays');
      assert.equal(await ask(), 401);
      assert.match(await metrics(), /beamgate_config_reloads_total\{result="refused"[^}]*\} 3/);
      assert.match(await metrics(), /beamgate_config_is_current\{[^}]*\} 0/);
      assert.match(log.join(''), /g\.yaml:7 tests\[0\]: expected allow, found forbid/);
      assert.match(log.join(''), /the file is gone.*configuration refused, the old one stays/);
    } finally {
      await gateway.close(1000);
      await scicat.stop();
    }
  });

  it('forgets what a changed provider has said', async () => {
    const scicat = await startScicat();
    const { gateway, ask } = await start(scicat.url);
    try {
      const alice = await scicat.tokenFor('alice');
      assert.equal(await ask(alice), 200);
      await gateway.reload(() => load({ url: scicat.url, scicat: ', jwtSecret: "test-only:another"' }));
      assert.equal(await ask(alice), 401);
      await gateway.reload(() => load({ url: scicat.url }));
      assert.equal(await ask(alice), 200);
    } finally {
      await gateway.close(1000);
      await scicat.stop();
    }
  });

  it('says which changes need a restart', async () => {
    const { gateway, ask, log } = await start('http://127.0.0.1:9');
    try {
      await gateway.reload(() =>
        load({ url: 'http://127.0.0.1:9', allow: 'public', top: 'log: { level: warn }' }),
      );
      assert.equal(await ask(), 200);
      assert.match(log.join(''), /"needsRestart":\["log\.level"\]/);
    } finally {
      await gateway.close(1000);
    }
  });
});
