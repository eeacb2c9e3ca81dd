// What a client can do to the memory, the time and the connections of a listener for plain requests.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { type Answering, PlainConnections } from '../../platform/plain-connections.ts';
import { listenPlain } from '../../platform/plain-listener.ts';
import { waitFor } from '../end-to-end/wait-for.ts';

const plain = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const answersIn = (received: string) => [...received.matchAll(/HTTP\/1\.1 200 OK\r\n/g)].length;

/** A listener whose answers to `/slow` come when they are let go. */
async function open(t: TestContext, body = '') {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const answering: Answering = {
    answer: ({ url }) => {
      asked.push(url);
      const answer = { status: 200, headers: [], body };
      return url === '/slow' ? new Promise((resolve) => waiting.push(() => resolve(answer))) : answer;
    },
    answerBug: (error) => assert.fail(String(error)),
  };
  const listener = await listenPlain({ host: '127.0.0.1', port: 0 }, answering);
  t.after(() => listener.close(0));
  const accepted: Socket[] = [];
  listener.server.on('connection', (socket) => void accepted.push(socket));
  const connectNow = async (): Promise<readonly [Socket, Socket]> => {
    const client = connect({ port: listener.address.port, host: '127.0.0.1', allowHalfOpen: true });
    t.after(() => client.destroy());
    client
      .on('error', () => {})
      .setNoDelay()
      .setEncoding('latin1');
    await waitFor('it is accepted', () => accepted.some(({ remotePort }) => remotePort === client.localPort));
    const [socket] = accepted.filter(({ remotePort }) => remotePort === client.localPort);
    assert.ok(socket);
    return [client, socket];
  };
  /** With a question that waits for its answer, and what came behind it. */
  const connectEarly = async (behind: string): Promise<readonly [Socket, Socket]> => {
    const [client, socket] = await connectNow();
    client.write(plain('/slow'));
    await waitFor('it is asked', () => asked.length === 1);
    client.write(behind);
    await waitFor('the next one has come', () => socket.isPaused());
    return [client, socket];
  };
  const allow = (): void => {
    for (const answerNow of waiting.splice(0)) answerNow();
  };
  return { listener, asked, allow, connectNow, connectEarly };
}

describe('a connection for plain requests', () => {
  it('is not handed to node:http, which would keep it for ever, once its client has gone', async (t) => {
    const { listener, allow, connectEarly } = await open(t);
    const [client, socket] = await connectEarly('POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n');
    client.resetAndDestroy();
    await waitFor('it is gone', () => socket.closed);
    const listeners = socket.eventNames();
    allow();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(socket.eventNames(), listeners);
    assert.equal(Reflect.has(socket, 'parser'), false);
    await listener.close(60_000);
  });

  it('hears no more questions while its answers are not read, and goes on when they are', async (t) => {
    const { asked, connectNow } = await open(t, 'a'.repeat(1_000_000));
    const [client, socket] = await connectNow();
    client.pause();
    while (!socket.isPaused()) {
      const before = asked.length;
      assert.ok(before < 50, `${socket.writableLength} bytes wait for the client`);
      client.write(plain('/a'));
      await waitFor('it is asked', () => asked.length > before || socket.isPaused());
    }
    const before = asked.length;
    client.write(plain('/last'));
    client.end();
    assert.equal(answersIn(await text(client)), before + 1);
    assert.equal(asked.length, before + 1);
  });

  it('answers what came before its client said no more, also where an answer takes its time', async (t) => {
    const { asked, allow, connectEarly } = await open(t);
    const [client] = await connectEarly(plain('/b'));
    client.end();
    await once(client, 'finish');
    for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    allow();
    assert.equal(answersIn(await text(client)), 2);
    assert.deepEqual(asked, ['/slow', '/b']);
  });

  it('is plain again after a question that came too early', async (t) => {
    const { asked, allow, connectEarly } = await open(t);
    const [, socket] = await connectEarly(plain('/b'));
    allow();
    await waitFor('it is asked too', () => asked.length === 2);
    assert.equal(Reflect.has(socket, 'parser'), false);
  });

  it('leaves nothing of its own on a socket that node:http has', async (t) => {
    const { asked, connectNow } = await open(t);
    const [client, socket] = await connectNow();
    client.write(`${plain('/a')}${plain('/b')}`);
    await waitFor('both are asked', () => asked.length === 2);
    const counts = socket.eventNames().map((name) => [name, socket.listenerCount(name)]);
    assert.deepEqual(Object.fromEntries(counts), {
      close: 1,
      data: 1,
      drain: 1,
      end: 2,
      error: 1,
      pause: 1,
      resume: 1,
      timeout: 1,
    });
  });

  it('does not end before an answer that its client is still reading', async (t) => {
    const { listener, asked, connectNow } = await open(t, 'a'.repeat(20_000_000));
    const [client, socket] = await connectNow();
    client.pause();
    client.write(plain('/a'));
    await waitFor('it is answered', () => asked.length === 1);
    const [, idle] = await connectNow();
    const closed = listener.close(60_000);
    await waitFor('idle ones are closed', () => idle.destroyed);
    assert.equal(socket.destroyed, false);
    assert.equal((await text(client)).split('\r\n\r\n')[1]?.length, 20_000_000);
    await closed;
  });
});

