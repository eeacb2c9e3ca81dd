// The limits of standalone mode, with real sockets on both sides.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import {
  portOf,
  type RunningStandalone,
  startStandalone,
  startUpstream,
  statusAndReason,
} from './sockets.ts';

async function open(t: TestContext, gateway: RunningStandalone, bytes = ''): Promise<Socket> {
  const socket = connect(gateway.port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

const get = (target: string, ...headers: readonly string[]) =>
  [`GET ${target} HTTP/1.1`, 'Host: lab.localhost', ...headers, '', ''].join('\r\n');

const post = 'POST /open HTTP/1.1\r\nHost: lab.localhost\r\nContent-Length: 10\r\n\r\nabc';

async function counted(gateway: RunningStandalone, limit: string): Promise<boolean> {
  const metrics = await gateway.registry.metrics();
  const line = `beamgate_standalone_limits_total{limit="${limit}",service="gateway"} 1`;
  return metrics.includes(line) && gateway.log.join('').includes(`"limit":"standalone.${limit}"`);
}

/** What the admin is told who asks by the code in that answer. */
function explained({ gate }: RunningStandalone, answer: string): string {
  const code = /"code":"([^"]+)"/.exec(answer)?.[1] ?? '';
  return gate.refusals.find(code)?.join('\n') ?? 'nothing';
}

describe('the connections of clients', () => {
  it('are so many of one address, and no more until one is closed; the others’ go on', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url, { limits: { maxConnectionsPerClient: 2 } });
    const [first] = [await open(t, gateway), await open(t, gateway)];
    const third = await open(t, gateway);
    await once(third, 'close');
    assert.ok(await counted(gateway, 'maxConnectionsPerClient'));
    first?.end();
    await once(first ?? third, 'close');
    const again = await open(t, gateway, get('/open', 'Connection: close'));
    assert.match(await text(again), /^HTTP\/1\.1 200/);
  });

  it('are not limited for a proxy of ours, which speaks for many', async (t) => {
    const upstream = await startUpstream(t);
    const options = { limits: { maxConnectionsPerClient: 1 }, isTrustedProxy: () => true };
    const gateway = await startStandalone(t, upstream.url, options);
    await open(t, gateway);
    const second = await open(t, gateway, get('/open', 'Connection: close'));
    assert.match(await text(second), /^HTTP\/1\.1 200/);
  });

  it('are so many in all', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url, { limits: { maxConnections: 1 } });
    await open(t, gateway);
    await once(await open(t, gateway), 'close');
    assert.ok(await counted(gateway, 'maxConnections'));
  });

  it('are closed when they have been idle long enough', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url, { limits: { idleMs: 50 } });
    const socket = await open(t, gateway, get('/open'));
    assert.match(await text(socket), /^HTTP\/1\.1 200 OK.*hello$/s);
  });
});

