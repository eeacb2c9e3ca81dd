// The transfer-service's API on a real socket: what it makes of bodies, with status, reason and message, and that it goes
// on answering after each of them.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createLogger } from '../../platform/log.ts';
import { fetchListener, listen } from '../../platform/server.ts';
import { openApi, usual } from '../transfer-service/api.ts';
import { type BodyCase, bodies } from './bodies.ts';

type Told = { readonly status: number; readonly type: string; readonly body: string };

const path = `/transfer?${new URLSearchParams(usual)}`;

async function serve(t: TestContext) {
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const logger = createLogger({ service: 'test', level: 'info', destination });
  const { app } = await openApi(t, { parts: { log: logger } });
  const listener = await listen({ host: '127.0.0.1', port: 0 }, fetchListener(app.fetch));
  t.after(() => listener.close(0));
  return { port: listener.address.port, log };
}

function post(port: number, { body, headers = [], isChunked = false }: Omit<BodyCase, 'name' | 'expected'>) {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  const framing = isChunked
    ? ['Transfer-Encoding', 'chunked']
    : body === undefined
      ? []
      : ['Content-Length', String(bytes.length)];
  const own = ['Host', 'lab.org', 'Connection', 'close', ...framing, ...headers];
  return new Promise<Told>((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, method: 'POST', path, headers: own, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const type = answer.headers['content-type'] ?? '';
          resolve({ status: answer.statusCode ?? 0, type, body: Buffer.concat(chunks).toString() });
        });
        answer.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(bytes);
  });
}

describe('a body of POST /transfer', () => {
  for (const one of bodies)
    it(`${one.name}: ${one.expected}`, async (t) => {
      const { port, log } = await serve(t);
      const { status, type, body } = await post(port, one);
      const { reason, message, jobId } = JSON.parse(body);
      assert.equal(status === 200 ? '200' : `${status} ${reason}`, one.expected, body.slice(0, 500));
      assert.match(type, /json/, 'the Ingestor crashes on a refusal without JSON');
      if (status === 200) return void assert.equal(typeof jobId, 'string');
      assert.ok(typeof message === 'string' && message.length > 0 && message.length < 500, message);
      if (one.message !== undefined) assert.match(message, one.message);
      assert.doesNotMatch(log.join(''), /"level":"error"|internal_error/);
    });

  it('that ends too early, or never, is no error of the service, which goes on answering', async (t) => {
    const { port, log } = await serve(t);
    for (const framing of ['Content-Length: 100', 'Transfer-Encoding: chunked'])
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          const head = `POST ${path} HTTP/1.1\r\nHost: lab.org\r\n${framing}\r\n\r\n`;
          socket.end(`${head}5\r\n{"fil`);
        });
        socket.resume();
        socket.on('error', () => {});
        socket.on('close', () => resolve());
      });
    assert.equal((await post(port, { body: '{}' })).status, 200);
    assert.doesNotMatch(log.join(''), /"level":"error"|internal_error/);
  });

  for (const [what, lines] of [
    ['a length and chunks', ['Content-Length: 2', 'Transfer-Encoding: chunked']],
    ['two lengths', ['Content-Length: 2', 'Content-Length: 3']],
    ['a negative length', ['Content-Length: -1']],
    ['a length that is no number', ['Content-Length: x']],
    ['chunks that are none', ['Transfer-Encoding: gzip']],
  ] as const)
    it(`framed by ${what} is 400 in JSON, before anybody reads it`, async (t) => {
      const { port } = await serve(t);
      const answer = await new Promise<string>((resolve, reject) => {
        let text = '';
        const head = [`POST ${path} HTTP/1.1`, 'Host: lab.org', 'Connection: close', ...lines, '', ''].join(
          '\r\n',
        );
        const socket = connect(port, '127.0.0.1', () => socket.write(`${head}{}`));
        socket.on('data', (chunk) => {
          text += String(chunk);
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(text));
      });
      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.match(answer, /"message":"[^"]+"/);
    });
});
