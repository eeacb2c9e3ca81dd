// A database that goes away under a running service: /health/ready says so, and what needs none goes on.
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { traefikHeaders } from '../gateway/samples.ts';
import { startScicat } from '../simulators/scicat/start.ts';
import { startScene } from '../transfer-service/scene.ts';
import { createClient } from './ask.ts';
import { startTestGateway } from './gateway.ts';
import { waitFor } from './wait-for.ts';

const answer = z.object({
  status: z.string(),
  dependencies: z.array(z.object({ name: z.string(), state: z.string(), reason: z.string().optional() })),
});

function databaseIn(json: unknown): string {
  const { status, dependencies } = answer.parse(json);
  const database = dependencies.find(({ name }) => name === 'database');
  return `${status}: ${database?.state} ${database?.reason ?? ''}`.trim();
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-lost-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('a database that is lost', () => {
  it('leaves the gateway serving tokens, and degraded', async (t) => {
    const file = join(makeFolder(t), 'gateway.sqlite');
    const scicat = await startScicat();
    const gateway = await startTestGateway({
      scicatUrl: scicat.url,
      top: {
        publicUrl: 'https://lab.org/sso',
        database: `sqlite:${file}`,
        apps: { data: { url: 'https://lab.org/data', allow: 'signed-in' } },
      },
    });
    t.after(() => Promise.all([gateway.stop(), scicat.stop()]));
    const ready = async () => {
      const told = await fetch(`http://127.0.0.1:${gateway.operationsPort}/health/ready`);
      return `${told.status} ${databaseIn(await told.json())}`;
    };
    assert.equal(await ready(), '200 ok: up');
    renameSync(file, `${file}.away`);
    await waitFor('it is noticed', async () => (await ready()) === '200 degraded: down lost');
    assert.match(gateway.log.join(''), /the file of the database was removed/);
    const headers = traefikHeaders({ 'X-Forwarded-Uri': '/data' }, [
      'Authorization',
      `Bearer ${await scicat.tokenFor('alice')}`,
    ]);
    const client = createClient({ scheme: 'http', port: gateway.proxiesPort });
    assert.equal((await client({ path: '/auth/traefik', host: 'gateway', headers })).status, 200);
    renameSync(`${file}.away`, file);
    await waitFor('it is back', async () => (await ready()) === '200 ok: up');
  });

  it('takes the transfer-service out of service, until it is back', async (t) => {
    const scene = await startScene(t);
    const file = join(scene.facility.root, 'transfers.sqlite');
    const ready = async () => {
      const told = await scene.askOperations('/health/ready');
      return `${told.status} ${databaseIn(told.json)}`;
    };
    assert.equal(await ready(), '200 ok: up');
    renameSync(file, `${file}.away`);
    await waitFor('it is noticed', async () => (await ready()) === '503 unavailable: down lost');
    renameSync(`${file}.away`, file);
    await waitFor('it is back', async () => (await ready()) === '200 ok: up');
  });
});