describe('a request', () => {
  it('whose headers do not come is 408', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url, { limits: { headersMs: 100 } });
    const socket = await open(t, gateway, 'GET /open HTTP/1.1\r\nHost: lab.localhost\r\n');
    assert.equal(statusAndReason(await text(socket)), '408 request_too_slow');
    assert.ok(await counted(gateway, 'headersMs'));
    assert.deepEqual(upstream.received, []);
  });

  it('whose headers are too large is 400', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url, { limits: { maxHeaderBytes: 8192 } });
    const socket = await open(t, gateway, get('/open', `X-A: ${'a'.repeat(9000)}`));
    assert.equal(statusAndReason(await text(socket)), '400 unreadable_request');
    assert.ok(await counted(gateway, 'maxHeaderBytes'));
  });

  it('whose body stops coming is 408, and the app’s end of it is given up', async (t) => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const begun = once(server, 'request');
    const gateway = await startStandalone(t, `http://127.0.0.1:${portOf(server)}`, {
      limits: { stalledMs: 100 },
    });
    const socket = await open(t, gateway, post);
    const [request] = await begun;
    const givenUp = new Promise((resolve) => request.socket.once('close', resolve));
    assert.equal(statusAndReason(await text(socket)), '408 request_too_slow');
    await givenUp;
    assert.ok(await counted(gateway, 'stalledMs'));
  });

  it('whose body stops coming, to a page of the gateway’s own, is cut off', async (t) => {
    const gateway = await startStandalone(t, 'http://127.0.0.1:1', {
      limits: { stalledMs: 100 },
      ownPages: (request, response) =>
        void text(request).then(
          (body) => response.end(body),
          () => {},
        ),
    });
    const socket = await open(t, gateway, post.replace('/open', '/sso/login'));
    assert.equal(await text(socket), '');
    assert.ok(await counted(gateway, 'stalledMs'));
  });

  /** Sends pieces of a body of that length, one every 50 ms, for as long as the connection lasts. */
  async function sendSlowly(t: TestContext, gateway: RunningStandalone, lengthBytes: number, piece: string) {
    const head = `POST /open HTTP/1.1\r\nHost: lab.localhost\r\nConnection: close\r\nContent-Length: ${lengthBytes}\r\n\r\n`;
    const socket = await open(t, gateway, head);
    const answered = text(socket);
    const drip = setInterval(() => void socket.write(piece), 50);
    t.after(() => clearInterval(drip));
    return answered;
  }

  it('that takes long while its body moves is passed on', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url, { limits: { stalledMs: 200, headersMs: 200 } });
    // 10 kB/s, for some of these times.
    const piece = 'a'.repeat(500);
    assert.match(await sendSlowly(t, gateway, 24 * 500, piece), /^HTTP\/1\.1 200/);
    assert.equal(upstream.received[0]?.body, piece.repeat(24));
  });

  it('whose body drips is 408, and the app’s end of it is given up', async (t) => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const begun = once(server, 'request');
    const gateway = await startStandalone(t, `http://127.0.0.1:${portOf(server)}`, {
      limits: { stalledMs: 400 },
    });
    const answered = sendSlowly(t, gateway, 1000, 'a');
    const [request] = await begun;
    const givenUp = new Promise((resolve) => request.socket.once('close', resolve));
    assert.equal(statusAndReason(await answered), '408 request_too_slow');
    await givenUp;
    assert.ok(await counted(gateway, 'stalledMs'));
  });

  it('whose body drips to an app that has begun to answer is left to both of them', async (t) => {
    const server = createServer((request, response) => {
      response.write('begun ');
      request.pipe(response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const gateway = await startStandalone(t, `http://127.0.0.1:${portOf(server)}`, {
      limits: { stalledMs: 200 },
    });
    assert.match(await sendSlowly(t, gateway, 20, 'a'), /begun/);
    assert.doesNotMatch(gateway.log.join(''), /stalledMs/);
  });

  it('whose body the app does not take is 504', async (t) => {
    const sockets = new Set<Socket>();
    const app = createTcpServer((socket) => {
      socket.pause();
      sockets.add(socket.on('error', () => {}));
    });
    await once(app.listen(0, '127.0.0.1'), 'listening');
    t.after(() => {
      app.close();
      for (const socket of sockets) socket.destroy();
    });
    const gateway = await startStandalone(t, `http://127.0.0.1:${portOf(app)}`, {
      limits: { stalledMs: 200 },
    });
    const length = 100_000_000;
    const socket = await open(t, gateway);
    socket.write(`POST /open HTTP/1.1\r\nHost: lab.localhost\r\nContent-Length: ${length}\r\n\r\n`);
    socket.write(Buffer.alloc(length));
    const [answer] = await once(socket, 'data');
    assert.equal(statusAndReason(String(answer)), '504 upstream_timeout');
    assert.ok(await counted(gateway, 'stalledMs'));
  });

  it('whose answer the client does not take is cut off', async (t) => {
    const upstream = await startUpstream(
      t,
      (_request, response) => void response.end(Buffer.alloc(100_000_000)),
    );
    const gateway = await startStandalone(t, upstream.url, { limits: { stalledMs: 200 } });
    const socket = await open(t, gateway, get('/open'));
    socket.pause();
    const noted = async () => counted(gateway, 'stalledMs');
    while (!(await noted())) await new Promise((resolve) => setImmediate(resolve));
    socket.resume();
    await once(socket, 'close');
    assert.ok(socket.bytesRead < 100_000_000);
  });

  it('that an app thinks about, and an event stream that is silent, are left alone', async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      const isStream = request.url === '/open/stream';
      if (isStream) response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      setTimeout(() => response.end('late'), 500);
    });
    const gateway = await startStandalone(t, upstream.url, { limits: { stalledMs: 100, idleMs: 100 } });
    const asked = ['/open/slow', '/open/stream'].map((target) =>
      gateway.send(get(target, 'Connection: close')),
    );
    for (const answer of await Promise.all(asked)) assert.match(answer, /^HTTP\/1\.1 200.*late/s);
  });
});

