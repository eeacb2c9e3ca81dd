// The tables of test/cases/ through the real Traefik, byte for byte: what the gateway lets pass, the app has received,
// and reads as it was judged; what it refuses, the app has never seen.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { inFull, toldBy } from '../cases/messages.ts';
import { encodedPaths, paths, rawPaths } from '../cases/paths.ts';
import { credentials, hosts } from '../cases/requests.ts';
import { sendRaw } from '../gateway/standalone/sockets.ts';
import { describeWith, findPart, traefik } from '../real-parts/find.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { type Echo, startEcho } from './echo.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';

const apps = {
  open: {
    url: 'https://tables.lab.localhost/open',
    rules: [{ paths: ['/admin/**'], allow: { groups: ['it'] } }, { allow: 'public' }],
  },
  keys: {
    url: 'https://tables.lab.localhost/keys',
    encodedCharacters: ['slash', 'percent'],
    allow: 'public',
  },
  root: { url: 'https://tables.lab.localhost', allow: 'public' },
  echo: { url: 'https://lab.localhost/echo', allow: 'signed-in' },
};

describeWith([traefik], 'the tables of test/cases/ through the real Traefik', () => {
  let scicat: ScicatSimulator;
  let echo: Echo;
  let gateway: TestGateway;
  let proxy: RunningTraefik;
  let good: string;

  before(async () => {
    scicat = await startScicat();
    echo = await startEcho();
    gateway = await startTestGateway({ scicatUrl: scicat.url, apps });
    const ports = { proxies: gateway.proxiesPort, public: gateway.publicPort, transfer: await freePort() };
    proxy = await startTraefik(findPart(traefik) ?? '', ports, (middleware) => ({
      http: {
        middlewares: { ask: { forwardAuth: middleware } },
        routers: {
          // Whatever comes in: which host and path it is for, the gateway alone decides.
          everything: {
            rule: 'PathPrefix(`/`)',
            service: 'echo',
            entryPoints: ['plain'],
            middlewares: ['ask'],
          },
        },
        services: { echo: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${echo.port}` }] } } },
      },
    }));
    good = await scicat.tokenFor('alice');
  });

  after(async () => {
    await proxy?.stop();
    await gateway?.stop();
    await echo?.stop();
    await scicat?.stop();
  });

  /** @returns status and reason, and what of it the app has received. */
  async function send(target: string, headers: readonly string[]) {
    const from = echo.received.length;
    const lines = [`GET ${target} HTTP/1.1`, ...headers, '', ''];
    const told = toldBy(await sendRaw(proxy.plainPort, lines.join('\r\n')));
    return { told, received: echo.received.slice(from) };
  }

  it('credentials: the same answers, and the app gets the requests that passed alone, without what was read', async () => {
    const forged = `${good.slice(0, -4)}AAAA`;
    for (const { name, headers, ...one } of credentials) {
      // What `Connection` names, Traefik takes away before it asks: the client's copy is gone, and ours is not.
      const connection = headers.find((line) => line.startsWith('Connection:'));
      const expected =
        connection === undefined
          ? one.expected
          : /Authorization/.test(connection)
            ? '401 no_credential'
            : '200';
      const real = headers.map((line) =>
        line
          .replaceAll('good', good)
          .replaceAll('Bearer bad', `Bearer ${forged}`)
          .replace(/: bad$/, `: ${forged}`),
      );
      const close = real.map((line) => (line.startsWith('Connection:') ? `${line}, close` : line));
      const closing = close.some((line) => line.startsWith('Connection:'))
        ? close
        : [...close, 'Connection: close'];
      const { told, received } = await send('/echo/a', ['Host: lab.localhost', ...closing]);
      // A provider that is real says another thing of a token that is none of its own.
      assert.equal(told.slice(0, 3), expected.slice(0, 3), `${name}: ${told}`);
      if (expected.startsWith('400')) assert.equal(told, inFull(expected), name);
      assert.equal(received.length, expected === '200' ? 1 : 0, name);
      for (const { headers: seen } of received) assert.equal(seen['x-auth-username'], 'alice', name);
    }
  });

  it('hosts: the app of another host is never reached', async () => {
    for (const { name, headers, expected } of hosts) {
      const { told, received } = await send('/echo/a', [
        ...headers,
        `Authorization: Bearer ${good}`,
        'Connection: close',
      ]);
      assert.equal(received.length, expected === '200' ? 1 : 0, `${name}: ${told}`);
      assert.equal(told, hostsRead[name] ?? inFull(expected), name);
    }
  });

  it('paths: what reaches the app is what was judged, however Traefik has written it anew', async () => {
    const all = [...paths, ...encodedPaths, ...rawPaths];
    for (const { target, expected } of all) {
      const { told, received } = await send(target, ['Host: tables.lab.localhost', 'Connection: close']);
      const anew = rewritten[target] ?? { url: target, expected };
      assert.equal(
        told,
        refusedByTraefik.test(target) ? '400' : inFull(anew.expected),
        JSON.stringify(target),
      );
      assert.deepEqual(
        received.map(({ url }) => url),
        told === '200' ? [anew.url] : [],
        JSON.stringify(target),
      );
      for (const { url } of received)
        for (const reading of readings(url.split('?', 1)[0] ?? ''))
          assert.doesNotMatch(reading, /^\/open\/+admin(?:\/|$)/i, target);
    }
  });
});

/** What is no host to Traefik itself, it answers without a question; an empty one it leaves out of the question. */
const hostsRead: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['two by a comma', 'two', 'with a user', 'with a path', 'with a space', 'with bytes beyond ASCII'].map(
      (name) => [name, '400'],
    ),
  ),
  empty: inFull('400 missing_forwarded_header'),
};

/** With an escape or byte that is none, Traefik answers itself and asks nobody. */
const refusedByTraefik = /[\u0000-\u001f\u007f#]|%(?![0-9a-f]{2})/i;

/** Traefik removes dot segments and doubled slashes before it asks: what it asks about is judged, and is what arrives. */
const rewritten: Readonly<Record<string, { readonly url: string; readonly expected: string }>> = {
  ...Object.fromEntries(
    [
      '/open//admin',
      '//open/admin',
      '/open/./admin',
      '/open/a/../admin',
      '/open/%2e/admin',
      '/open/a/%2e%2e/admin',
      '/open/a/.%2E/admin',
    ].map((target) => [target, { url: '/open/admin', expected: '401 no_credential' }]),
  ),
  '/open/a//': { url: '/open/a/', expected: '200' },
  '/open/..': { url: '/', expected: '200' },
  '/%6fpen/a': { url: '/open/a', expected: '200' },
  '/open/caf\u00c3\u00a9': { url: '/open/caf%C3%A9', expected: '200' },
  '/open/a?x=//admin&y=%2Fadmin;': { url: '/open/a?x=//admin&y=%2Fadmin&', expected: '200' },
};

/** As a strict app, one that decodes, and one that decodes twice and knows `;` and `\` reads it. */
function readings(path: string): readonly string[] {
  const once = decodeURIComponent(path);
  const careless = decodeURIComponent(once.replace(/%(?![0-9a-f]{2})/gi, '%25'))
    .replace(/;[^/]*/g, '')
    .replaceAll('\\', '/');
  const resolved = new URL(careless, 'http://lab.localhost').pathname;
  return [path, once, careless, resolved];
}
