// What is particular to Envoy, with the file of deploy/envoy/: what reaches the question and the app, the one as the
// other, over TLS with HTTP/1.1 and HTTP/2; outages, bodies, websockets. The rest is in proxies.test.ts and sign-in.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { request } from 'node:https';
import { after, before, it } from 'node:test';
import { WebSocket } from 'ws';
import { paths } from '../cases/paths.ts';
import { describeWith, envoy, findPart, openssl } from '../real-parts/find.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { makeAuthority } from '../tls/authority.ts';
import { type Client, createClient, field } from './ask.ts';
import { type Echo, startEcho } from './echo.ts';
import { type EnvoyApp, startEnvoy } from './envoy.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import type { RunningProxy } from './nginx.ts';

const host = 'lab.localhost';
const apps = {
  echo: { url: 'https://lab.localhost/echo', public: ['/open/**'], allow: 'signed-in' },
  near: {
    url: 'https://lab.localhost/near',
    rules: [
      { paths: ['/claimed'], networks: ['6.6.6.0/24'], allow: 'public' },
      { paths: ['/here'], networks: ['0.0.0.0/0'], allow: 'public' },
    ],
  },
  open: {
    url: 'https://lab.localhost/open',
    rules: [{ paths: ['/admin/**'], allow: { groups: ['it'] } }, { allow: 'public' }],
  },
};

/** What a client says in a proxy's place. */
const claims = [
  ...['X-Forwarded-For', '6.6.6.6', 'X-Forwarded-Host', 'evil.org', 'X-Forwarded-Proto', 'gopher'],
  ...['X-Forwarded-Port', '99', 'X-Forwarded-Uri', '/evil', 'X-Forwarded-Method', 'EVIL'],
  ...['X-Forwarded-Prefix', '/evil', 'X-Forwarded-User', 'evil', 'Forwarded', 'for=6.6.6.6;host=evil'],
  ...[
    'X-Original-URL',
    '/evil',
    'X-Original-Method',
    'EVIL',
    'X-Original-URI',
    '/evil',
    'X-Real-IP',
    '6.6.6.6',
  ],
];

