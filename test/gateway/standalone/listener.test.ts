import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { valuesIn } from '../samples.ts';
import { portOf, startStandalone, startUpstream, statusAndReason } from './sockets.ts';

const get = (target: string, ...headers: readonly string[]): readonly string[] => [
  `GET ${target} HTTP/1.1`,
  'Host: lab.localhost',
  'Connection: close',
  ...headers,
  '',
  '',
];

describe('standalone mode', () => {
  it('passes on what may pass, with who it is and without the credential', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url);
    const answer = await gateway.send(
      ...get('/echo/a?b=c', 'Authorization: Bearer good', 'X-Auth-Username: mallory', 'X-Custom: 1'),
    );
    assert.match(answer, /^HTTP\/1\.1 200 OK.*hello/s);
    const [received] = upstream.received;
    assert.equal(received?.target, '/echo/a?b=c');
    const header = (name: string) => valuesIn(received?.rawHeaders ?? [], name);
    assert.deepEqual(header('x-auth-username'), ['alice']);
    assert.deepEqual(header('x-auth-groups'), ['p1,it']);
    assert.equal(header('x-auth-assertion').length, 1);
    assert.deepEqual(header('authorization'), []);
    assert.deepEqual(header('x-custom'), ['1']);
  });

  it('passes on the bytes that were judged', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url);
    const targets = [
      '/open/%41%7e/~a+b',
      '/open/caf%C3%A9',
      '/open?x=../../..&y=//z',
      '/open/?a?b',
      '/open/;a=1/b',
      '/open/a/',
      "/open/'(a)*!$,=:@",
    ];
    for (const target of targets) assert.match(await gateway.send(...get(target)), /^HTTP\/1\.1 200/, target);
    assert.deepEqual(
      upstream.received.map(({ target }) => target),
      targets,
    );
  });

  it('refuses as a proxy’s question is refused, and the app sees nothing', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url);
    const table: readonly (readonly [string, readonly string[]])[] = [
      ['401 no_credential', get('/echo')],
      ['401 token_refused', get('/echo', 'Authorization: Bearer bad')],
      ['403 nobody_allowed', get('/gone', 'Authorization: Bearer good')],
      ['403 no_app', get('/other')],
      ['400 invalid_path', get('/open/../echo')],
      ['400 invalid_path', get('/open/%2e%2e/echo')],
      ['400 invalid_path', get('/open//echo')],
      ['400 invalid_path', get('/open%2Fecho').with(0, 'GET /open/%2Fecho HTTP/1.1')],
      ['400 identity_header_from_outside', get('/open', 'X_Auth_Username: mallory')],
      ['400 identity_header_from_outside', get('/open', 'Connection: X-Auth-Username')],
      ['400 repeated_credential', get('/echo', 'Authorization: Bearer good', 'Authorization: Bearer good')],
      ['404 not_found', get('/elsewhere')],
    ];
    for (const [expected, lines] of table)
      assert.equal(statusAndReason(await gateway.send(...lines)), expected, lines.join(' '));
    assert.deepEqual(upstream.received, []);
  });

  it('serves its own pages below publicUrl itself', async (t) => {
    const gateway = await startStandalone(t, 'http://127.0.0.1:1');
    assert.match(await gateway.send(...get('/sso/whoami')), /^HTTP\/1\.1 200.*own page/s);
    assert.equal(statusAndReason(await gateway.send(...get('/sso/other'))), '403 no_rule');
  });

  it('passes a body on as it came, and the answer back', async (t) => {
    const upstream = await startUpstream(t, (_request, response) => {
      response.writeHead(201, { 'X-App': 'yes', 'Set-Cookie': ['a=1', 'b=2'] });
      response.end('made');
    });
    const gateway = await startStandalone(t, upstream.url);
    const post = (...lines: readonly string[]) =>
      gateway.send('POST /open/x HTTP/1.1', 'Host: lab.localhost', 'Connection: close', ...lines);
    const answer = await post('Content-Length: 5', '', 'abcde');
    assert.match(answer, /^HTTP\/1\.1 201.*x-app: yes.*made/is);
    assert.equal(answer.match(/set-cookie/gi)?.length, 2);
    await post('Transfer-Encoding: chunked', '', '3', 'abc', '2', 'de', '0', '', '');
    assert.deepEqual(
      upstream.received.map(({ body }) => body),
      ['abcde', 'abcde'],
    );
  });
});

