// WebSockets and event streams end with the credential that began them, where the app says so.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { Authentication, Identity } from '../../../gateway/types.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { startStandalone, startUpstream } from './sockets.ts';

async function startStreams(t: TestContext, token: Partial<Identity>) {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: first\n\n');
  });
  const sockets = new WebSocketServer({ server: upstream.server });
  t.after(() => sockets.close());
  const known: Record<string, Partial<Identity> | Authentication | Error> = { token };
  const gateway = await startStandalone(t, upstream.url, { known });
  const headers = { Host: 'lab.localhost', Authorization: 'Bearer token' };
  return {
    known,
    gateway,
    sockets,
    socket: async (path: string): Promise<WebSocket> => {
      const client = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, { headers });
      t.after(() => client.terminate());
      await once(client, 'open');
      return client;
    },
    events: async (path: string): Promise<IncomingMessage> => {
      const asked = request({ host: '127.0.0.1', port: gateway.port, path, headers, agent: false }).end();
      t.after(() => asked.destroy());
      const [answer] = await once(asked, 'response');
      answer.on('error', () => {});
      await once(answer, 'data');
      return answer;
    },
  };
}

/** An event stream that is cut off is an error to its reader. */
const closed = (stream: IncomingMessage | WebSocket) =>
  new Promise<void>((resolve) => stream.once('close', () => resolve()));

const inSeconds = (seconds: number) => Math.ceil(Date.now() / 1000) + seconds;

describe('a stream of an app with endStreams', () => {
  it('ends when its token does, not before, and for the app too', async (t) => {
    const expiresAt = inSeconds(1);
    const { socket, events, gateway, sockets } = await startStreams(t, { expiresAt });
    const [client, answer] = [await socket('/live'), await events('/live')];
    const ends = [closed(client), closed(answer)];
    await Promise.all(ends);
    while (sockets.clients.size > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(Date.now() >= expiresAt * 1000);
    const ended = gateway.log.filter((line) => line.includes('stream ended'));
    assert.deepEqual(
      ended.map((line) => JSON.parse(line)).map(({ app, reason }) => `${app} ${reason}`),
      ['live token_expired', 'live token_expired'],
    );
  });

  it('ends soon after its credential is refused, or is another’s', async (t) => {
    for (const [now, reason] of [
      [{ kind: 'rejected', reason: 'token_refused' }, 'token_refused'],
      [{ kind: 'absent' }, 'no_credential'],
      [{ id: 'another' }, 'credential_of_another'],
    ] as const) {
      const { socket, events, known, gateway } = await startStreams(t, {});
      const [client, answer] = [await socket('/live'), await events('/live')];
      const ends = [closed(client), closed(answer)];
      known.token = now;
      await Promise.all(ends);
      assert.match(gateway.log.join(''), new RegExp(`"reason":"${reason}","msg":"stream ended"`));
    }
  });

  it('goes on while the provider is down: it has been let pass once', async (t) => {
    const { socket, known } = await startStreams(t, {});
    const client = await socket('/live');
    let asked = 0;
    Object.defineProperty(known, 'token', {
      get: () => {
        asked += 1;
        return new Unavailable({ dependency: 'scicat', reason: 'unreachable', message: 'down' });
      },
    });
    while (asked < 3) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(client.readyState, WebSocket.OPEN);
  });

  it('is left alone in an app that does not say so', async (t) => {
    const { socket, events, known, gateway } = await startStreams(t, {});
    const [others, ours] = [await socket('/echo'), await socket('/live')];
    const stream = await events('/echo');
    known.token = { kind: 'rejected', reason: 'token_refused' };
    await closed(ours);
    assert.equal(others.readyState, WebSocket.OPEN);
    assert.equal(stream.closed, false);
    assert.doesNotMatch(gateway.log.join(''), /"app":"echo".*stream ended/);
  });
});
