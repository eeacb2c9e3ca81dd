import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readPlainRequest } from '../../platform/plain-request.ts';

const line = 'GET /auth/traefik?app=a HTTP/1.1\r\n';

describe('a plain request', () => {
  it('is read with every header as it came', () => {
    const head = `${line}Host: x\r\nX-A:1\r\nx-a: \t 2 3\r\nX-Empty:\r\nX-Blank: \t\r\nX-High: \xe9\xff\r\n\r\n`;
    assert.deepEqual(readPlainRequest(head), {
      method: 'GET',
      url: '/auth/traefik?app=a',
      headers: ['Host', 'x', 'X-A', '1', 'x-a', '2 3', 'X-Empty', '', 'X-Blank', '', 'X-High', '\xe9\xff'],
    });
    assert.deepEqual(readPlainRequest(`${line}\r\n`), {
      method: 'GET',
      url: '/auth/traefik?app=a',
      headers: [],
    });
  });

  for (const head of ['', 'G', line, `${line}Host: x\r\n`, `${line}Host: x\r\n\r`])
    it(`has not come whole with ${JSON.stringify(head)}`, () => {
      assert.equal(readPlainRequest(head), 'incomplete');
    });

  const others: readonly (readonly [string, string])[] = [
    ['another method', 'POST / HTTP/1.1\r\n\r\n'],
    ['a method in lower case', 'get / HTTP/1.1\r\n\r\n'],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
    ['HTTP/1.10', 'GET / HTTP/1.10\r\n\r\n'],
    ['an absolute target', 'GET http://a/ HTTP/1.1\r\n\r\n'],
    ['an asterisk', 'GET * HTTP/1.1\r\n\r\n'],
    ['a target with a fragment', 'GET /a#b HTTP/1.1\r\n\r\n'],
    ['a target with a backslash', 'GET /a\\b HTTP/1.1\r\n\r\n'],
    ['a target with a high byte', 'GET /\xe9 HTTP/1.1\r\n\r\n'],
    ['two spaces', 'GET  / HTTP/1.1\r\n\r\n'],
    ['an empty line before it', '\r\nGET / HTTP/1.1\r\n\r\n'],
    ['a length', `${line}Content-Length: 0\r\n\r\n`],
    ['chunks', `${line}TRANSFER-ENCODING: chunked\r\n\r\n`],
    ['a Connection header', `${line}connection: close\r\n\r\n`],
    ['a Proxy-Connection header', `${line}Proxy-Connection: close\r\n\r\n`],
    ['an upgrade', `${line}Upgrade: websocket\r\n\r\n`],
    ['an expectation', `${line}Expect: 100-continue\r\n\r\n`],
    ['another method that has not come whole', 'POST / HTTP/1.1\r\nHost'],
    ['the first bytes of TLS', '\x16\x03\x01\x02'],
    ['blanks behind a value', `${line}A: 1 \t\r\n\r\n`],
    ['a folded line', `${line}A: 1\r\n 2\r\n\r\n`],
    ['a line that is folded first', `${line} A: 1\r\n\r\n`],
    ['a space before the colon', `${line}A : 1\r\n\r\n`],
    ['no colon', `${line}A\r\n\r\n`],
    ['no name', `${line}: 1\r\n\r\n`],
    ['a name with a space', `${line}A B: 1\r\n\r\n`],
    ['a name with a high byte', `${line}\xc4: 1\r\n\r\n`],
    ['a NUL', `${line}A: 1\0\r\n\r\n`],
    ['a DEL', `${line}A: 1\x7f\r\n\r\n`],
    ['a lone line feed', `${line}A: 1\nContent-Length: 5\r\n\r\n`],
    ['a lone carriage return', `${line}A: 1\rB: 2\r\n\r\n`],
    ['lines that end with a line feed', 'GET / HTTP/1.1\nA: 1\r\n\r\n'],
    ['a body behind it', `${line}A: 1\r\n\r\nx`],
    ['another request behind it', `${line}A: 1\r\n\r\n${line}\r\n`],
    ['an empty line within it', `${line}\r\n\r\n`],
  ];
  for (const [name, head] of others)
    it(`is not one with ${name}`, () => {
      assert.equal(readPlainRequest(head), 'other');
    });

  const [blanks, letters] = [' '.repeat(32_000), 'a'.repeat(32_000)];
  for (const [name, head] of [
    ['a target', `GET /${letters}${letters}\0 HTTP/1.1\r\n\r\n`],
    ['a name', `${line}${letters}${letters}\0\r\n\r\n`],
    ['blanks', `${line}A:${blanks}${blanks}\0\r\n\r\n`],
    ['blanks and a value', `${line}A:${blanks}${letters}\0\r\n\r\n`],
    ['a value and blanks', `${line}A:${letters}${blanks}\0\r\n\r\n`],
    ['many words', `${line}A:${' a'.repeat(32_000)}\0\r\n\r\n`],
    ['many lines', `${line}${'A: \r\n'.repeat(12_000)}\0\r\n\r\n`],
  ] as const)
    it(`takes no long look at ${name} of 64 KiB that is none`, () => {
      const startedAt = performance.now();
      assert.equal(readPlainRequest(head), 'other');
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs < 500, `${tookMs} ms`);
    });

  it('is the one that came, whatever came before it', () => {
    const read = (...lines: readonly string[]) => readPlainRequest(`${[...lines, '', ''].join('\r\n')}`);
    const first = [
      'GET /auth/traefik HTTP/1.1',
      'Host: a',
      'Accept: text/html',
      'Cookie: a=1',
      'X-Real-Ip: 1.2.3.4',
    ];
    const cases: readonly (readonly [string, number, string])[] = [
      ['GET /auth/traefik2 HTTP/1.1', 0, 'another target'],
      ['GET /auth HTTP/1.1', 0, 'a shorter target'],
      ['Host: ab', 1, 'more behind a value'],
      ['Host: ', 1, 'nothing left of a value'],
      ['HOST: a', 1, 'another way to write a name'],
      ['Hos: t', 1, 'another name'],
      ['Accept: text/htm', 2, 'less of a value'],
      ['Accept:text/html', 2, 'no space'],
      ['Accept:  text/html', 2, 'two spaces'],
      ['Cookie: a=2', 3, 'another cookie'],
      ['Authorization: Bearer a', 3, 'another credential'],
      ['X-Real-Ip: 1.2.3.40', 4, 'another address'],
    ];
    const expected = (lines: readonly string[]) => ({
      method: 'GET',
      url: lines[0]?.split(' ')[1],
      headers: lines.slice(1).flatMap((text) => {
        const colon = text.indexOf(':');
        return [text.slice(0, colon), text.slice(colon + 1).trim()];
      }),
    });
    for (let round = 0; round < 3; round++)
      for (const [changed, at, what] of cases)
        for (const lines of [
          first,
          first.with(at, changed),
          first.toSpliced(at + 1, 1),
          first.toSpliced(at, 0, first[at] ?? ''),
        ]) {
          if (lines[0]?.startsWith('GET') !== true || lines[1]?.startsWith('GET') === true) continue;
          assert.deepEqual(read(...lines), expected(lines), what);
        }
    assert.equal(read(...first.with(2, 'Accept: text/html\n')), 'other');
    assert.equal(read(...first.toSpliced(3, 0, ' folded')), 'other');
    assert.equal(read(...first.toSpliced(3, 0, 'Connection: close')), 'other');
    assert.deepEqual(read(...first), expected(first), 'nor do those that are none leave anything');
  });

  it('is what node:http reads from the same bytes', async (t) => {
    const seen: unknown[] = [];
    const server = createServer({ requireHostHeader: false }, (request, response) => {
      const { method, url, rawHeaders: headers } = request;
      seen.push({ method, url, headers });
      response.end();
    });
    server.on('clientError', (_error, socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const readByNode = async (head: string): Promise<readonly unknown[]> => {
      seen.length = 0;
      const socket = connect(port, '127.0.0.1');
      socket.end(head, 'latin1');
      socket.resume().on('error', () => {});
      await once(socket, 'close');
      return [...seen];
    };
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(heads, async (head) => {
        const request = readPlainRequest(head);
        if (typeof request === 'string') return;
        plain += 1;
        assert.deepEqual(await readByNode(head), [request]);
      }),
      { numRuns: 2000 },
    );
    assert.ok(plain > 200, `${plain} of them were plain`);
  });
});