describe('a rule by networks', () => {
  it('goes by the client that a proxy of ours speaks for, which is what the app is told too', async (t) => {
    const upstream = await startUpstream(t);
    const isTrustedProxy = (address: string) => address === '127.0.0.1';
    const gateway = await startStandalone(t, upstream.url, { isTrustedProxy });
    const ask = (...headers: readonly string[]) => gateway.send(...get('/inside', ...headers));
    const from = (address: string) => ask(`X-Forwarded-For: ${address}`, 'X-Forwarded-Proto: https');
    assert.equal(statusAndReason(await from('198.51.100.7')), '403 no_rule');
    assert.equal(statusAndReason(await from('10.1.1.1, 198.51.100.7')), '403 no_rule');
    assert.equal(statusAndReason(await from('unknown')), '400 client_address_unknown');
    assert.equal(statusAndReason(await ask()), '403 no_rule');
    assert.deepEqual(upstream.received, []);
    assert.match(await from('198.51.100.7, 10.1.1.1'), /^HTTP\/1\.1 200/);
    const header = (name: string) => valuesIn(upstream.received[0]?.rawHeaders ?? [], name);
    assert.deepEqual(header('x-forwarded-for'), ['10.1.1.1']);
    assert.deepEqual(header('x-forwarded-proto'), ['https']);
    assert.deepEqual(header('forwarded'), ['for=10.1.1.1;host=lab.localhost;proto=https']);
  });

  it('believes no address of a client that is no proxy of ours', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url);
    const answer = await gateway.send(...get('/inside', 'X-Forwarded-For: 10.1.1.1'));
    assert.equal(statusAndReason(answer), '403 no_rule');
    assert.deepEqual(upstream.received, []);
  });

  it('gives an app no address where none is known', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url, { isTrustedProxy: () => true });
    await gateway.send(...get('/open', 'X-Forwarded-For: unknown'));
    const header = (name: string) => valuesIn(upstream.received[0]?.rawHeaders ?? [], name);
    assert.deepEqual(header('x-forwarded-for'), []);
    assert.deepEqual(header('forwarded'), ['for=unknown;host=lab.localhost;proto=http']);
  });

  it('holds for a WebSocket behind a proxy of ours too', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url, { isTrustedProxy: () => true });
    const key = ['Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    const answer = await gateway.send(
      ...get('/inside', ...key, 'X-Forwarded-For: 198.51.100.7').with(2, 'Connection: Upgrade'),
    );
    assert.equal(statusAndReason(answer), '403 no_rule');
  });
});

