// The same bytes, in the same pieces, to a listener for plain requests and to node:http alone: both have to hear the same
// requests and say the same. What one of them takes for a body and the other for a request is a smuggled request.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { writeAnswer } from '../../platform/plain-answer.ts';
import type { Answering } from '../../platform/plain-connections.ts';
import { listenPlain } from '../../platform/plain-listener.ts';
import type { PlainRequest } from '../../platform/plain-request.ts';
import { type Listener, listen } from '../../platform/server.ts';

type Heard = { readonly requests: readonly PlainRequest[]; readonly said: string; readonly isReset: boolean };
type Door = { readonly listener: Listener; readonly requests: PlainRequest[] };

const anyPort = { host: '127.0.0.1', port: 0 };
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function answerOf({ method, url, headers }: PlainRequest) {
  return { status: 200, headers: ['X-Seen', encodeURI(headers.join('|'))], body: `${method} ${url}\n` };
}

async function openPlain(): Promise<Door> {
  const requests: PlainRequest[] = [];
  const answering: Answering = {
    answer: (request) => {
      requests.push({ method: request.method, url: request.url, headers: request.headers });
      return request.url.startsWith('/slow') ? slowly(() => answerOf(request)) : answerOf(request);
    },
    answerBug: (error) => assert.fail(String(error)),
  };
  return { listener: await listenPlain(anyPort, answering), requests };
}

async function openNode(): Promise<Door> {
  const requests: PlainRequest[] = [];
  const listener = await listen(anyPort, (message, response) => {
    const { method = '', url = '', rawHeaders: headers } = message.resume();
    requests.push({ method, url, headers });
    const write = (): void => writeAnswer(response, answerOf({ method, url, headers }));
    if (url.startsWith('/slow')) void slowly(write);
    else write();
  });
  return { listener, requests };
}

async function slowly<Value>(value: () => Value): Promise<Value> {
  for (let turns = 0; turns < 5; turns += 1) await turn();
  return value();
}

