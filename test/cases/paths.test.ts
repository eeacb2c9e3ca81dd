import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer } from '../../gateway/answer.ts';
import { openStandalone } from '../../gateway/standalone/open.ts';
import { createTestGate } from '../gateway/gate.ts';
import { traefikHeaders } from '../gateway/samples.ts';
import { sendRaw, startUpstream } from '../gateway/standalone/sockets.ts';
import { inFull, toldBy } from './messages.ts';
import { encodedPaths, type PathCase, paths, rawPaths } from './paths.ts';

const file = (upstream: string): string => `publicUrl: http://lab.localhost/sso
trustedProxies: [127.0.0.1]
providers: { scicat: { kind: scicat, url: 'https://scicat.lab.org' } }
apps:
  open:
    url: http://lab.localhost/open
    upstream: '${upstream}'
    rules: [{ paths: [/admin/**], allow: { groups: [it] } }, { allow: public }]
  keys: { url: http://lab.localhost/keys, upstream: '${upstream}', encodedCharacters: [slash, percent], allow: public }
  root: { url: http://lab.localhost, upstream: '${upstream}', allow: public }
`;

const named: readonly (PathCase & { readonly name?: string })[] = [...paths, ...encodedPaths];

describe('a path', () => {
  for (const { target, expected, name = target } of [...named, ...rawPaths])
    it(`${name} in a proxy’s question is ${expected}`, async () => {
      const { gate, config } = await createTestGate({}, file('http://127.0.0.1:1'));
      const headers = traefikHeaders({
        'X-Forwarded-Uri': target,
        'X-Forwarded-Host': 'lab.localhost',
        'X-Forwarded-Proto': 'http',
      });
      const question = { method: 'GET', url: '/auth/traefik', headers, peerAddress: '127.0.0.1' };
      const { status, body } = await answer(question, gate, config.trustedProxies);
      assert.equal(toldBy(`HTTP/1.1 ${status} ${body}`), inFull(expected));
    });

  it('in standalone mode is judged alike, and the app receives what was judged or nothing', async (t) => {
    const upstream = await startUpstream(t);
    const { gate, config } = await createTestGate({}, file(upstream.url));
    const listener = await openStandalone({
      address: { host: '127.0.0.1', port: 0 },
      reusePort: false,
      limits: config.standalone,
      current: () => ({ gate, scheme: 'http', isTrustedProxy: () => true }),
      ownPages: () => {},
      recheckMs: 5000,
    });
    t.after(() => listener.close(0));
    // Its parser takes no such byte.
    const unread = rawPaths.map((one) => ({ ...one, expected: '400 unreadable_request' }));
    const all = [...named, ...unread];
    for (const { target, expected } of all) {
      const request = `GET ${target} HTTP/1.1\r\nHost: lab.localhost\r\nConnection: close\r\n\r\n`;
      assert.equal(toldBy(await sendRaw(listener.address.port, request)), inFull(expected), target);
    }
    assert.deepEqual(
      upstream.received.map(({ target }) => target),
      all.filter(({ expected }) => expected === '200').map(({ target }) => target),
    );
  });

  it('that passes is read by a strict and by a careless app as it was judged', () => {
    const admin = /^\/open\/+admin(?:\/|$)/i;
    for (const { target } of paths.filter(({ expected }) => expected === '200')) {
      const url = new URL(target, 'http://lab.localhost');
      const careless = decodeURIComponent(decodeURIComponent(url.pathname))
        .replace(/;[^/]*/g, '')
        .replaceAll('\\', '/');
      for (const reading of [url.pathname, decodeURIComponent(url.pathname), careless])
        assert.doesNotMatch(reading, admin, target);
    }
  });
});