describe('what must never pass', () => {
  it('is what a client says of itself, of its way and of the connection', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url);
    await gateway.send(
      ...get(
        '/open',
        'X-Forwarded-For: 1.1.1.1',
        'X-Forwarded-Host: evil',
        'X-Forwarded-Proto: gopher',
        'X-Forwarded-Prefix: /evil',
        'X-Forwarded-User: evil',
        'X_Forwarded_For: 1.1.1.1',
        'Forwarded: for=1.1.1.1',
        'X-Real-IP: 1.1.1.1',
        'X-Request-Id: evil',
        'TE: trailers',
        'Keep-Alive: timeout=1',
        'Proxy-Authorization: Basic eA==',
        'Proxy-Connection: keep-alive',
        'Trailer: X-Auth-Username',
        'Remote-User: evil',
        'x-webauth-user: evil',
        'Cookie: a=1; __Host-beamgate=secret',
        '__proto__: evil',
        '__proto__: evil',
      ),
    );
    const [received] = upstream.received;
    assert.ok(received !== undefined);
    assert.doesNotMatch(
      received.rawHeaders.join('\n').replace(/^__proto__\nevil$/gim, ''),
      /evil|1\.1\.1\.1|secret|gopher/,
    );
    const names = new Set(
      received.rawHeaders.filter((_value, at) => at % 2 === 0).map((name) => name.toLowerCase()),
    );
    for (const name of [
      'te',
      'keep-alive',
      'proxy-authorization',
      'proxy-connection',
      'trailer',
      'x-real-ip',
    ])
      assert.ok(!names.has(name), name);
    assert.deepEqual(valuesIn(received.rawHeaders, 'x-forwarded-for'), ['127.0.0.1']);
    assert.deepEqual(valuesIn(received.rawHeaders, 'x-forwarded-host'), ['lab.localhost']);
    assert.deepEqual(valuesIn(received.rawHeaders, 'forwarded'), [
      'for=127.0.0.1;host=lab.localhost;proto=http',
    ]);
    assert.deepEqual(valuesIn(received.rawHeaders, 'cookie'), ['a=1']);
    assert.deepEqual(valuesIn(received.rawHeaders, 'x-auth-username'), ['']);
  });

  it('is what Connection names', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url);
    await gateway.send(...get('/open', 'X-Secret: 1', 'X-Other: 2').with(2, 'Connection: close, X-Secret'));
    assert.deepEqual(valuesIn(upstream.received[0]?.rawHeaders ?? [], 'x-secret'), []);
    assert.deepEqual(valuesIn(upstream.received[0]?.rawHeaders ?? [], 'x-other'), ['2']);
  });

  const hidden = 'GET /gone/admin HTTP/1.1\r\nHost: lab.localhost\r\nX-Auth-Username: root\r\n\r\n';
  const asChunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
  const smuggling: readonly (readonly [string, readonly string[]])[] = [
    ...['GET', 'DELETE', 'OPTIONS', 'HEAD', 'POST'].flatMap((method): [string, readonly string[]][] => [
      [
        `${method} with a body whose Transfer-Encoding is hop-by-hop`,
        [method, 'Transfer-Encoding: chunked', 'Connection: close, Transfer-Encoding', '', asChunk],
      ],
      [
        `${method} with a body whose Content-Length is hop-by-hop`,
        [method, `Content-Length: ${hidden.length}`, 'Connection: close, content-length', '', hidden],
      ],
    ]),
    ['both framings', ['POST', 'Content-Length: 4', 'Transfer-Encoding: chunked', '', asChunk]],
    [
      'both framings, one hidden',
      ['POST', 'Content-Length: 4', 'Transfer_Encoding: x', 'Transfer-Encoding: chunked', '', asChunk],
    ],
    ['two lengths', ['POST', 'Content-Length: 0', `Content-Length: ${hidden.length}`, '', hidden]],
    ['a length with a sign', ['POST', `Content-Length: +${hidden.length}`, '', hidden]],
    ['an unknown encoding', ['POST', 'Transfer-Encoding: xchunked', '', asChunk]],
    ['chunked before another encoding', ['POST', 'Transfer-Encoding: chunked, identity', '', asChunk]],
    ['a space before the colon', ['POST', 'Transfer-Encoding : chunked', '', asChunk]],
    ['a folded header', ['GET', 'X-A: b', ' Transfer-Encoding: chunked', '', asChunk]],
    ['a bare line feed', ['GET', 'X-A: b\nTransfer-Encoding: chunked', '', asChunk]],
    ['a bare carriage return', ['GET', 'X-A: b\rX-Auth-Username: root', '', '']],
    ['a null byte', ['GET', 'X-A: b\u0000c', '', '']],
    ['a chunk size that is none', ['POST', 'Transfer-Encoding: chunked', '', `0x${asChunk}`]],
    ['another host that is hop-by-hop', ['GET', 'Connection: close, Host', '', '']],
    ['two hosts', ['GET', 'Host: evil', '', '']],
  ];
  for (const [name, [method = '', ...lines]] of smuggling)
    it(`is a request inside another: ${name}`, async (t) => {
      const upstream = await startUpstream(t);
      const gateway = await startStandalone(t, upstream.url);
      const connection = lines.some((line) => line.startsWith('Connection')) ? [] : ['Connection: close'];
      const answer = await gateway.send(
        `${method} /open HTTP/1.1`,
        'Host: lab.localhost',
        ...connection,
        ...lines,
      );
      const reasons = /^400 (?:unsupported_request|unreadable_request|invalid_host)$/;
      assert.match(statusAndReason(answer), method === 'HEAD' ? /^400/ : reasons);
      assert.deepEqual(upstream.received, []);
    });

  for (const method of ['GET', 'DELETE', 'OPTIONS', 'HEAD', 'POST'])
    it(`is a request inside the body of a ${method}`, async (t) => {
      const upstream = await startUpstream(t);
      const gateway = await startStandalone(t, upstream.url);
      await gateway.send(
        `${method} /open HTTP/1.1`,
        'Host: lab.localhost',
        'Connection: close',
        `Content-Length: ${hidden.length}`,
        '',
        hidden,
      );
      await gateway.send(
        `${method} /open HTTP/1.1`,
        'Host: lab.localhost',
        'Connection: close',
        'Transfer-Encoding: chunked',
        '',
        asChunk,
      );
      assert.deepEqual(
        upstream.received.map(({ target }) => target),
        ['/open', '/open'],
      );
    });

  it('is what stands behind a request that is malformed, as long as the connection lasts', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url);
    const answer = await gateway.send(
      'POST /open HTTP/1.0',
      'Host: lab.localhost',
      'Connection: keep-alive',
      'Transfer-Encoding: chunked',
      '',
      '0',
      '',
      ...get('/open'),
    );
    assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1);
    assert.match(statusAndReason(answer), /^400 unsupported_request/);
    assert.deepEqual(upstream.received, []);
  });

  const forms: readonly (readonly [string, readonly string[]])[] = [
    ['an absolute target', ['GET http://lab.localhost/open HTTP/1.1', 'Host: lab.localhost']],
    ['an absolute target of another host', ['GET http://evil/open HTTP/1.1', 'Host: lab.localhost']],
    ['OPTIONS *', ['OPTIONS * HTTP/1.1', 'Host: lab.localhost']],
    ['CONNECT', ['CONNECT lab.localhost:80 HTTP/1.1', 'Host: lab.localhost']],
    ['no host', ['GET /open HTTP/1.1']],
    ['an empty host', ['GET /open HTTP/1.1', 'Host: ']],
    ['no host, HTTP/1.0', ['GET /open HTTP/1.0']],
    ['a host with a user', ['GET /open HTTP/1.1', 'Host: a@lab.localhost']],
    ['a backslash', ['GET /open\\..\\echo HTTP/1.1', 'Host: lab.localhost']],
    ['a fragment', ['GET /open#/echo HTTP/1.1', 'Host: lab.localhost']],
    ['a method of its own', ['get /open HTTP/1.1', 'Host: lab.localhost']],
    ['HTTP/2 by prior knowledge', ['PRI * HTTP/2.0', '', 'SM']],
    ['a line that is none', ['hello']],
    ['headers of 70 kB', ['GET /open HTTP/1.1', 'Host: lab.localhost', `X-A: ${'a'.repeat(70_000)}`]],
  ];
  for (const [name, lines] of forms)
    it(`is ${name}: 400 in JSON`, async (t) => {
      const upstream = await startUpstream(t);
      const gateway = await startStandalone(t, upstream.url);
      const answer = await gateway.send(
        ...lines,
        ...(/ HTTP\/1/.test(lines[0] ?? '') ? ['Connection: close'] : []),
        '',
        '',
      );
      assert.match(statusAndReason(answer), /^400 \w+$/);
      assert.deepEqual(upstream.received, []);
    });
});

