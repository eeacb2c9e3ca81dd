import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { Hono } from 'hono';
import { addressSchema, fetchListener, listen, renderAddress } from '../../platform/server.ts';
import { waitFor } from '../end-to-end/wait-for.ts';

const anyPort = { host: '127.0.0.1', port: 0 };

describe('an address', () => {
  const table: readonly (readonly [string, string, number])[] = [
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['[::1]:8080', '::1', 8080],
    [':8080', '::', 8080],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['localhost:65535', 'localhost', 65_535],
  ];
  for (const [written, host, port] of table)
    it(`is read from ${written}`, () => {
      assert.deepEqual(addressSchema.parse(written), { host, port });
    });

  for (const written of [
    '',
    '8080',
    'localhost',
    'localhost:',
    'a:65536',
    'a:-1',
    'a:1e3',
    '::1:80',
    '[::1]',
    'a b:1',
    'http://a:1',
  ])
    it(`is not ${JSON.stringify(written)}`, () => {
      assert.match(
        addressSchema.safeParse(written).error?.issues[0]?.message ?? '',
        /is no address: write host:port/,
      );
    });

  it('is written as it is read', () => {
    assert.equal(renderAddress({ host: '::1', port: 1 }), '[::1]:1');
    assert.equal(renderAddress({ host: 'a', port: 1 }), 'a:1');
  });
});

