// One suite through every real proxy with the files that we give for it: Traefik, nginx, Caddy, Envoy.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { after, before, it } from 'node:test';
import { WebSocket } from 'ws';
import { paths } from '../cases/paths.ts';
import { sendRaw } from '../gateway/standalone/sockets.ts';
import { caddy, describeWith, envoy, findPart, nginx, type RealPart, traefik } from '../real-parts/find.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { type Client, createClient, field, type Told } from './ask.ts';
import { startCaddy } from './caddy.ts';
import { type Echo, type Received, startEcho } from './echo.ts';
import { type EnvoyApp, startEnvoy } from './envoy.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { type ProxyPorts, type RunningProxy, startNginx } from './nginx.ts';
import { freePort, startTraefik } from './traefik.ts';

const host = 'lab.localhost';
const navigation = ['Sec-Fetch-Mode', 'navigate', 'Accept', 'text/html'];
/** Envoy tells an address of the machine itself where the client is at the loopback one. */
const ownAddresses = Object.values(networkInterfaces()).flatMap((list = []) =>
  list.map(({ address }) => address),
);
const apps = {
  echo: {
    url: 'https://lab.localhost/echo',
    public: ['/open/**'],
    rules: [
      { paths: ['/closed'], allow: 'nobody' },
      { paths: ['/near'], networks: ownAddresses, allow: 'public' },
      { paths: ['/far'], networks: ['203.0.113.0/24'], allow: 'public' },
      { methods: ['GET', 'HEAD', 'POST'], allow: 'signed-in' },
    ],
  },
  open: {
    url: 'https://lab.localhost/open',
    rules: [{ paths: ['/admin/**'], allow: { groups: ['it'] } }, { allow: 'public' }],
  },
  flows: { url: 'https://lab.localhost/flows', preset: 'ecflow', allow: 'signed-in' },
};
const prefixes = ['/echo/', '/open/'];

type Kind = {
  readonly part: RealPart;
  readonly start: (program: string, ports: ProxyPorts) => Promise<RunningProxy>;
};

/** As ecFlow publishes it, made for Auth-o-tron: only the address of the question is ours. */
const ecflow = (ports: ProxyPorts): string => `
location = /auth {
  internal;
  proxy_pass http://127.0.0.1:${ports.proxies}/authenticate;
  proxy_pass_request_body off;
  proxy_set_header Content-Length "";
  proxy_set_header X-Original-URI $request_uri;
}
location /flows/ {
  auth_request /auth;
  auth_request_set $auth_header $upstream_http_authorization;
  auth_request_set $x_auth_username $upstream_http_x_auth_username;
  auth_request_set $x_auth_realm $upstream_http_x_auth_realm;
  auth_request_set $x_auth_roles $upstream_http_x_auth_roles;
  proxy_set_header Authorization $auth_header;
  proxy_set_header X-Auth-Username $x_auth_username;
  proxy_set_header X-Auth-Realm $x_auth_realm;
  proxy_set_header X-Auth-Roles $x_auth_roles;
  proxy_pass http://127.0.0.1:${ports.app};
}`;