describe('an app that does not answer', () => {
  it('is 502 where nobody listens', async (t) => {
    const gateway = await startStandalone(t, 'http://127.0.0.1:1');
    assert.equal(statusAndReason(await gateway.send(...get('/open'))), '502 upstream_unreachable');
    assert.match(gateway.log.join(''), /ECONNREFUSED/);
  });

  it('is 502 where it hangs up', async (t) => {
    const port = await startRaw(t, (socket) => void socket.destroy());
    const gateway = await startStandalone(t, `http://127.0.0.1:${port}`);
    assert.equal(statusAndReason(await gateway.send(...get('/open'))), '502 upstream_unreachable');
  });

  it('is 502 where it speaks no HTTP', async (t) => {
    const port = await startRaw(t, (socket) => void socket.end('hello\r\n\r\n'));
    const gateway = await startStandalone(t, `http://127.0.0.1:${port}`);
    assert.equal(statusAndReason(await gateway.send(...get('/open'))), '502 upstream_unreachable');
  });

  it('is 504 where it takes too long, and the app’s end of it is given up', async (t) => {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const upstream = await startUpstream(t, (request) => void request.socket.on('close', close));
    const gateway = await startStandalone(t, upstream.url, { limits: { answerMs: 50 } });
    assert.equal(statusAndReason(await gateway.send(...get('/open'))), '504 upstream_timeout');
    await closed;
    assert.match(gateway.log.join(''), /upstream_timeout/);
  });

  it('is no 504 where it has begun to answer', async (t) => {
    const upstream = await startUpstream(t, (_request, response) => {
      response.write('a');
      setTimeout(() => response.end('b'), 120);
    });
    const gateway = await startStandalone(t, upstream.url, { limits: { answerMs: 50 } });
    assert.match(await gateway.send(...get('/open')), /^HTTP\/1\.1 200.*b/s);
  });

  it('is cut off where it stops half-way: nobody takes half an answer for a whole one', async (t) => {
    const upstream = await startUpstream(t, (_request, response) => {
      response.writeHead(200, { 'Content-Length': '10' });
      response.write('half', () => response.destroy());
    });
    const gateway = await startStandalone(t, upstream.url);
    const answer = await gateway.send(...get('/open')).catch(() => 'cut off');
    assert.doesNotMatch(answer, /upstream_unreachable/);
  });

  it('is found at an IPv6 address', async (t) => {
    const upstream = await startUpstream(t);
    const port = new URL(upstream.url).port;
    upstream.server.close();
    await once(upstream.server.listen(Number(port), '::1'), 'listening');
    const gateway = await startStandalone(t, `http://[::1]:${port}`);
    assert.match(await gateway.send(...get('/open')), /^HTTP\/1\.1 200/);
  });
});