/** Heads, most of them nearly right: pieces of requests, and now and then anything at all. */
const odd = fc.constantFrom(
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  '\0',
  '\x7f',
  '\xe9',
  ';',
  ',',
  '',
  'a',
  '"',
  '\x0b',
);
const names = fc.constantFrom(
  'Host',
  'Accept',
  'accept',
  'X-Forwarded-For',
  'Cookie',
  'A',
  'x-b',
  'X_C',
  'Content-Length',
  'Connection',
  'Upgrade',
  'Te',
  '~',
  'é',
);
const values = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('', 'x', 'a b', '\t a', 'a \t', '0', 'close', '\xff', 'chunked', ','),
  },
  { weight: 1, arbitrary: odd },
);
const rarely = (common: string) =>
  fc.oneof({ weight: 40, arbitrary: fc.constant(common) }, { weight: 1, arbitrary: odd });
const fields = fc
  .tuple(names, rarely(':'), rarely(' '), values, rarely('\r\n'))
  .map((parts) => parts.join(''));
const targets = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('/', '/auth/traefik', '/a?b=c&d', '/%2F', '//', '/../a') },
  { weight: 1, arbitrary: odd },
);
const heads = fc
  .tuple(rarely('GET '), targets, rarely(' HTTP/1.1\r\n'), fc.array(fields, { maxLength: 4 }), rarely('\r\n'))
  .map(([method, target, version, list, end]) => `${method}${target}${version}${list.join('')}${end}`);