async function startTraefikPlain(program: string, ports: ProxyPorts): Promise<RunningProxy> {
  const running = await startTraefik(program, { ...ports, transfer: await freePort() }, () => ({
    http: {
      routers: {
        echo: {
          rule: 'PathPrefix(`/echo/`) || PathPrefix(`/open/`)',
          service: 'echo',
          entryPoints: ['plain'],
          middlewares: ['beamgate'],
        },
      },
      services: { echo: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${ports.app}` }] } } },
    },
  }));
  return { port: running.plainPort, stop: running.stop };
}

const appsOfEnvoy = (port: number): readonly EnvoyApp[] =>
  ['echo', 'open'].map((name) => ({ name, host, prefix: `/${name}`, port }));

const kinds: readonly Kind[] = [
  { part: traefik, start: startTraefikPlain },
  {
    part: nginx,
    start: (program, ports) => startNginx(program, ports, { prefixes, extra: ecflow(ports) }),
  },
  { part: caddy, start: (program, ports) => startCaddy(program, ports, { prefixes }) },
  { part: envoy, start: (program, ports) => startEnvoy(program, ports, { apps: appsOfEnvoy(ports.app) }) },
];

for (const { part, start } of kinds)
  describeWith([part], `the gateway behind the real ${part.name}`, () => {
    let scicat: ScicatSimulator;
    let echo: Echo;
    let gateway: TestGateway;
    let proxy: RunningProxy;
    let ask: Client;
    let alice: string;

    before(async () => {
      [scicat, echo] = [await startScicat(), await startEcho()];
      gateway = await startTestGateway({
        scicatUrl: scicat.url,
        apps,
        top: { authenticateApp: 'flows', cache: { identitySeconds: 60, rejectionSeconds: 0 } },
      });
      const ports = { proxies: gateway.proxiesPort, public: gateway.publicPort, app: echo.port };
      proxy = await start(findPart(part) ?? '', ports);
      ask = createClient({ scheme: 'http', port: proxy.port });
      alice = await scicat.tokenFor('alice');
    });

    after(async () => {
      await proxy?.stop();
      await gateway?.stop();
      await echo?.stop();
      await scicat?.stop();
    });

    const bearer = () => ['Authorization', `Bearer ${alice}`];
    const lastReceived = (): Received => {
      const received = echo.received.at(-1);
      assert.ok(received !== undefined, 'the app received nothing');
      return received;
    };

    async function refusedBeforeTheApp(question: Promise<Told>): Promise<Told> {
      const count = echo.received.length;
      const told = await question;
      assert.equal(echo.received.length, count, 'the app was asked although the gateway refused');
      return told;
    }

    it('is not asked for this app about a path of another case, which is another app’s by its rules', async () => {
      const told = await refusedBeforeTheApp(ask({ path: '/OPEN/x', host, headers: bearer() }));
      assert.equal(told.status, 404, 'of the proxy itself: no app has it');
    });

    it('tells the app who it is, and not by what credential', async () => {
      const headers = [...bearer(), 'Cookie', 'a=1; __Host-beamgate=x', 'SciCat-API-Key', alice];
      assert.equal((await ask({ path: '/echo/x?q=%20&r=1', host, headers })).status, 200);
      const { url, headers: received } = lastReceived();
      assert.equal(url, '/echo/x?q=%20&r=1');
      assert.equal(received['x-auth-username'], 'alice');
      assert.equal(received['x-auth-groups'], 'p1,p2');
      assert.match(String(received['x-auth-assertion']), /^eyJ/);
      assert.equal(received.cookie, 'a=1');
      assert.equal(received['scicat-api-key'], undefined);
      assert.equal((await ask({ path: '/echo/x', host, headers: bearer() })).status, 200);
      assert.equal(lastReceived().headers.authorization, undefined);
    });

    it('passes on what it did not read, and nothing that stands for a header that is missing', async () => {
      const headers = ['SciCat-API-Key', alice, 'Authorization', 'Bearer the-apps-own'];
      assert.equal((await ask({ path: '/echo/x', host, headers })).status, 200);
      assert.equal(lastReceived().headers.authorization, 'Bearer the-apps-own');
      assert.equal((await ask({ path: '/echo/open/x', host })).status, 200);
      assert.doesNotMatch(JSON.stringify(lastReceived().headers), /[{]http|\$/);
      assert.equal(lastReceived().headers['x-auth-username'] ?? '', '');
    });

    it('never lets a client’s identity reach the app', async () => {
      for (const path of ['/echo/x', '/echo/open/x'])
        for (const name of [
          'X-Auth-Username',
          'X-Auth-Assertion',
          'X_Auth_Username',
          'Remote-User',
          'X-WEBAUTH-USER',
        ]) {
          const count = echo.received.length;
          await ask({ path, host, headers: [...bearer(), name, 'root'] });
          assert.doesNotMatch(JSON.stringify(echo.received.slice(count)), /root/, `${path} ${name}`);
        }
    });

    it('never lets the app see what a client says in a proxy’s place', async () => {
      const names = ['For', 'Host', 'Proto', 'Port', 'Uri', 'Method', 'Prefix', 'User'];
      for (const name of [...names.map((one) => `X-Forwarded-${one}`), 'X-Original-URL', 'X-Rewrite-URL']) {
        const count = echo.received.length;
        for (const path of ['/echo/x', '/echo/open/x'])
          await ask({ path, host, headers: [...bearer(), name, '/elsewhere'] });
        assert.doesNotMatch(JSON.stringify(echo.received.slice(count)), /elsewhere/, name);
      }
    });

    it('sends a person to sign in, and tells a program', async () => {
      const person = await refusedBeforeTheApp(ask({ path: '/echo/x?q=1', host, headers: navigation }));
      assert.equal(person.status, 302);
      const to = new URL(String(person.headers.location));
      assert.equal(`${to.origin}${to.pathname}`, 'https://lab.localhost/sso/login');
      assert.match(
        to.searchParams.get('return_to') ?? '',
        /^https?:\/\/lab\.localhost(:\d+)?\/echo\/x\?q=1$/,
      );
      const program = await refusedBeforeTheApp(ask({ path: '/echo/x', host }));
      assert.equal(program.status, 401);
      assert.equal(field(program, 'reason'), 'no_credential');
      const bad = ['Authorization', 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA'];
      assert.equal((await refusedBeforeTheApp(ask({ path: '/echo/x', host, headers: bad }))).status, 401);
    });

    it('sends a person to sign in from the longest address that they are led back to', async () => {
      const path = `/echo/d?${'var=%5Ba%5D&'.repeat(480)}`;
      const told = await refusedBeforeTheApp(ask({ path, host, headers: navigation }));
      assert.equal(told.status, 302);
      const to = new URL(String(told.headers.location));
      assert.ok(to.searchParams.get('return_to')?.endsWith(path));
      const [long, short] = [to.search, '?return_to=https%3A%2F%2Flab.localhost%2Fecho%2Fd'];
      const asked = [long, short].map((query) => ask({ path: `/sso/login${query}`, host }));
      const [one, other] = await Promise.all(asked);
      assert.equal(one?.status, other?.status);
    });

    it('tells the app of as many groups, and of as many cookies, as the gateway does', async () => {
      const groups = Array.from({ length: 110 }, (_, index) => `proposal-2026-${index}`);
      scicat.setGroups('ingestor', groups);
      const token = await scicat.tokenFor('ingestor');
      const cookies = `a=${'x'.repeat(4000)}; b=${'y'.repeat(3000)}`;
      const headers = ['Authorization', `Bearer ${token}`, 'Cookie', cookies];
      assert.equal((await ask({ path: '/echo/x', host, headers })).status, 200);
      const { headers: received } = lastReceived();
      assert.deepEqual([received['x-auth-groups'], received.cookie], [groups.join(','), cookies]);
    });

    it('goes by path and method', async () => {
      const closed = await refusedBeforeTheApp(ask({ path: '/echo/closed', host, headers: bearer() }));
      assert.equal(closed.status, 403);
      assert.ok(field(closed, 'message') !== undefined);
      const deleted = await refusedBeforeTheApp(
        ask({ method: 'DELETE', path: '/echo/x', host, headers: bearer() }),
      );
      assert.equal(deleted.status, 403);
      const posted = await ask({ method: 'POST', path: '/echo/x', host, headers: bearer(), body: 'abc' });
      assert.equal(posted.status, 200);
      assert.equal(lastReceived().method, 'POST');
    });

    it('ignores what a client says in its place', async () => {
      const claims = ['X-Original-URL', 'X-Forwarded-Uri', 'X-Original-URI', 'X-Forwarded-Prefix'].flatMap(
        (name) => [name, name.endsWith('URL') ? 'https://lab.localhost/echo/open/x' : '/echo/open/x'],
      );
      const headers = [
        ...claims,
        'X-Forwarded-Host',
        'evil',
        'X-Forwarded-Method',
        'GET',
        'X-Original-Method',
        'GET',
      ];
      assert.equal((await refusedBeforeTheApp(ask({ path: '/echo/x', host, headers }))).status, 401);
    });

    it('tells from where a request comes, whatever the client says of it', async () => {
      const names = ['X-Forwarded-For', 'X-Original-Address', 'X-Real-IP', 'Forwarded'];
      const headers = names.flatMap((name) => [
        name,
        name === 'Forwarded' ? 'for=203.0.113.9' : '203.0.113.9',
      ]);
      for (const claims of [[], headers, [...headers, ...headers]]) {
        assert.equal((await ask({ path: '/echo/near', host, headers: claims })).status, 200);
        assert.equal(
          (await refusedBeforeTheApp(ask({ path: '/echo/far', host, headers: claims }))).status,
          401,
        );
      }
    });

    it('reads every spelling of a path as the app does, or refuses it', async () => {
      for (const { target, expected } of paths.filter(({ target }) => /^\/(?:open|%6fpen)/i.test(target))) {
        const count = echo.received.length;
        const { status } = await ask({ path: target, host }).catch(() => ({ status: 0 }));
        const [received, ...others] = echo.received.slice(count);
        assert.equal(others.length, 0);
        if (received === undefined) {
          assert.notEqual(status, 200, target);
          // nginx looks for the location of what it has decoded, Traefik for that of what it has not: another app's.
          if (expected === '200' && !target.startsWith('/%6f') && target !== '/open')
            assert.fail(`${status} ${target}`);
          continue;
        }
        const { pathname } = new URL(received.url, 'http://lab.localhost');
        const careless = decodeURIComponent(decodeURIComponent(pathname))
          .replace(/;[^/]*/g, '')
          .replaceAll('\\', '/');
        for (const reading of [received.url, pathname, decodeURIComponent(pathname), careless])
          assert.doesNotMatch(reading.split('?', 1)[0] ?? '', /^\/open\/+admin(?:\/|$)/i, target);
      }
    });

    it('serves no other host than the one that was judged', async () => {
      for (const first of [
        'GET http://lab.localhost/echo/x HTTP/1.1',
        'GET http://evil.localhost/echo/open/x HTTP/1.1',
      ]) {
        const count = echo.received.length;
        await sendRaw(
          proxy.port,
          `${first}\r\nHost: other.localhost\r\nConnection: close\r\n${bearer().join(': ')}\r\n\r\n`,
        );
        for (const { headers } of echo.received.slice(count)) assert.equal(headers.host, 'lab.localhost');
      }
    });

    it('lets a WebSocket through that may pass, and no other', async () => {
      const open = new WebSocket(`ws://127.0.0.1:${proxy.port}/echo/live`, {
        headers: { Host: host, Authorization: `Bearer ${alice}` },
      });
      const [message]: Buffer[] = await once(open, 'message');
      assert.equal(JSON.parse(String(message))['x-auth-username'], 'alice');
      open.close();
      const refused = new WebSocket(`ws://127.0.0.1:${proxy.port}/echo/live`, {
        headers: { Host: host, 'Sec-Fetch-Mode': 'navigate', Accept: 'text/html' },
      });
      const [error]: Error[] = await once(refused, 'error');
      assert.match(error?.message ?? '', /Unexpected server response: 401/);
    });

    it('refuses while SciCat is down, and lets public paths pass', async () => {
      const stranger = await scicat.tokenFor('bob');
      await scicat.stop();
      const headers = ['Authorization', `Bearer ${stranger}`];
      const told = await refusedBeforeTheApp(ask({ path: '/echo/x', host, headers }));
      assert.equal(told.status, 503);
      assert.equal((await ask({ path: '/echo/open/x', host, headers })).status, 200);
    });

    if (part === nginx)
      it('takes the place of Auth-o-tron, behind ecFlow’s set-up as it is', async () => {
        assert.equal((await ask({ path: '/flows/v1/suites', host, headers: bearer() })).status, 200);
        const { headers } = lastReceived();
        assert.equal(headers['x-auth-username'], 'alice');
        assert.equal(headers['x-auth-realm'], 'scicat');
        assert.match(String(headers.authorization), /^Bearer eyJ/);
        assert.equal((await refusedBeforeTheApp(ask({ path: '/flows/v1/suites', host }))).status, 401);
      });
  });