describe('an app with as many requests as it is given', () => {
  it('gets no more; one that waits too long is 504 and never sent', async (t) => {
    const { promise: mayAnswer, resolve: allow } = Promise.withResolvers<void>();
    const upstream = await startUpstream(t, (_request, response) => {
      void mayAnswer.then(() => response.end('answered'));
    });
    const limits = { maxConnectionsPerApp: 1, connectMs: 100 };
    const gateway = await startStandalone(t, upstream.url, { limits, isTrustedProxy: () => true });
    const first = gateway.send(get('/open/first', 'Connection: close'));
    while (upstream.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = await gateway.send(get('/open/second', 'Connection: close'));
    assert.equal(statusAndReason(second), '504 upstream_timeout');
    assert.ok(await counted(gateway, 'maxConnectionsPerApp'));
    assert.match(explained(gateway, second), /standalone\.maxConnectionsPerApp: all places/);
    allow();
    assert.match(await first, /answered/);
    assert.match(await gateway.send(get('/open/third', 'Connection: close')), /answered/);
    assert.deepEqual(
      upstream.received.map(({ target }) => target),
      ['/open/first', '/open/third'],
    );
  });

  it('gives one client a quarter of its places; the others have theirs while that one waits', async (t) => {
    const server = createServer((request, response) => {
      if (request.method === 'GET') response.end('answered');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const limits = { maxConnectionsPerApp: 4, connectMs: 200 };
    const isTrustedProxy = (address: string) => address === '127.0.0.1';
    const gateway = await startStandalone(t, `http://127.0.0.1:${portOf(server)}`, {
      limits,
      isTrustedProxy,
    });
    const from = (client: string) => `X-Forwarded-For: ${client}`;
    const begun = once(server, 'request');
    await open(t, gateway, post.replace('\r\n\r\n', `\r\n${from('2001:db8::1')}\r\n\r\n`));
    await begun;
    const ask = (client: string) => gateway.send(get('/open', 'Connection: close', from(client)));
    const waiting = ask('2001:db8::2');
    assert.match(await ask('198.51.100.7'), /answered/);
    assert.equal(statusAndReason(await waiting), '504 upstream_timeout');
    assert.ok(await counted(gateway, 'maxConnectionsPerApp'));
    assert.match(gateway.log.join(''), /"app":"open","client":"2001:db8:0:0::\/64"/);
    assert.match(
      explained(gateway, await waiting),
      /standalone\.maxConnectionsPerApp: its client had its share/,
    );
  });

  it('gives a proxy of ours that does not say for whom it asks all of them', async (t) => {
    const server = createServer((request, response) => {
      if (request.method === 'GET') response.end('answered');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const options = { limits: { maxConnectionsPerApp: 2 }, isTrustedProxy: () => true };
    const gateway = await startStandalone(t, `http://127.0.0.1:${portOf(server)}`, options);
    const begun = once(server, 'request');
    await open(t, gateway, post);
    await begun;
    assert.match(await gateway.send(get('/open', 'Connection: close')), /answered/);
  });

  it('has place for more while event streams are open', async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      if (request.url !== '/open/stream') return void response.end('answered');
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
    });
    const limits = { maxConnectionsPerApp: 1, connectMs: 1000 };
    const gateway = await startStandalone(t, upstream.url, { limits });
    const stream = await open(t, gateway, get('/open/stream'));
    await once(stream, 'data');
    assert.match(await gateway.send(get('/open/x', 'Connection: close')), /answered/);
  });

  it('that takes no connection is 504', async (t) => {
    // TEST-NET-1: nobody answers there, or the system says at once that there is no way.
    const gateway = await startStandalone(t, 'http://192.0.2.1:9', { limits: { connectMs: 100 } });
    const answer = await gateway.send(get('/open', 'Connection: close'));
    assert.match(statusAndReason(answer), /^50[24] upstream_(?:timeout|unreachable)$/);
  });
});
