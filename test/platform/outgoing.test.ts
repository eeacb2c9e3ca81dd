import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import {
  type OutgoingRequest,
  parseAnswer,
  parseJson,
  type StreamRequest,
  send,
  sendForStream,
} from '../../platform/outgoing.ts';
import { Unavailable } from '../../platform/unavailable.ts';

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

function ask(url: string, overrides: Partial<OutgoingRequest> = {}) {
  return send({ dependency: 'scicat', method: 'GET', url, timeoutMs: 5000, maxBytes: 1000, ...overrides });
}

const outage = (reason: Unavailable['reason']) => (error: unknown) =>
  error instanceof Unavailable && error.reason === reason && error.dependency === 'scicat';

describe('an outgoing request', () => {
  it('returns what was answered, whatever its status', async (t) => {
    const url = await serve(t, (_request, response) => response.writeHead(418, { 'X-A': 'b' }).end('tea'));
    const { status, headers, body } = await ask(url);
    assert.deepEqual([status, headers['x-a'], body], [418, 'b', 'tea']);
  });

  it('follows no redirect: the credential would go along', async (t) => {
    const asked: (string | undefined)[] = [];
    const url = await serve(t, (request, response) => {
      asked.push(request.url);
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    assert.equal((await ask(url)).status, 302);
    assert.deepEqual(asked, ['/']);
  });

  it('is no outage where its own body cannot be made: nobody was asked', async () => {
    const body = () => {
      throw new TypeError('what is stored cannot be read');
    };
    const limits = { timeoutMs: 5000, maxBytes: 1000, maxDurationMs: 10_000 };
    const asked = {
      dependency: 'scicat',
      method: 'POST',
      url: 'http://127.0.0.1:9',
      body,
      ...limits,
    } as const;
    await assert.rejects(send(asked), TypeError);
    await assert.rejects(sendForStream(asked), TypeError);
  });

  it('is given up when no answer comes in time', async (t) => {
    const url = await serve(t, () => {});
    await assert.rejects(ask(`${url}/path?token=hunter2`, { timeoutMs: 50 }), (error: unknown) => {
      assert.ok(error instanceof Unavailable && error.reason === 'timeout');
      assert.match(
        error.message,
        /^scicat did not answer in time: GET 127\.0\.0\.1:\d+\/path \(limits: 50 ms, 1000 bytes\)$/,
      );
      return true;
    });
  });

  it('is given up when the body takes too long', async (t) => {
    const url = await serve(t, (_request, response) => void response.write('a'));
    await assert.rejects(ask(url, { timeoutMs: 50 }), outage('timeout'));
  });

  it('is given up when the answer is larger than is accepted', async (t) => {
    const url = await serve(t, (_request, response) => void response.end('a'.repeat(1001)));
    await assert.rejects(ask(url), outage('too_large'));
    assert.equal((await ask(url, { maxBytes: 1001 })).body.length, 1001);
  });

  it('of an answer without end reads no more than is accepted', async (t) => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const url = await serve(t, (_request, response) => {
      response.on('close', resolve);
      const more = (): void => {
        while (response.write('a'.repeat(1000)));
        response.once('drain', more);
      };
      more();
    });
    await assert.rejects(ask(url), outage('too_large'));
    await closed;
  });

  it('is an outage where nobody listens, hangs up or speaks no HTTP', async (t) => {
    await assert.rejects(ask('http://127.0.0.1:1'), outage('unreachable'));
    await assert.rejects(
      ask(await serve(t, (request) => void request.socket.destroy())),
      outage('unreachable'),
    );
    await assert.rejects(
      ask(await serve(t, (request) => void request.socket.end('hello\r\n\r\n'))),
      outage('unreachable'),
    );
  });

  it('ends for its caller’s own reason', async (t) => {
    const url = await serve(t, () => {});
    const ending = new AbortController();
    const asked = ask(url, { signal: ending.signal });
    ending.abort(new Error('the service ends'));
    await assert.rejects(asked, { message: 'the service ends' });
  });

  it('sends its headers and its body', async (t) => {
    const url = await serve(t, (request, response) => {
      request.on('data', (chunk) => response.write(`${request.method} ${request.headers['x-a']} ${chunk}`));
      request.on('end', () => response.end());
    });
    assert.equal((await ask(url, { method: 'POST', headers: { 'X-A': 'b' }, body: 'c' })).body, 'POST b c');
  });
});

describe('an answer', () => {
  const schema = z.object({ id: z.string() });
  const answer = (body: string) => ({ status: 200, headers: {}, body });

  it('is what the schema says', () => {
    assert.deepEqual(parseAnswer('scicat', schema, answer('{"id":"a","more":1}')), { id: 'a' });
  });

  for (const body of ['', 'hunter2', '{"id":{"hunter2":1}}', '[]', 'null', '<html>hunter2'])
    it(`of another shape is an outage that shows nothing of ${body.slice(0, 10)}`, () => {
      assert.throws(
        () => parseAnswer('scicat', schema, answer(body)),
        (error: unknown) => outage('bad_answer')(error) && !/hunter2/.test(String(error)),
      );
    });

  it('that is no JSON has no value', () => {
    assert.equal(parseJson('{'), undefined);
    assert.equal(parseJson('null'), null);
  });
});

describe('an answer that is too long to be held', () => {
  async function open(url: string, overrides: Partial<StreamRequest> = {}) {
    const limits = { timeoutMs: 5000, maxBytes: 1000, maxDurationMs: 10_000 };
    const asked = { dependency: 'scicat', method: 'GET', url, ...limits, ...overrides } as const;
    const answer = await sendForStream(asked);
    assert.ok('chunks' in answer, JSON.stringify(answer));
    return answer.chunks;
  }

  const drain = async (chunks: AsyncIterable<Buffer>) =>
    Buffer.concat(await Array.fromAsync(chunks)).toString();

  it('comes in parts', async (t) => {
    const url = await serve(t, (_request, response) => {
      response.write('a');
      setImmediate(() => response.end('b'));
    });
    assert.equal(await drain(await open(url)), 'ab');
  });

  it('is whole where it is no success', async (t) => {
    const url = await serve(t, (_request, response) => response.writeHead(404).end('no'));
    const limits = { timeoutMs: 5000, maxBytes: 1000, maxDurationMs: 10_000 };
    const answer = await sendForStream({ dependency: 'scicat', method: 'GET', url, ...limits });
    assert.deepEqual(
      ['chunks' in answer, answer.status, 'body' in answer && answer.body],
      [false, 404, 'no'],
    );
  });

  it('is given up beyond its size, when a part does not come, and when it is cut short', async (t) => {
    const long = await serve(t, (_request, response) => response.end('x'.repeat(2000)));
    await assert.rejects(drain(await open(long)), outage('too_large'));
    const slow = await serve(t, (_request, response) => void response.write('x'));
    await assert.rejects(drain(await open(slow, { timeoutMs: 50 })), outage('timeout'));
    await assert.rejects(drain(await open(slow, { maxDurationMs: 50 })), outage('timeout'));
    const cut = await serve(t, (_request, response) => {
      response.writeHead(200, { 'Content-Length': '10' });
      response.write('x', () => response.destroy());
    });
    await assert.rejects(drain(await open(cut)), outage('unreachable'));
    await assert.rejects(open('http://127.0.0.1:1'), outage('unreachable'));
  });

  it('waits for its reader longer than for a part', async (t) => {
    const url = await serve(t, (_request, response) => response.end('x'.repeat(500)));
    const chunks = await open(url, { timeoutMs: 60 });
    let length = 0;
    for await (const chunk of chunks) {
      const since = performance.now();
      while (performance.now() - since < 150) await new Promise((resolve) => setImmediate(resolve));
      length += chunk.length;
    }
    assert.equal(length, 500);
  });

  it('is ended by its reader, and by who asked', async (t) => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const url = await serve(t, (_request, response) => {
      response.on('close', resolve);
      response.write('x');
    });
    for await (const _ of await open(url)) break;
    await closed;
    const leaving = new AbortController();
    const chunks = await open(url, { signal: leaving.signal });
    leaving.abort(new Error('enough'));
    await assert.rejects(drain(chunks), /enough/);
  });
});
