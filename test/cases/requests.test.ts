import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer } from '../../gateway/answer.ts';
import { createTestGate } from '../gateway/gate.ts';
import { traefikHeaders } from '../gateway/samples.ts';
import { startStandalone, startUpstream } from '../gateway/standalone/sockets.ts';
import { inFull, toldBy } from './messages.ts';
import { credentials, hosts, type RequestCase } from './requests.ts';

const file = `publicUrl: http://lab.localhost/sso
providers:
  scicat: { kind: scicat, url: 'https://scicat.lab.org' }
  two: { kind: scicat, url: 'https://two.lab.org', header: X-Two }
apps: { echo: { url: http://lab.localhost/echo, providers: [scicat], allow: signed-in } }
`;

/** As Traefik puts it: the client's host in a header of its own, what `Connection` names left as it is. */
async function throughProxy(headers: readonly string[]): Promise<string> {
  const { gate, config } = await createTestGate({ good: {} }, file);
  const pairs = headers.map(
    (line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const,
  );
  const [host = 'lab.localhost', ...others] = pairs.flatMap(([name, value]) =>
    name === 'Host' ? [value] : [],
  );
  const own = { 'X-Forwarded-Uri': '/echo/a', 'X-Forwarded-Host': host };
  const repeated = others.flatMap((other) => ['X-Forwarded-Host', other]);
  const client = [...pairs.filter(([name]) => name !== 'Host').flat(), ...repeated];
  const asked = {
    method: 'GET',
    url: '/auth/traefik',
    headers: traefikHeaders(own, client),
    peerAddress: '127.0.0.1',
  };
  const { status, body } = await answer(asked, gate, config.trustedProxies);
  return toldBy(`HTTP/1.1 ${status} ${body}`);
}

const tables: readonly (readonly [string, readonly RequestCase[], readonly string[]])[] = [
  ['credentials', credentials, []],
  ['host', hosts, ['Authorization: Bearer good']],
];
for (const [what, cases, besides] of tables)
  describe(`a request, its ${what}`, () => {
    for (const one of cases)
      it(`${one.name}: ${one.expected}`, async () => {
        const isMissing = one.headers.includes('Host: ');
        const isRepeated = one.headers.filter((line) => line.startsWith('Host: ')).length > 1;
        const expected = isMissing
          ? '400 missing_forwarded_header'
          : isRepeated
            ? '400 repeated_forwarded_header'
            : one.expected;
        assert.equal(await throughProxy([...besides, ...one.headers]), inFull(expected));
      });

    it('each of them in standalone mode: the same, and the app sees those that passed alone', async (t) => {
      const upstream = await startUpstream(t);
      const gateway = await startStandalone(t, upstream.url);
      for (const { name, headers, expected } of cases) {
        const host = headers.some((line) => line.startsWith('Host:')) ? [] : ['Host: lab.localhost'];
        const close = headers.some((line) => line.startsWith('Connection:')) ? [] : ['Connection: close'];
        const lines = ['GET /echo/a HTTP/1.1', ...host, ...close, ...besides, ...headers];
        assert.equal(toldBy(await gateway.send(...closing(lines), '', '')), inFull(expected), name);
      }
      assert.equal(upstream.received.length, cases.filter(({ expected }) => expected === '200').length);
    });
  });

/** Without it the connection would stay open, and the test would wait for its end. */
function closing(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (/^Connection: (?!close$)/.test(line) ? `${line}, close` : line));
}