describe('a listener', () => {
  it('says which address it cannot have', async (t) => {
    const listener = await listen(anyPort, () => {});
    t.after(() => listener.close(0));
    await assert.rejects(
      listen(listener.address, () => {}),
      {
        message: new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${listener.address.port}: .*EADDRINUSE`),
      },
    );
  });

  const unreadable: readonly (readonly [string, string])[] = [
    ['no HTTP', 'hello\r\n\r\n'],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(70_000)}\r\n\r\n`],
    ['a header with a null byte', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: \0\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ];
  for (const [name, bytes] of unreadable)
    it(`answers ${name} with 400 in JSON`, async (t) => {
      const listener = await listen(anyPort, (_request, response) => void response.end('reached'));
      t.after(() => listener.close(0));
      const socket = connect(listener.address.port, '127.0.0.1', () => socket.write(bytes));
      const answer = await text(socket);
      assert.match(answer, /^HTTP\/1\.1 400 /);
      const body: unknown = JSON.parse(answer.split('\r\n\r\n')[1] ?? '');
      assert.deepEqual(body, {
        message: 'the request cannot be read: malformed, or its headers are too large',
        reason: 'unreadable_request',
      });
    });

  it('does not keep a connection for a client that sends rubbish and never hangs up', async (t) => {
    const listener = await listen(anyPort, () => {});
    t.after(() => listener.close(0));
    const closed = new Promise<void>((resolve) => {
      listener.server.on('connection', (socket) => void socket.on('close', resolve));
    });
    const client = connect({ port: listener.address.port, host: '127.0.0.1', allowHalfOpen: true });
    t.after(() => client.destroy());
    client.on('error', () => {});
    client.write('hello\r\n\r\n');
    await closed;
  });

  it('refuses rubbish once, however much comes behind it', async (t) => {
    const [refusals, sockets]: [string[], Socket[]] = [[], []];
    const listener = await listen(anyPort, () => {}, undefined, {
      onUnreadable: (why) => void refusals.push(why),
    });
    t.after(() => listener.close(0));
    listener.server.on('connection', (socket) => void sockets.push(socket));
    const client = connect({ port: listener.address.port, host: '127.0.0.1', allowHalfOpen: true });
    t.after(() => client.destroy());
    client.on('error', () => {}).resume();
    client.write('hello\r\n\r\n');
    await once(client, 'end');
    const [socket] = sockets;
    assert.ok(socket);
    for (let pieces = 0; pieces < 20; pieces += 1) {
      const bytesRead = socket.bytesRead;
      client.write('hello');
      await waitFor('it is read', () => socket.bytesRead > bytesRead || socket.destroyed);
    }
    assert.deepEqual(refusals, ['malformed']);
  });

  const isLinux = { skip: process.platform !== 'linux' && 'reusePort is for Linux' };
  it('shares its address with another, where both are told to', isLinux, async (t) => {
    const listener = await listen(anyPort, (_request, response) => void response.end('one'), undefined, {
      reusePort: true,
    });
    t.after(() => listener.close(0));
    const again = (options: { reusePort: boolean }) =>
      listen(listener.address, (_request, response) => void response.end('two'), undefined, options);
    await assert.rejects(again({ reusePort: false }), /EADDRINUSE/);
    const other = await again({ reusePort: true });
    t.after(() => other.close(0));
    const answers = new Set<string>();
    while (answers.size < 2) answers.add(await ask(t, listener.address.port));
    assert.deepEqual(answers, new Set(['one', 'two']));
  });

  it('answers a request with an expectation that nobody knows as any other', async (t) => {
    const listener = await listen(anyPort, (_request, response) => response.end('answered'));
    t.after(() => listener.close(0));
    const asked = get({ port: listener.address.port, headers: { expect: '200-ok' }, agent: false });
    const [answer] = await once(asked, 'response');
    assert.deepEqual([answer.statusCode, await text(answer)], [200, 'answered']);
  });

  it('takes headers of 60 kB', async (t) => {
    const listener = await listen(anyPort, (request, response) => {
      response.end(String(request.headers['x-a']?.length));
    });
    t.after(() => listener.close(0));
    assert.equal(await ask(t, listener.address.port, { 'X-A': 'a'.repeat(60_000) }), '60000');
  });

  it('sees every header, however many there are: none is left out for its number', async (t) => {
    const listener = await listen(anyPort, (request, response) => {
      response.end(String(request.rawHeaders.includes('X_Auth_Username')));
    });
    t.after(() => listener.close(0));
    const names = Array.from({ length: 2500 }, (_value, index) => `X-G${index}: 1`);
    const socket = connect(listener.address.port, '127.0.0.1');
    socket.write(
      ['GET / HTTP/1.1', 'Host: a', 'Connection: close', ...names, 'X_Auth_Username: root', '', ''].join(
        '\r\n',
      ),
    );
    assert.match(await text(socket), /true$/);
  });

  it('keeps a connection longer than Traefik does', async (t) => {
    const listener = await listen(anyPort, () => {});
    t.after(() => listener.close(0));
    assert.ok(listener.server.keepAliveTimeout > 90_000);
    assert.ok(listener.server.headersTimeout <= listener.server.requestTimeout);
  });
});

describe('the end of a listener', () => {
  it('answers what is open, and waits for no idle connection', async (t) => {
    const { promise: asked, resolve: ask1 } = Promise.withResolvers<void>();
    const { promise: mayAnswer, resolve: allow } = Promise.withResolvers<void>();
    const listener = await listen(anyPort, (request, response) => {
      if (request.url === '/idle') return void response.end('idle');
      ask1();
      void mayAnswer.then(() => response.end('answered'));
    });
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    await ask(t, listener.address.port, {}, { path: '/idle', agent });
    const open = ask(t, listener.address.port);
    await asked;
    const closed = listener.close(10_000);
    const isRefused = () =>
      ask(t, listener.address.port, {}, { path: '/idle' }).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
      );
    while (!(await isRefused()));
    allow();
    assert.equal(await open, 'answered');
    await closed;
  });

  it('answers who has connected, although nobody has looked at the connection yet', async (t) => {
    const listener = await listen(anyPort, (_request, response) => void response.end('answered'));
    const sockets = Array.from({ length: 50 }, () => connect(listener.address.port, '127.0.0.1'));
    t.after(() => sockets.forEach((socket) => void socket.destroy()));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const closed = listener.close(10_000);
    for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    for (const answer of await Promise.all(sockets.map((socket) => text(socket))))
      assert.match(answer, /answered$/);
    await closed;
  });

  it('lets a connection be used once more, and then says that it is the last time', async (t) => {
    const listener = await listen(anyPort, (_request, response) => void response.end('answered'));
    const socket = connect(listener.address.port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.setEncoding('utf8');
    const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    socket.write(request);
    const [first]: string[] = await once(socket, 'data');
    assert.match(first ?? '', /Connection: keep-alive/);
    const closed = listener.close(60_000);
    const isClosed = () => !listener.server.listening;
    while (!isClosed()) await new Promise((resolve) => setImmediate(resolve));
    socket.write(request);
    const last = await text(socket);
    assert.match(last, /Connection: close.*answered$/s);
    await closed;
  });

  it('cuts off what is still open when the time is up', async (t) => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const listener = await listen(anyPort, () => resolve());
    const open = ask(t, listener.address.port).catch((error: NodeJS.ErrnoException) => error.code);
    await asked;
    await listener.close(20);
    assert.equal(await open, 'ECONNRESET');
  });

  it('ends what was attached to it', async () => {
    let ended = 0;
    const listener = await listen(
      anyPort,
      () => {},
      () => ({
        end: () => {
          ended += 1;
        },
      }),
    );
    await listener.close(0);
    assert.equal(ended, 1);
  });
});

it('a web-standard handler is served', async (t) => {
  const app = new Hono();
  app.get('/a', (context) => context.text('hello'));
  const listener = await listen(anyPort, fetchListener(app.fetch));
  t.after(() => listener.close(0));
  assert.equal(await ask(t, listener.address.port, {}, { path: '/a' }), 'hello');
});

it('a web-standard handler never sees an address that is none: 400 in JSON', async (t) => {
  const app = new Hono();
  app.all('*', () => {
    throw new Error('it was reached');
  });
  const listener = await listen(anyPort, fetchListener(app.fetch));
  t.after(() => listener.close(0));
  for (const host of ['a b', '1.2.3.4.5', '[::1', 'a@b', 'a/b', 'a:99999', '']) {
    const socket = connect(listener.address.port, '127.0.0.1');
    socket.write(`GET /a HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const answer = await text(socket);
    assert.match(answer, /^HTTP\/1\.1 400 /, host);
    assert.match(answer, /"reason":"unreadable_request"/, host);
  }
});

async function ask(
  _t: TestContext,
  port: number,
  headers: Readonly<Record<string, string>> = {},
  options: { readonly path?: string; readonly agent?: Agent } = {},
): Promise<string> {
  const request = get({
    host: '127.0.0.1',
    port,
    headers,
    agent: options.agent ?? false,
    path: options.path ?? '/',
  });
  const [response]: IncomingMessage[] = await once(request, 'response');
  return response === undefined ? '' : text(response);
}