describeWith([envoy, openssl], 'Envoy over TLS, with the gateway', () => {
  let scicat: ScicatSimulator;
  let echo: Echo;
  let gateway: TestGateway;
  let proxy: RunningProxy;
  let ask: Client;
  let bearer: readonly string[];

  before(async () => {
    [scicat, echo] = [await startScicat(), await startEcho()];
    gateway = await startTestGateway({ scicatUrl: scicat.url, apps });
    proxy = await startEnvoy(
      findPart(envoy) ?? '',
      { proxies: gateway.proxiesPort, public: gateway.publicPort },
      {
        apps: ['echo', 'near', 'open'].map((name) => appAt(name, echo.port)),
        certificate: makeAuthority(['DNS:lab.localhost']).server,
      },
    );
    ask = createClient({ scheme: 'https', port: proxy.port });
    bearer = ['Authorization', `Bearer ${await scicat.tokenFor('alice')}`];
  });

  after(async () => {
    await proxy?.stop();
    await gateway?.stop();
    await echo?.stop();
    await scicat?.stop();
  });

  function lastReceived() {
    const received = echo.received.at(-1);
    assert.ok(received !== undefined, 'the app received nothing');
    return received;
  }

  it('tells the app who is there and from where, and nothing that a client says in a proxy’s place', async () => {
    assert.equal((await ask({ path: '/echo/x', host, headers: [...bearer, ...claims] })).status, 200);
    const { headers } = lastReceived();
    assert.doesNotMatch(JSON.stringify(headers), /evil|6\.6\.6\.6|gopher|"99"/i);
    assert.equal(headers['x-auth-username'], 'alice');
    assert.equal(headers['x-forwarded-proto'], 'https');
    assert.match(String(headers['x-forwarded-for']), /^[\d.]+$/);
    assert.equal(headers.authorization, undefined);
  });

  it('tells the gateway from where somebody comes, which no client can say', async () => {
    const headers = ['X-Forwarded-For', '6.6.6.6', 'X-Envoy-External-Address', '6.6.6.6'];
    assert.equal((await ask({ path: '/near/claimed', host, headers })).status, 403);
    assert.equal(
      (await ask({ path: '/near/here', host, headers })).status,
      200,
      'else it is told no address',
    );
  });

  it('passes every path on as it was judged, or refuses it', async () => {
    for (const { target, expected } of paths.filter(({ target }) => target.startsWith('/open/'))) {
      const count = echo.received.length;
      const told = await ask({ path: target, host }).catch(() => undefined);
      const urls = echo.received.slice(count).map(({ url }) => url);
      // What is no path at all, Envoy refuses itself.
      if (told === undefined || told.body === '' || told.body === 'Bad Request') {
        assert.ok(expected.startsWith('400'), target);
        assert.ok(told === undefined || told.status === 400, target);
      } else if (told.status === 200) assert.deepEqual([expected, urls], ['200', [target]]);
      else assert.equal(`${told.status} ${field(told, 'reason')}`, expected, target);
      if (told?.status !== 200) assert.deepEqual(urls, [], target);
    }
  });

  it('asks about what stands there twice as the app sees it, or refuses', async () => {
    for (const path of ['/echo/x', '/open/x'])
      for (const own of ['__Host-beamgate=stolen', '__Secure-beamgate=stolen']) {
        const headers = [...bearer, 'Cookie', 'a=1; b=2', 'Cookie', own, 'Cookie', 'c=3'];
        assert.equal((await ask({ path, host, headers })).status, 200);
        assert.equal(
          lastReceived().headers.cookie,
          'a=1',
          'Envoy asks with what stands on both sides of a comma',
        );
      }
    const refused = await ask({ path: '/echo/x', host, headers: [...bearer, 'Authorization', 'Bearer x'] });
    assert.equal(refused.status, 401);
    for (const name of ['X-Auth-Username', 'x-auth-username', 'X-AUTH-Groups']) {
      await ask({ path: '/echo/open/x', host, headers: [name, 'root', name.toUpperCase(), 'root'] });
      assert.doesNotMatch(JSON.stringify(lastReceived()), /root/);
    }
    const hosts = await ask({ path: '/echo/x', host, headers: [...bearer, 'Host', 'evil.org'] });
    assert.equal(hosts.status, 404, 'of Envoy itself');
  });

  it('speaks HTTP/2 with the client, and is asked by the same rules', async (t) => {
    const session = connect(`https://127.0.0.1:${proxy.port}`, { rejectUnauthorized: false });
    t.after(() => session.destroy());
    const get = async (path: string, more: Record<string, string | string[]> = {}) => {
      const stream = session.request({ ':path': path, ':authority': host, ...more });
      const [headers]: IncomingHttpHeaders[] = await once(stream, 'response');
      stream.resume();
      await once(stream, 'close');
      return headers ?? {};
    };
    const authorization = bearer[1] ?? '';
    const cookie = ['a=1', 'b=2', '__Host-beamgate=x'];
    const passed = await get('/echo/x?q=1', { authorization, cookie, 'x-forwarded-host': 'evil.org' });
    assert.equal(passed[':status'], 200);
    const { url, headers } = lastReceived();
    assert.deepEqual([url, headers.host, headers.cookie], ['/echo/x?q=1', host, 'a=1; b=2']);
    assert.equal(headers['x-auth-username'], 'alice');
    assert.equal((await get('/echo/x'))[':status'], 401);
    for (const path of ['/echo//x', '/echo/../echo/x', '/echo/a%2Fb', '/echo/a;/../x'])
      assert.equal((await get(path, { authorization }))[':status'], 400, path);
    const person = await get('/echo/x', { 'sec-fetch-mode': 'navigate', accept: 'text/html' });
    assert.equal(person[':status'], 302);
    assert.equal(new URL(String(person.location)).pathname, '/sso/login');
  });

  it('serves the gateway’s own pages, and the way back from signing in', async () => {
    const page = await ask({
      path: '/sso/login?app=echo',
      host,
      headers: ['Accept', 'text/html', ...claims],
    });
    assert.ok([200, 302, 404].includes(page.status), `${page.status}`);
    const back = await ask({ path: '/.beamgate/return?code=x', host });
    assert.ok(back.status >= 400 && back.status < 500, `${back.status} ${back.body}`);
  });

  it('lets a WebSocket through that may pass, and no other', async () => {
    const open = (headers: Record<string, string>) =>
      new WebSocket(`wss://127.0.0.1:${proxy.port}/echo/live`, {
        headers: { Host: host, ...headers },
        rejectUnauthorized: false,
      });
    const socket = open({ Authorization: bearer[1] ?? '', 'X-Auth-Name': 'root' });
    const [message]: Buffer[] = await once(socket, 'message');
    assert.equal(JSON.parse(String(message))['x-auth-username'], 'alice');
    assert.doesNotMatch(String(message), /root|Bearer/);
    socket.send('there and back');
    const [answer]: Buffer[] = await once(socket, 'message');
    assert.equal(String(answer), 'there and back');
    socket.close();
    const [error]: Error[] = await once(open({}), 'error');
    assert.match(error?.message ?? '', /Unexpected server response: 401/);
  });

  it('lets nobody through, not even to what is public, while the gateway is away, and says so in JSON', async () => {
    await gateway.stop();
    const count = echo.received.length;
    for (const path of ['/echo/x', '/open/x']) {
      const told = await ask({ path, host, headers: bearer });
      assert.equal(told.status, 503);
      assert.equal(field(told, 'reason'), 'unavailable');
      assert.ok(field(told, 'message') !== undefined);
      assert.equal(told.headers['retry-after'], '5');
    }
    assert.equal(echo.received.length, count);
  });
});

