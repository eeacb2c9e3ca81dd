import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readPlainRequest } from '../../platform/plain-request.ts';
import { createUsualFields, isOfAdmin, UsualLine } from '../../platform/usual-lines.ts';

describe('a usual line', () => {
  it('is there where every letter of it is', () => {
    const line = new UsualLine('Accept', true);
    assert.equal(line.standsAt('Accept: */*\r\n', 0), false, 'before anything is learnt');
    line.learn('Accept: */*\r\n', '*/*');
    assert.equal(line.value, '*/*');
    assert.equal(line.length, 13);
    assert.equal(line.standsAt('Accept: */*\r\n\r\n', 0), true);
    assert.equal(line.standsAt('A: b\r\nAccept: */*\r\n', 6), true);
    for (const other of ['Accept: */*\r', 'Accept: */*;q=1\r\n', 'accept: */*\r\n', ' Accept: */*\r\n', ''])
      assert.equal(line.standsAt(other, 0), false, other);
  });

  it('that changes with every request is seldom learnt', () => {
    const line = new UsualLine('X-Forwarded-For', true);
    const learnt = Array.from({ length: 640 }, () => line.isToBeLearnt()).filter((is) => is);
    assert.equal(learnt.length, 10);
    line.learn(`X-Forwarded-For: ${'1.2.3.4, '.repeat(100)}\r\n`, 'x');
    assert.equal(line.length, 0, 'nor is a long one');
  });

  it('stays in memory where nothing in it is a secret, and nowhere else', () => {
    const fields = createUsualFields();
    const isKept = (name: string) => fields.get(name)?.isToBeLearnt();
    for (const name of ['User-Agent', 'user-agent', 'X-Forwarded-Host', 'x-real-ip'])
      assert.equal(isKept(name), true, name);
    for (const name of [
      'Authorization',
      'authorization',
      'Cookie',
      'Referer',
      'Origin',
      'X-Forwarded-Uri',
      'X-Original-Url',
    ])
      assert.equal(isKept(name), false, name);
    assert.equal(fields.get('Scicat-Api-Key'), undefined);
    for (const [name, { name: written }] of fields) assert.equal(written, name);
  });

  it('that begins a request stays in memory where the client has no part in the address', () => {
    for (const url of ['/', '/auth/traefik', '/auth/nginx', '/authenticate', '/oauth2/auth'])
      assert.equal(isOfAdmin(url), true, url);
    for (const url of [
      '/auth/envoy/reset/t0ken',
      '/auth/envoy/t0ken',
      '/auth/envoy//',
      '/auth/caddy?code=t0ken',
    ])
      assert.equal(isOfAdmin(url), false, url);
  });
});

describe('requests of lines that are remembered', () => {
  it('are each what their own bytes say, whichever came before them, as often as they like', () => {
    const seen = { plain: 0, other: 0 };
    const turns = fc.tuple(
      fc.array(heads, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(), { minLength: 20, maxLength: 100 }),
    );
    fc.assert(
      fc.property(turns, ([list, order]) => {
        for (const which of order) {
          const head = list[which % list.length] ?? '';
          const read = readPlainRequest(head);
          assert.deepEqual(read, readAlone(head), JSON.stringify(head));
          seen[typeof read === 'string' ? 'other' : 'plain'] += 1;
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(seen.plain > 5000 && seen.other > 1000, JSON.stringify(seen));
  });

  it('that have not come whole are waited for, also where they begin as usual', () => {
    const whole = 'GET /auth/traefik HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\n';
    for (let round = 0; round < 200; round += 1) assert.deepEqual(readPlainRequest(whole), readAlone(whole));
    for (let length = 0; length < whole.length; length += 1)
      assert.equal(readPlainRequest(whole.slice(0, length)), 'incomplete', `${length} bytes`);
  });
});

const line =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[^\0-\x20\x7f](?:[^\0-\x08\x0a-\x1f\x7f]*[^\0-\x20\x7f])?)?)$/;
const framing = /^(?:connection|content-length|expect|proxy-connection|transfer-encoding|upgrade)$/i;

/** With no memory at all, of a head that has come whole. */
function readAlone(head: string): unknown {
  const [first = '', ...rest] = head.split('\r\n');
  const url = /^GET (\/[A-Za-z0-9._~/?&=%:,@+-]*) HTTP\/1\.1$/.exec(first)?.[1];
  const headers = rest.slice(0, -2).map((text) => line.exec(text)?.slice(1));
  const isPlain = headers.every((pair) => pair !== undefined && !framing.test(pair[0] ?? ''));
  return url === undefined || !isPlain ? 'other' : { method: 'GET', url, headers: headers.flat() };
}

const names = [
  'Host',
  'host',
  'HOST',
  'Hos',
  'Accept',
  'Accept-Encoding',
  'Cookie',
  'cookie',
  'X-Real-Ip',
  'X-Own',
];
const values = ['', 'a', 'ab', 'a b', 'a: b', '\xe9', 'x'.repeat(505), 'x'.repeat(600)];
const usual = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(':', ': ', ':  '), fc.constantFrom(...values))
  .map((parts) => parts.join(''));
const odd = fc.constantFrom(
  'Connection: close',
  'Content-Length: 1',
  'Transfer-Encoding: chunked',
  ' folded',
  'Host : a',
  'Host: a\n',
  'Host: a\nUpgrade: x',
  'Host: a ',
  'Host',
  ': a',
  '',
);
const lines = fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: odd });
const starts = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('/', '/auth/traefik', '/auth/traefik2', '/auth', '/auth/envoy/a', '/a?b'),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '/a b', '/\xe9', `/${'a'.repeat(600)}`) },
);
const heads = fc
  .tuple(starts, fc.array(lines, { maxLength: 6 }))
  .map(([url, list]) => `${[`GET ${url} HTTP/1.1`, ...list].join('\r\n')}\r\n\r\n`);