describe('the end of a listener with connections of both kinds', () => {
  it('lets go of idle ones, answers open questions, and waits for nothing else', async (t) => {
    const { listener, asked, allow, connectNow } = await open(t);
    const clients: Socket[] = [];
    for (const bytes of [
      plain('/a'),
      plain('/a') + plain('/b'),
      plain('/slow'),
      `POST /slow HTTP/1.1\r\nContent-Length: 2\r\n\r\nab`,
      `${plain('/slow')}${plain('/b')}`,
    ]) {
      const [client] = await connectNow();
      client.write(bytes);
      clients.push(client);
    }
    await waitFor('all are asked', () => asked.length === 7);
    const closed = listener.close(60_000);
    await waitFor('nobody else comes in', () => !listener.server.listening);
    allow();
    const answers = await Promise.all(clients.map((client) => text(client)));
    assert.deepEqual(answers.map(answersIn), [1, 2, 1, 1, 2]);
    await closed;
  });
});

describe('a connection that is not used', () => {
  /** Bounds of a few milliseconds. */
  async function openBounded(t: TestContext, { headersMs, idleMs }: { headersMs: number; idleMs: number }) {
    const connections = new PlainConnections({
      answer: ({ url }) =>
        url === '/never' ? new Promise(() => {}) : { status: 200, headers: [], body: '' },
      answerBug: (error) => assert.fail(String(error)),
      handOver: () => assert.fail('nothing here is for node:http'),
      maxHeaderBytes: 1000,
      headersMs,
      idleMs,
    });
    const server = createServer({ allowHalfOpen: true }, (socket) => connections.take(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      connections.end();
      connections.closeAll();
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    return (bytes: string): Socket => {
      const client = connect(port, '127.0.0.1').on('error', () => {});
      t.after(() => client.destroy());
      client.write(bytes);
      return client.resume();
    };
  }

  for (const [name, bytes] of [
    ['says nothing', ''],
    ['sends half a head', 'GET / HTTP/1.1\r\n'],
  ] as const)
    it(`is closed where its client ${name}`, async (t) => {
      const client = await openBounded(t, { headersMs: 50, idleMs: 60_000 });
      await once(client(bytes), 'close');
    });

  it('is closed after an answer, and not before one', async (t) => {
    const client = await openBounded(t, { headersMs: 50, idleMs: 50 });
    const waiting = client(plain('/never'));
    await once(client(plain('/a')), 'close');
    await once(client(plain('/a')), 'close');
    assert.equal(waiting.destroyed, false);
  });
});