/** What comes of the pieces, each read on its own, and of the end of them. */
async function hear({ listener, requests }: Door, pieces: readonly string[]): Promise<Heard> {
  requests.length = 0;
  const socket = connect({ port: listener.address.port, host: '127.0.0.1', noDelay: true }).setEncoding(
    'latin1',
  );
  let [said, isReset] = ['', false];
  socket.on('data', (text) => {
    said += text;
  });
  socket.on('error', () => {
    isReset = true;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  for (const piece of pieces) {
    socket.write(piece, 'latin1');
    await turn();
    await turn();
  }
  socket.end();
  await closed;
  return {
    requests: [...requests],
    said: said.replaceAll(/^(Date|Connection|Keep-Alive): .*\r\n/gm, ''),
    isReset,
  };
}

function request(target: string, ...lines: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, ...lines, '\r\n'].join('\r\n');
}

const smuggled = request('/smuggled');
const chunked = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
const withLength = `Content-Length: ${smuggled.length}`;
const post = (...lines: readonly string[]) => request('/post', ...lines).replace('GET', 'POST');

const cutAnywhere = [
  ['a request before one with a body', request('/a') + request('/b', withLength) + smuggled + request('/c')],
  ['a request with chunks', request('/a', 'Transfer-Encoding: chunked') + chunked + request('/c')],
  ['a request that takes its time', request('/slow', 'Host: x') + request('/b') + request('/slow2')],
] as const;

describe('a listener for plain requests and node:http', () => {
  let [plain, node]: Door[] = [];
  before(async () => {
    [plain, node] = await Promise.all([openPlain(), openNode()]);
    // Else node:http leaves an answer that takes its time to nobody once the client says no more.
    for (const { listener } of [plain, node]) Object.assign(listener.server, { httpAllowHalfOpen: true });
  });
  after(() => Promise.all([plain?.listener.close(0), node?.listener.close(0)]));

  async function compare(pieces: readonly string[]): Promise<void> {
    assert.ok(plain && node);
    const [here, there] = await Promise.all([hear(plain, pieces), hear(node, pieces)]);
    assert.deepEqual(here.requests, there.requests);
    // What it does not take node:http refuses at once, before its answers to what came before; so it may do with what
    // comes behind a last request.
    const said = [here.said, there.said, ...pieces].join('');
    const isRefused = said.includes('HTTP/1.1 400') || said.includes('CONNECT');
    if (!isRefused && !here.isReset && !there.isReset) assert.equal(here.said, there.said);
  }

  it('hear and say the same', async () => {
    let latest: Promise<void> = Promise.resolve();
    await fc.assert(
      fc.asyncProperty(conversations, async (pieces) => {
        latest = compare(pieces);
        await latest;
      }),
      { numRuns: 800, interruptAfterTimeLimit: 2500 },
    );
    // Interrupted, it leaves one under way, which the next test would hear.
    await latest;
  });

  for (const [name, text] of cutAnywhere)
    it(`hear and say the same, wherever ${name} is cut`, async () => {
      for (let at = 1; at < text.length; at += 1) await compare([text.slice(0, at), text.slice(at)]);
    });
});

const messages = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      request('/a'),
      request(
        '/auth/traefik?app=a',
        'Host: x',
        'X-Forwarded-Uri: /a b',
        'x-a:1',
        'X-A: \xe9\t\xff',
        'X-Empty:',
      ),
      request('/slow', 'Host: x'),
      request('/slow2'),
      request('/long', `X-Long: ${'a'.repeat(3000)}`),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      request('/get', withLength) + smuggled,
      request('/get', 'Transfer-Encoding: chunked') + chunked,
      post(withLength) + smuggled,
      post('transfer-encoding: Chunked', 'Trailer: A') + chunked.replace(/\r\n$/, 'A: b\r\n\r\n'),
      request('/get', 'Expect: 100-continue'),
      post('Expect: 100-continue', withLength) + smuggled,
      request('/slow-body', withLength) + smuggled,
      request('/blank', 'A: b \t'),
      request('/a', 'Connection: keep-alive'),
      // The last one: what came in one piece with an upgrade that it does not take, node:http loses.
      request('/a', 'Upgrade: websocket', 'Connection: Upgrade, close'),
      request('/a').replace('GET', 'HEAD'),
      request('/a').replace('GET', 'OPTIONS'),
      request('/a', 'Connection: keep-alive').replace('1.1', '1.0'),
      request('/a#b'),
      request('http://a/b'),
      `\r\n${request('/a')}`,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      request('/last', 'Connection: close'),
      request('/last').replace('1.1', '1.0'),
      request('/both', withLength, 'Transfer-Encoding: chunked') + chunked,
      request('/twice', withLength, 'Content-Length: 0') + smuggled,
      request('/chunked', 'Transfer-Encoding: chunked, identity') + chunked,
      request('/odd', 'Transfer-Encoding : chunked') + chunked,
      request('/odd', 'Transfer-Encoding:\x0bchunked') + chunked,
      request('/odd', 'A: b\nContent-Length: 5'),
      request('/odd', 'A: b\rContent-Length: 5'),
      request('/odd', 'A: b', ' Content-Length: 5'),
      request('/odd', 'A: \0'),
      request('/odd', ': a'),
      request('/odd').replaceAll('\r', ''),
      request('/odd').replace('GET', 'CONNECT'),
      request('/odd').replace('GET', 'get'),
      request('/odd').replace('HTTP/1.1', 'HTTP/2.0'),
      request('/too-long', `A: ${'a'.repeat(66_000)}`),
      request('/short', 'Content-Length: 400'),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00',
      'GET /half HTTP/1.1\r\nA: b',
    ),
  },
);

/** Messages one after the other, whose bytes come in pieces: cut behind their heads, near that, or anywhere. */
const conversations = fc
  .tuple(
    fc.array(messages, { minLength: 1, maxLength: 6 }),
    fc.boolean(),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: -5, max: 2 }), fc.boolean()), { maxLength: 6 }),
  )
  .map(([list, isCutBehindHeads, cuts]) => {
    const text = list.join('');
    const ends = [...text.matchAll(/(?<=\r\n\r\n)/g)].map(({ index }) => index);
    const at = cuts.map(([any, near, isNear]) =>
      isNear ? (ends[any % ends.length] ?? 0) + near : any % text.length,
    );
    return piecesOf(text, isCutBehindHeads ? [...ends, ...at] : at);
  });

function piecesOf(text: string, cuts: readonly number[]): readonly string[] {
  const at = [...new Set(cuts)].filter((cut) => cut > 0 && cut < text.length).sort((a, b) => a - b);
  return [0, ...at].map((start, index) => text.slice(start, at[index]));
}