describe('an upgrade', () => {
  const upgrade = (target: string, ...headers: readonly string[]): readonly string[] => [
    `GET ${target} HTTP/1.1`,
    'Host: lab.localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '',
    '',
  ];

  it('to a websocket goes through the same decision, and then both ways', async (t) => {
    const upstream = await startUpstream(t);
    const sockets = new WebSocketServer({ server: upstream.server });
    t.after(() => sockets.close());
    const users: (string | string[] | undefined)[] = [];
    sockets.on('connection', (socket, request) => {
      users.push(request.headers['x-auth-username'], request.headers.authorization);
      socket.on('message', (data) => socket.send(`echo ${String(data)}`));
    });
    const gateway = await startStandalone(t, upstream.url);
    const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/echo/live`, {
      headers: { Host: 'lab.localhost', Authorization: 'Bearer good', 'X-Auth-Username': 'mallory' },
    });
    await once(client, 'open');
    client.send('hello');
    const [message] = await once(client, 'message');
    assert.equal(String(message), 'echo hello');
    assert.deepEqual(users, ['alice', undefined]);
    client.close();
    await once(client, 'close');
  });

  it('that may not pass is refused, not redirected, and the app sees nothing', async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startStandalone(t, upstream.url);
    const table: readonly (readonly [string, readonly string[]])[] = [
      ['401 no_credential', upgrade('/echo', 'Sec-Fetch-Mode: navigate')],
      ['403 nobody_allowed', upgrade('/gone', 'Authorization: Bearer good')],
      ['403 no_app', upgrade('/other')],
      ['404 not_found', upgrade('/elsewhere')],
      ['400 invalid_path', upgrade('/open/../echo')],
      ['400 identity_header_from_outside', upgrade('/open', 'X_Auth_Username: root')],
      ['400 unsupported_request', upgrade('/open').with(3, 'Upgrade: h2c')],
      ['400 unsupported_request', upgrade('/open').with(3, 'Upgrade: websocket, h2c')],
      ['400 unsupported_request', upgrade('/open', 'Upgrade: h2c')],
      ['400 unsupported_request', upgrade('/open').with(0, 'POST /open HTTP/1.1')],
      ['400 unsupported_request', [...upgrade('/open', 'Content-Length: 5'), 'abcde']],
      ['400 unsupported_request', [...upgrade('/open', 'Transfer-Encoding: chunked'), '0\r\n\r\n']],
    ];
    for (const [expected, lines] of table)
      assert.equal(statusAndReason(await gateway.send(...lines)), expected, lines.join(' '));
    assert.deepEqual(upstream.received, []);
  });

  it('is 502 where nobody listens, not a socket that hangs up', async (t) => {
    const gateway = await startStandalone(t, 'http://127.0.0.1:1');
    assert.equal(statusAndReason(await gateway.send(...upgrade('/open'))), '502 upstream_unreachable');
  });

  it('is 504 where the app takes too long', async (t) => {
    const port = await startRaw(t, () => {});
    const gateway = await startStandalone(t, `http://127.0.0.1:${port}`, { limits: { answerMs: 50 } });
    assert.equal(statusAndReason(await gateway.send(...upgrade('/open'))), '504 upstream_timeout');
  });

  it('that the app refuses is answered as the app answers', async (t) => {
    const upstream = await startUpstream(t);
    upstream.server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
    });
    const gateway = await startStandalone(t, upstream.url);
    assert.match(await gateway.send(...upgrade('/open')), /^HTTP\/1\.1 426.*no$/s);
  });

  it('that breaks off later is no HTTP answer in the middle of its frames', async (t) => {
    const port = await startRaw(t, (socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
        () => {
          socket.resetAndDestroy();
        },
      );
    });
    const gateway = await startStandalone(t, `http://127.0.0.1:${port}`);
    const answer = await gateway.send(...upgrade('/open')).catch(() => '');
    assert.doesNotMatch(answer, /upstream_unreachable/);
  });
});

async function startRaw(t: TestContext, onRequest: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => onRequest(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return portOf(server);
}
