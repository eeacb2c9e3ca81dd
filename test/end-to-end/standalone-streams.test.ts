// Standalone mode as a process of its own: a gigabyte goes through it in either direction without staying in it, and
// an event stream is passed on event by event.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, it } from 'node:test';
import { type Running, startBeamgate } from '../cli/processes.ts';
import { freePort } from './traefik.ts';
import { waitFor } from './wait-for.ts';

const bytesPerRun = 1_000_000_000;
const maxGrowthBytes = 50_000_000;
const chunk = Buffer.alloc(64 * 1024, 'x');

function* chunks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= chunk.length)
    yield left >= chunk.length ? chunk : chunk.subarray(0, left);
}

async function count(stream: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const part of stream) bytes += part.length;
  return bytes;
}

describe('standalone mode, with bodies larger than its memory', () => {
  let app: Server;
  let gateway: Running;
  let folder: string;
  let port: number;
  let sendEvent: (text: string) => void = () => {};

  before(async () => {
    app = createServer(async (incoming, response) => {
      const asked = /^\/download\/(\d+)$/.exec(incoming.url ?? '')?.[1];
      if (asked !== undefined) return pipeline(Readable.from(chunks(Number(asked))), response);
      if (incoming.url === '/events') {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        sendEvent = (text) => void response.write(`data: ${text}\n\n`);
        return sendEvent('first');
      }
      response.end(String(await count(incoming)));
    });
    const appPort = await freePort();
    await new Promise<void>((resolve) => app.listen(appPort, '127.0.0.1', resolve));
    port = await freePort();
    folder = mkdtempSync(join(tmpdir(), 'beamgate-streams-'));
    const file = {
      publicUrl: `http://localhost:${port}/sso`,
      listen: {
        standalone: `127.0.0.1:${port}`,
        proxies: '127.0.0.1:0',
        public: '127.0.0.1:0',
        operations: '127.0.0.1:0',
      },
      providers: { scicat: { kind: 'scicat', url: 'http://127.0.0.1:1' } },
      apps: { app: { url: 'http://localhost', upstream: `http://127.0.0.1:${appPort}`, allow: 'public' } },
    };
    writeFileSync(join(folder, 'gateway.yaml'), JSON.stringify(file));
    gateway = startBeamgate(['gateway', '--config', 'gateway.yaml'], { folder });
    await waitFor('the gateway listens', () => gateway.output().includes('"msg":"listening"'));
  });

  after(async () => {
    gateway?.process.kill('SIGTERM');
    await gateway?.ended;
    app?.closeAllConnections();
    app?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const open = (method: string, path: string) =>
    request({ host: '127.0.0.1', port, method, path, headers: { Host: `localhost:${port}` } });

  /** The most that the gateway's process has had in memory, in bytes. */
  function peakMemory(): number {
    const status = readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  async function answerTo(outgoing: ReturnType<typeof request>): Promise<AsyncIterable<Buffer>> {
    return new Promise((resolve, reject) => outgoing.on('response', resolve).on('error', reject));
  }

  async function download(bytes: number): Promise<number> {
    const outgoing = open('GET', `/download/${bytes}`);
    outgoing.end();
    return count(await answerTo(outgoing));
  }

  const isLinux = process.platform === 'linux' ? {} : { skip: 'reads /proc' };

  it('passes a gigabyte down without keeping it', isLinux, async () => {
    // V8 lets some 64 MB of buffers lie before it collects them, whatever passes: what a first part leaves is the base.
    assert.equal(await download(bytesPerRun / 5), bytesPerRun / 5);
    const before = peakMemory();
    assert.equal(await download(bytesPerRun), bytesPerRun);
    assert.ok(peakMemory() - before < maxGrowthBytes, `grew by ${peakMemory() - before} bytes`);
  });

  it('passes a gigabyte up without keeping it', isLinux, async () => {
    const before = peakMemory();
    const outgoing = open('POST', '/upload');
    const answered = answerTo(outgoing);
    await pipeline(Readable.from(chunks(bytesPerRun)), outgoing);
    let text = '';
    for await (const part of await answered) text += part.toString();
    assert.equal(text, String(bytesPerRun));
    assert.ok(peakMemory() - before < maxGrowthBytes, `grew by ${peakMemory() - before} bytes`);
  });

  it('passes each event of a stream on at once', async () => {
    const outgoing = open('GET', '/events');
    outgoing.end();
    const received: string[] = [];
    for await (const part of await answerTo(outgoing)) {
      received.push(part.toString());
      if (received.length === 1) sendEvent('second');
      else break;
    }
    assert.deepEqual(received, ['data: first\n\n', 'data: second\n\n']);
  });
});
