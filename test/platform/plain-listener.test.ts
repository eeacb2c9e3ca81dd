import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import type { Answering } from '../../platform/plain-connections.ts';
import { listenPlain } from '../../platform/plain-listener.ts';
import { waitFor } from '../end-to-end/wait-for.ts';

const echo: Answering = {
  answer: ({ method, url, headers }) => ({
    status: 200,
    headers: ['X-Seen', headers.join('|')],
    body: `${method} ${url}\n`,
  }),
  answerBug: (error) => ({ status: 500, headers: [], body: error instanceof Error ? error.message : '' }),
};

/** Answers `/a` once it may. */
function held() {
  const { promise: mayAnswer, resolve: allow } = Promise.withResolvers<void>();
  let asked = 0;
  const answering: Answering = {
    ...echo,
    answer: async (request, peer) => {
      asked += 1;
      if (request.url === '/a') await mayAnswer;
      return echo.answer(request, peer);
    },
  };
  return { answering, asked: () => asked, allow };
}

async function open(t: TestContext, answering: Answering = echo) {
  const listener = await listenPlain({ host: '127.0.0.1', port: 0 }, answering);
  t.after(() => listener.close(0));
  const client = (): Socket => {
    const socket = connect(listener.address.port, '127.0.0.1').setEncoding('latin1');
    t.after(() => socket.destroy());
    return socket;
  };
  return { listener, client };
}

/** Everything that comes back for these bytes, until the connection ends. */
async function told(t: TestContext, bytes: string, answering?: Answering): Promise<string> {
  const { client } = await open(t, answering);
  const socket = client();
  socket.write(bytes, 'latin1');
  return await text(socket);
}

const plain = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const last = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
const pathsIn = (answers: string) => [...answers.matchAll(/^[A-Z]+ (\/\w+)$/gm)].map(([, path]) => path);
const isAnswered = (received: string) => received.includes('\n', received.indexOf('\r\n\r\n') + 4);

async function answerTo(socket: Socket, request: string): Promise<string> {
  let received = '';
  socket.write(request, 'latin1');
  while (!isAnswered(received)) received += (await once(socket, 'data'))[0];
  return received;
}