describeWith([envoy, openssl], 'Envoy’s question', () => {
  it('has no body: that streams to the app alone, which sees its beginning before its end is sent', async (t) => {
    const questions: {
      readonly method: string;
      readonly headers: IncomingMessage['headers'];
      bytes: number;
    }[] = [];
    const asked = await listen((question, answer) => {
      const one = { method: question.method ?? '', headers: question.headers, bytes: 0 };
      questions.push(one);
      question.on('data', (chunk: Buffer) => {
        one.bytes += chunk.length;
      });
      answer.end('{}');
    });
    let [begun, bytes] = [0, 0];
    const app = await listen((received, answer) => {
      received.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (begun === 0) answer.write('first');
        begun = 1;
      });
      received.on('end', () => answer.end('last'));
    });
    const certificate = makeAuthority(['DNS:lab.localhost']).server;
    const running = await startEnvoy(
      findPart(envoy) ?? '',
      { proxies: asked.port, public: asked.port },
      { apps: [appAt('echo', app.port)], certificate },
    );
    t.after(async () => {
      await running.stop();
      asked.stop();
      app.stop();
    });
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const upload = request({
      ...{ host: '127.0.0.1', port: running.port, servername: host, method: 'POST', path: '/echo/x' },
      headers: { Host: host, Expect: '100-continue' },
      rejectUnauthorized: false,
    });
    upload.write(chunk);
    const [response]: IncomingMessage[] = await once(upload, 'response');
    assert.ok(response !== undefined);
    assert.equal(String((await once(response, 'data'))[0]), 'first');
    for (let sent = 1; sent < 32; sent += 1) if (!upload.write(chunk)) await once(upload, 'drain');
    upload.end();
    assert.equal(String((await once(response, 'data'))[0]), 'last');
    assert.equal(bytes, 32 * 1024 * 1024);
    const [question, ...others] = questions.filter(({ method }) => method === 'POST');
    assert.equal(others.length, 0);
    assert.deepEqual([question?.bytes, question?.headers['content-length']], [0, '0']);
    assert.equal(question?.headers['transfer-encoding'], undefined);
  });
});

function appAt(name: string, port: number): EnvoyApp {
  return { name, host, prefix: `/${name}`, port };
}

async function listen(listener: RequestListener): Promise<{ readonly port: number; stop(): void }> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
  return {
    port: address.port,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
