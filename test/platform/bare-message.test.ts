import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { listen } from '../../platform/server.ts';

/** Everything that comes back for these bytes, until the connection ends. */
async function told(bytes: string, handler: RequestListener): Promise<string> {
  const listener = await listen({ host: '127.0.0.1', port: 0 }, handler, undefined, { isBare: true });
  try {
    const socket = connect(listener.address.port, '127.0.0.1');
    socket.write(bytes, 'latin1');
    return await text(socket);
  } finally {
    await listener.close(100);
  }
}

const echo: RequestListener = (request, response) => {
  if (!request.readableEnded) request.resume();
  response.end(`${request.url} ${request.rawHeaders.join('|')}\n`);
};

describe('a listener that reads raw headers alone', () => {
  it('has every header as it came', async () => {
    const answers = await told(
      'GET /a HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n',
      echo,
    );
    assert.match(answers, /\/a Host\|x\|X-A\|1\|x-a\|2\|Connection\|close\n/);
  });

  for (const [name, head, body] of [
    ['a length', 'Content-Length: 25', 'GET /smuggled HTTP/1.1\r\n\r\n'.slice(0, 25)],
    ['chunks', 'Transfer-Encoding: chunked', '19\r\nGET /smuggled HTTP/1.1\r\n\r\r\n0\r\n\r\n'],
  ] as const)
    it(`takes a body with ${name} for no request, and goes on after it`, async () => {
      const first = `POST /a HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n${body}`;
      const answers = await told(`${first}GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, echo);
      assert.deepEqual(
        [...answers.matchAll(/^(\/\w+) /gm)].map(([, path]) => path),
        ['/a', '/b'],
      );
    });

  it('lets a client that waits for leave to send its body go on', async () => {
    const head = 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n';
    const answers = await told(`${head}Expect: 100-continue\r\n\r\nhi`, echo);
    assert.match(answers, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    assert.match(await told(`${head}Expect: miracles\r\n\r\nhi`, echo), /^HTTP\/1\.1 417 /);
  });
});