describe('a listener for plain requests', () => {
  it('answers one after the other on one connection', async (t) => {
    const { client } = await open(t);
    const socket = client();
    const answer = await answerTo(socket, 'GET /a HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: \xe9\r\n\r\n');
    const [head = '', body] = answer.split('\r\n\r\n');
    assert.deepEqual(head.replace(/^Date: .*$/m, 'Date: now').split('\r\n'), [
      'HTTP/1.1 200 OK',
      'Content-Length: 7',
      'Date: now',
      'X-Seen: Host|x|X-A|1|x-a|\xe9',
    ]);
    assert.equal(body, 'GET /a\n');
    const date = Date.parse(/^Date: (.*)\r$/m.exec(answer)?.[1] ?? '');
    assert.ok(Math.abs(Date.now() - date) < 5000);
    assert.match(await answerTo(socket, plain('/b')), /GET \/b\n$/);
  });

  it('answers with a body that is no ASCII', async (t) => {
    const { client } = await open(t, {
      ...echo,
      answer: () => ({ status: 403, headers: [], body: 'für dich\n' }),
    });
    const answer = await answerTo(client(), plain('/a'));
    assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\nContent-Length: 10\r\n/);
    assert.equal(Buffer.from(answer.split('\r\n\r\n')[1] ?? '', 'latin1').toString(), 'für dich\n');
  });

  it('waits for a head that comes in pieces', async (t) => {
    const { client } = await open(t);
    const socket = client();
    for (const piece of ['GET /a HT', 'TP/1.1\r\nHos', 't: x\r\n\r']) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.match(await answerTo(socket, '\n'), /X-Seen: Host\|x\r\n.*GET \/a\n$/s);
  });

  it('waits for one that comes byte by byte, as node:http does', async (t) => {
    const { client } = await open(t);
    const socket = client().setNoDelay();
    const head = last('/a');
    for (const byte of head) {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.match(await text(socket), /GET \/a\n$/);
  });

  it('answers several that come at once, in their order, also where an answer takes its time', async (t) => {
    const slow: Answering = {
      ...echo,
      answer: async (request, peer) => {
        await new Promise((resolve) => setImmediate(resolve));
        return echo.answer(request, peer);
      },
    };
    for (const answering of [echo, slow]) {
      const answers = await told(t, plain('/a') + plain('/b') + last('/c'), answering);
      assert.deepEqual(pathsIn(answers), ['/a', '/b', '/c']);
    }
  });

  it('answers what came while the answer before was on its way', async (t) => {
    const { answering, asked, allow } = held();
    const { client } = await open(t, answering);
    const socket = client();
    socket.write(plain('/a'));
    await waitFor('the first is asked', () => asked() === 1);
    socket.write(plain('/b'));
    socket.write(last('/c'));
    await new Promise((resolve) => setImmediate(resolve));
    allow();
    assert.deepEqual(pathsIn(await text(socket)), ['/a', '/b', '/c']);
  });

  for (const [name, head, body] of [
    ['a length', 'Content-Length: 25', 'GET /smuggled HTTP/1.1\r\n\r\n'.slice(0, 25)],
    ['chunks', 'Transfer-Encoding: chunked', '1a\r\nGET /smuggled HTTP/1.1\r\n\r\n\r\n0\r\n\r\n'],
  ] as const)
    for (const method of ['GET', 'POST'])
      it(`takes a body of a ${method} with ${name} for no request, and goes on after it`, async (t) => {
        const first = `${method} /a HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n${body}`;
        assert.deepEqual(pathsIn(await told(t, first + last('/b'))), ['/a', '/b']);
        const { client } = await open(t);
        const socket = client();
        assert.match(await answerTo(socket, plain('/before')), /GET \/before\n$/);
        socket.write(first);
        socket.write(last('/b'));
        assert.deepEqual(pathsIn(await text(socket)), ['/a', '/b']);
      });

  it('answers HEAD without a body, and HTTP/1.0 with the end of the connection', async (t) => {
    const head = await told(t, 'HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n$/s);
    assert.match(await told(t, 'GET /a HTTP/1.0\r\n\r\n'), /Connection: close\r\n.*GET \/a\n$/s);
  });

  it('lets a client that waits for leave to send its body go on', async (t) => {
    const head = 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n';
    const answers = await told(t, `${head}Expect: 100-continue\r\n\r\nhi`);
    assert.match(answers, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    assert.match(await told(t, `${head}Expect: miracles\r\n\r\nhi`), /^HTTP\/1\.1 200 /);
  });

  for (const [name, bytes] of [
    ['no HTTP', 'hello\r\n\r\n'],
    ['no HTTP after a request', `${plain('/a')}hello\r\n\r\n`],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(70_000)}\r\n\r\n`],
    ['a header with a null byte', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: \0\r\n\r\n'],
  ] as const)
    it(`answers ${name} with 400 in JSON`, async (t) => {
      const answer = await told(t, bytes);
      assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/m);
      assert.match(answer, /"reason":"unreadable_request"/);
    });

  it('answers a client that says no more, and hangs up then', async (t) => {
    const { client } = await open(t);
    const socket = client();
    socket.end(plain('/a'));
    assert.match(await text(socket), /GET \/a\n$/);
  });

  it('survives a client that goes while its answer is made', async (t) => {
    const { answering, asked, allow } = held();
    const { client } = await open(t, answering);
    const socket = client();
    socket.write(plain('/a'));
    await waitFor('it is asked', () => asked() === 1);
    socket.resetAndDestroy();
    await once(socket, 'close');
    allow();
    assert.match(await answerTo(client(), plain('/b')), /GET \/b\n$/);
  });

  const bugs: readonly (readonly [string, Answering['answer']])[] = [
    ['throws', () => assert.fail('a bug')],
    ['rejects', () => Promise.reject(new Error('a bug'))],
    ['splits a value', () => ({ status: 200, headers: ['X-A', 'a\r\nX-B: b'], body: '' })],
    ['splits a name', () => ({ status: 200, headers: ['X-A: a\r\nX-B', 'b'], body: '' })],
    ['has a value that is no latin1', () => ({ status: 200, headers: ['X-A', 'ł'], body: '' })],
  ];
  for (const [name, answer] of bugs)
    for (const request of [plain, last])
      it(`answers 500 where the answer ${name}, and goes on (${request.name})`, async (t) => {
        let isBroken = true;
        const { client } = await open(t, {
          answer: (asked, peer) => (isBroken ? answer(asked, peer) : echo.answer(asked, peer)),
          answerBug: () => ({ status: 500, headers: [], body: 'a bug\n' }),
        });
        const broken = await answerTo(client(), request('/a'));
        assert.match(broken, /^HTTP\/1\.1 500 /);
        assert.doesNotMatch(broken, /X-B/);
        isBroken = false;
        assert.match(await answerTo(client(), plain('/b')), /GET \/b\n$/);
      });
});

describe('the end of a listener for plain requests', () => {
  it('answers what is open, and says that it is the last time', async (t) => {
    const { answering, asked, allow } = held();
    const { listener, client } = await open(t, answering);
    const socket = client();
    socket.write(plain('/a'));
    await waitFor('it is asked', () => asked() === 1);
    const closed = listener.close(60_000);
    await waitFor('nobody else comes in', () => !listener.server.listening);
    allow();
    assert.match(await text(socket), /Connection: close\r\n.*GET \/a\n$/s);
    await closed;
  });

  it('lets a connection be used once more', async (t) => {
    const { listener, client } = await open(t);
    const socket = client();
    await answerTo(socket, plain('/a'));
    const closed = listener.close(60_000);
    await waitFor('nobody else comes in', () => !listener.server.listening);
    socket.write(plain('/b'));
    assert.match(await text(socket), /Connection: close\r\n.*GET \/b\n$/s);
    await closed;
  });

  it('hangs up on idle connections, and in the end on all', async (t) => {
    let asked = 0;
    const { listener, client } = await open(t, {
      ...echo,
      answer: (request, peer) => {
        asked += 1;
        return request.url === '/never' ? new Promise(() => {}) : echo.answer(request, peer);
      },
    });
    const [idle, busy] = [client(), client()];
    await answerTo(idle, plain('/a'));
    busy.write(plain('/never'));
    busy.on('error', () => {});
    await waitFor('both are asked', () => asked === 2);
    const closed = listener.close(400);
    await once(idle, 'close');
    assert.equal(busy.destroyed, false);
    await closed;
    await waitFor('the other one is gone', () => busy.destroyed);
  });
});
