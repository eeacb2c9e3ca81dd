// A WebSocket and an event stream in standalone mode end soon after the session that began them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { digestProviders } from '../../gateway/sessions/provider-digest.ts';
import { createTokenSeal } from '../../gateway/sessions/token-seal.ts';
import { startGateway } from '../../gateway/start.ts';
import { ConfigError } from '../../platform/config/load.ts';
import { createLogger } from '../../platform/log.ts';
import { openSessions, sampleSignedIn } from '../gateway/sessions/samples.ts';
import { portOf } from '../gateway/standalone/sockets.ts';
import { freePort } from './traefik.ts';

const encryptionKey = randomBytes(32);

it('a stream ends within seconds of the session that began it, at another gateway too', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-session-streams-'));
  const app = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: first\n\n');
  });
  const sockets = new WebSocketServer({ server: app });
  await once(app.listen(0, '127.0.0.1'), 'listening');
  const port = await freePort();
  const url = `sqlite:${join(folder, 'gateway.sqlite')}`;
  const addresses = { proxies: '127.0.0.1:0', public: '127.0.0.1:0', operations: '127.0.0.1:0' };
  const text = JSON.stringify({
    publicUrl: `http://localhost:${port}/sso`,
    listen: { ...addresses, standalone: `127.0.0.1:${port}` },
    database: url,
    assertion: { encryptionKey: `test-only:${encryptionKey.toString('base64url')}` },
    sessions: { cacheSeconds: 1 },
    providers: { keycloak: { kind: 'oidc', issuer: 'https://sso.lab.org', acceptTokensFor: ['x'] } },
    apps: {
      live: {
        url: `http://localhost:${port}/live`,
        upstream: `http://127.0.0.1:${portOf(app)}`,
        allow: 'signed-in',
        endStreams: 'with-credential',
      },
    },
  });
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  const log = createLogger({ service: 'gateway', level: 'silent' });
  const gateway = await startGateway(loaded.value, { version: 'test', log });
  t.after(async () => {
    await gateway.close(1000);
    sockets.close();
    app.closeAllConnections();
    app.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const clock = { nowMs: Date.now() };
  const { sessions } = await openSessions(t, { url, clock, seal: createTokenSeal([encryptionKey]) });
  const providerDigest = digestProviders(loaded.value.providers).get('keycloak') ?? '';
  const { id, session } = await sessions.begin(
    sampleSignedIn({ authTimeMs: clock.nowMs, providerDigest }),
    'localhost',
  );
  const headers = {
    Host: `localhost:${port}`,
    Cookie: `__Host-beamgate=${id}`,
    Origin: `http://localhost:${port}`,
  };
  const client = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers });
  await once(client, 'open');
  const asked = get({ host: '127.0.0.1', port, path: '/live/events', headers, agent: false });
  const [answer]: IncomingMessage[] = await once(asked, 'response');
  assert.equal(answer?.statusCode, 200);
  answer?.on('error', () => {}).resume();
  const ends = [client, answer].map((stream) => new Promise((resolve) => stream?.once('close', resolve)));
  const endedAtMs = performance.now();
  await sessions.end(session.key);
  await Promise.all(ends);
  const tookMs = performance.now() - endedAtMs;
  t.diagnostic(`ended after ${Math.round(tookMs)} ms`);
  assert.ok(tookMs < 10_000, `${tookMs} ms`);
});
