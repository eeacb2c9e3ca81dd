// The gateway through the real Traefik, with the files of traefik/ and config/: what Traefik sends, and what it makes
// of our answers.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { WebSocket } from 'ws';
import { describeWith, findPart, traefik } from '../real-parts/find.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { type Client, createClient, field, type Told } from './ask.ts';
import { type Echo, startEcho } from './echo.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';
import { gatewayApps, traefikApps } from './traefik-apps.ts';
import { waitFor } from './wait-for.ts';

const navigation = ['Sec-Fetch-Mode', 'navigate', 'Accept', 'text/html'];
const browserHost = 'lab.localhost';

describeWith([traefik], 'the gateway behind the real Traefik', () => {
  let scicat: ScicatSimulator;
  let echo: Echo;
  let gateway: TestGateway;
  let proxy: RunningTraefik;
  let ask: Client;
  let askPlain: Client;
  let alice: string;

  before(async () => {
    scicat = await startScicat();
    echo = await startEcho();
    gateway = await startTestGateway({
      scicatUrl: scicat.url,
      apps: gatewayApps,
      scicat: { timeoutMs: 1000, slowRefusalMs: 400 },
      top: { cache: { identitySeconds: 60, rejectionSeconds: 0 } },
    });
    const ports = { proxies: gateway.proxiesPort, public: gateway.publicPort, transfer: await freePort() };
    proxy = await startTraefik(findPart(traefik) ?? '', ports, (middleware) =>
      traefikApps(echo.port, middleware),
    );
    ask = createClient({ scheme: 'https', port: proxy.securePort });
    askPlain = createClient({ scheme: 'http', port: proxy.plainPort });
    alice = await scicat.tokenFor('alice');
  });

  after(async () => {
    await proxy?.stop();
    await gateway?.stop();
    await echo?.stop();
    await scicat?.stop();
  });

  const lastReceived = () => {
    const received = echo.received.at(-1);
    assert.ok(received !== undefined, 'the app received nothing');
    return received;
  };
  const bearer = () => ['Authorization', `Bearer ${alice}`];

  async function anonymousToken(): Promise<string> {
    const answer: unknown = await (await fetch(`${scicat.url}/api/v3/users/jwt`, { method: 'POST' })).json();
    return typeof answer === 'object' && answer !== null && 'jwt' in answer ? String(answer.jwt) : '';
  }

  async function refusedBeforeTheApp(question: Promise<Told>): Promise<Told> {
    const before = echo.received.length;
    const told = await question;
    assert.equal(echo.received.length, before, 'the app was asked although the gateway refused');
    return told;
  }

  it('lets a valid token pass, with every identity header and an assertion', async () => {
    const told = await ask({ path: '/echo/x?q=1', host: browserHost, headers: bearer() });
    assert.equal(told.status, 200);
    const { headers, url } = lastReceived();
    assert.equal(url, '/echo/x?q=1');
    assert.equal(headers['x-auth-username'], 'alice');
    assert.equal(headers['x-auth-groups'], 'p1,p2');
    assert.equal(headers['x-auth-realm'], 'scicat');
    assert.equal(headers['x-auth-roles'], '');
    assert.match(String(headers['x-auth-assertion']), /^eyJ/);
  });

  it('takes the token as SciCat-API-Key too, as the Ingestor sends it', async () => {
    const told = await ask({ path: '/echo/x', host: browserHost, headers: ['SciCat-API-Key', alice] });
    assert.equal(told.status, 200);
    assert.equal(lastReceived().headers['scicat-api-key'], undefined);
  });

  it('takes the credential away from the app that the gateway has read, and only that one', async () => {
    const headers = [
      'SciCat-API-Key',
      alice,
      'Authorization',
      'Bearer the-apps-own',
      'Cookie',
      'a=1; __Host-beamgate=x; b=2',
    ];
    assert.equal((await ask({ path: '/echo/x', host: browserHost, headers })).status, 200);
    const received = lastReceived().headers;
    assert.equal(received['scicat-api-key'], undefined);
    assert.equal(received.authorization, 'Bearer the-apps-own');
    assert.equal(received.cookie, 'a=1; b=2');
    assert.equal((await ask({ path: '/echo/x', host: browserHost, headers: bearer() })).status, 200);
    assert.equal(lastReceived().headers.authorization, undefined);
  });

  it('leaves the credential to an app that keeps it', async () => {
    assert.equal((await ask({ path: '/', host: 'kept.lab.localhost', headers: bearer() })).status, 200);
    assert.equal(lastReceived().headers.authorization, `Bearer ${alice}`);
  });

  it("never lets a client's identity headers reach the app, signed in or on a public path", async () => {
    const forged = [
      'X-Auth-Username',
      'root',
      'x-auth-groups',
      'it',
      'X-Auth-Assertion',
      'eyJ',
      'Remote-User',
      'root',
      'X-WEBAUTH-USER',
      'root',
      'X-authentik-username',
      'root',
      'X-Forwarded-User',
      'root',
    ];
    assert.equal(
      (await ask({ path: '/echo/x', host: browserHost, headers: [...bearer(), ...forged] })).status,
      200,
    );
    const signedIn = lastReceived().headers;
    assert.equal(signedIn['x-auth-username'], 'alice');
    assert.equal(signedIn['x-auth-groups'], 'p1,p2');
    for (const name of ['remote-user', 'x-webauth-user', 'x-authentik-username', 'x-forwarded-user'])
      assert.equal(signedIn[name], undefined, name);
    assert.equal((await ask({ path: '/echo/open/x', host: browserHost, headers: forged })).status, 200);
    const anonymous = lastReceived().headers;
    for (const name of ['x-auth-username', 'x-auth-groups', 'x-auth-assertion'])
      assert.equal(anonymous[name] ?? '', '', name);
    for (const name of ['remote-user', 'x-webauth-user', 'x-authentik-username'])
      assert.equal(anonymous[name], undefined, name);
  });

  it('answers 400 to a look-alike of an identity header', async () => {
    for (const name of ['X_Auth_Username', 'x.auth.username', 'Remote_User', 'X_Auth-Groups']) {
      const told = await refusedBeforeTheApp(
        ask({ path: '/echo/x', host: browserHost, headers: [...bearer(), name, 'root'] }),
      );
      assert.equal(told.status, 400, name);
      assert.equal(field(told, 'reason'), 'identity_header_from_outside');
    }
  });

  it('is not fooled by a Connection header that names an identity header', async () => {
    const told = await ask({
      path: '/echo/x',
      host: browserHost,
      headers: [...bearer(), 'Connection', 'close, X-Auth-Username'],
    });
    if (told.status === 200) assert.equal(lastReceived().headers['x-auth-username'], 'alice');
    else assert.equal(told.status, 400);
  });

  for (const [host, expected] of Object.entries({
    ecflow: {
      'x-auth-username': 'alice',
      'x-auth-realm': 'scicat',
      'x-auth-roles': '',
      authorization: /^Bearer eyJ/,
    },
    authentik: {
      'x-authentik-username': 'alice',
      'x-authentik-groups': 'p1|p2',
      'x-authentik-email': 'alice@your.site',
      'x-authentik-jwt': /^eyJ/,
    },
    'remote-user': {
      'remote-user': 'alice',
      'remote-groups': 'p1,p2',
      'remote-email': 'alice@your.site',
      'remote-name': 'alice',
    },
    'oauth2-proxy': {
      'x-auth-request-user': 'alice',
      'x-auth-request-groups': 'p1,p2',
      'x-auth-request-email': 'alice@your.site',
      'x-auth-request-preferred-username': 'alice',
    },
    'forwarded-user': { 'x-forwarded-user': 'alice@your.site' },
    grafana: { 'x-webauth-user': 'alice', 'x-webauth-groups': 'p1,p2', 'x-jwt-assertion': /^eyJ/ },
  })) {
    it(`speaks the dialect ${host}`, async () => {
      assert.equal(
        (await ask({ path: '/', host: `${host}.lab.localhost`, headers: ['SciCat-API-Key', alice] })).status,
        200,
      );
      const received = lastReceived().headers;
      for (const [name, value] of Object.entries(expected)) {
        if (value instanceof RegExp) assert.match(String(received[name]), value, name);
        else assert.equal(received[name], value, name);
      }
      if (host !== 'ecflow') assert.equal(received['x-auth-username'], undefined);
    });
  }

  it('answers a client without a credential 401 in JSON, with where to sign in', async () => {
    const told = await refusedBeforeTheApp(ask({ path: '/echo/x?q=1', host: browserHost }));
    assert.equal(told.status, 401);
    assert.equal(told.headers['www-authenticate'], 'Bearer realm="beamgate"');
    assert.equal(told.headers['cache-control'], 'no-store');
    assert.match(String(told.headers['content-type']), /json/);
    assert.equal(field(told, 'message'), 'sign in, or send a token');
    assert.equal(field(told, 'reason'), 'no_credential');
    assert.match(
      String(field(told, 'loginUrl')),
      /^https:\/\/lab\.localhost\/sso\/login\?app=echo&return_to=https%3A%2F%2Flab\.localhost%2Fecho%2Fx%3Fq%3D1$/,
    );
  });

  it('sends a navigation to sign in, by an absolute address', async () => {
    const told = await refusedBeforeTheApp(ask({ path: '/echo/x', host: browserHost, headers: navigation }));
    assert.equal(told.status, 302);
    assert.match(String(told.headers.location), /^https:\/\/lab\.localhost\/sso\/login\?/);
    const { pathname, search } = new URL(String(told.headers.location));
    const page = await ask({ path: pathname + search, host: browserHost, headers: navigation });
    assert.equal(page.status, 200);
    assert.match(page.body, /This service needs a token/);
  });

  it('never redirects a POST, an upgrade or an XHR', async () => {
    const post = await ask({
      method: 'POST',
      path: '/echo/x',
      host: browserHost,
      headers: ['Accept', 'text/html'],
      body: 'x',
    });
    const xhr = await ask({
      path: '/echo/x',
      host: browserHost,
      headers: ['Accept', 'text/html', 'X-Requested-With', 'XMLHttpRequest'],
    });
    const fetched = await ask({
      path: '/echo/x',
      host: browserHost,
      headers: ['Accept', 'text/html', 'Sec-Fetch-Mode', 'cors'],
    });
    assert.deepEqual([post.status, xhr.status, fetched.status], [401, 401, 401]);
  });

  it('answers a bad token 401, and says which kind of bad to a program', async () => {
    const expired = await scicat.tokenFor('alice', { expiresInSeconds: -1 });
    for (const [token, reason] of [
      [expired, 'token_expired'],
      ['garbage', 'credential_unsupported'],
      [`${alice.slice(0, -4)}AAAA`, 'token_refused'],
      [await anonymousToken(), 'token_anonymous'],
    ] as const) {
      const told = await refusedBeforeTheApp(
        ask({ path: '/echo/x', host: browserHost, headers: ['Authorization', `Bearer ${token}`] }),
      );
      assert.equal(told.status, 401, reason);
      assert.equal(field(told, 'reason'), reason);
      assert.match(String(told.headers['www-authenticate']), /error="invalid_token"/);
    }
  });

  it('answers 403 to somebody who may not, as JSON or as a page', async () => {
    const told = await refusedBeforeTheApp(
      ask({ path: '/echo/admin/x', host: browserHost, headers: bearer() }),
    );
    assert.equal(told.status, 403);
    assert.equal(field(told, 'reason'), 'not_permitted');
    const page = await ask({
      path: '/echo/admin/x',
      host: browserHost,
      headers: [...bearer(), ...navigation],
    });
    assert.equal(page.status, 403);
    assert.match(String(page.headers['content-type']), /html/);
    assert.match(page.body, /not_permitted/);
    assert.match(page.body, /alice/);
  });

  it('closes a path to everybody, and denies a method that no rule names', async () => {
    assert.equal(
      field(await ask({ path: '/echo/closed', host: browserHost, headers: bearer() }), 'reason'),
      'nobody_allowed',
    );
    assert.equal(
      field(await ask({ method: 'DELETE', path: '/echo/x', host: browserHost, headers: bearer() }), 'reason'),
      'no_rule',
    );
  });

  it('refuses to have the method overridden where rules go by it', async () => {
    const told = await refusedBeforeTheApp(
      ask({
        method: 'POST',
        path: '/echo/x',
        host: browserHost,
        headers: [...bearer(), 'X-HTTP-Method-Override', 'DELETE'],
        body: '',
      }),
    );
    assert.equal(told.status, 400);
    assert.equal(field(told, 'reason'), 'method_override');
  });

  it('protects a router that somebody added without telling the gateway', async () => {
    const told = await refusedBeforeTheApp(
      ask({ path: '/', host: 'forgotten.lab.localhost', headers: bearer() }),
    );
    assert.equal(told.status, 403);
    assert.equal(field(told, 'reason'), 'no_app');
  });

  it('finds the app with the longest prefix of whole segments', async () => {
    assert.equal((await ask({ path: '/echo/inner/x', host: browserHost, headers: bearer() })).status, 200);
    const bob = await scicat.tokenFor('bob');
    assert.equal(
      (await ask({ path: '/echo/inner', host: browserHost, headers: ['Authorization', `Bearer ${bob}`] }))
        .status,
      403,
    );
    assert.equal(
      (await ask({ path: '/echo/innermost', host: browserHost, headers: ['Authorization', `Bearer ${bob}`] }))
        .status,
      200,
    );
  });

  it('takes the app from ?app= where the proxy strips the prefix, and only for its own host', async () => {
    const told = await askPlain({ path: '/stripped/own/x', host: browserHost, headers: bearer() });
    assert.equal(told.status, 200);
    assert.equal(lastReceived().url, '/own/x');
    assert.equal(
      field(await askPlain({ path: '/stripped/else', host: browserHost, headers: bearer() }), 'reason'),
      'no_rule',
    );
    assert.equal(
      field(
        await askPlain({ path: '/stripped/own/x', host: 'other.localhost', headers: bearer() }),
        'reason',
      ),
      'app_host_mismatch',
    );
  });

  it('narrows an app by groups in a container’s label, and nothing that a client sends widens it again', async () => {
    const host = 'tool.apps.lab.localhost';
    const bobs = ['Authorization', `Bearer ${await scicat.tokenFor('bob')}`];
    assert.equal((await askPlain({ path: '/x?groups=p9', host, headers: bearer() })).status, 200);
    assert.equal(lastReceived().url, '/x?groups=p9');
    for (const path of ['/x', '/x?app=labelled&groups=p9', '/?groups=p9', '/%3Fgroups=p9']) {
      const tricks = [
        'X-Forwarded-Uri',
        '/?groups=p9',
        'X-Original-URL',
        '/x?groups=p9',
        'X-Auth-Groups',
        'p1',
      ];
      const told = await refusedBeforeTheApp(askPlain({ path, host, headers: [...bobs, ...tricks] }));
      assert.ok(['not_in_label_groups', 'invalid_path'].includes(String(field(told, 'reason'))), told.body);
    }
    assert.equal(field(await refusedBeforeTheApp(askPlain({ path: '/x', host })), 'reason'), 'no_credential');
    const unlabelled = askPlain({ path: '/x', host: 'anything.lab.localhost', headers: bearer() });
    assert.equal(field(await refusedBeforeTheApp(unlabelled), 'reason'), 'labels_not_allowed');
  });

  it('is not moved by forwarded headers of the client', async () => {
    const forged = [
      'X-Forwarded-Uri',
      '/echo/open/x',
      'X-Forwarded-Host',
      'anything.lab.localhost',
      'X-Forwarded-Method',
      'GET',
      'X-Forwarded-Prefix',
      '/echo',
      'X-Original-URL',
      '/echo/open',
      'Forwarded',
      'host=x',
    ];
    assert.equal(
      (await refusedBeforeTheApp(ask({ path: '/echo/x', host: browserHost, headers: forged }))).status,
      401,
    );
  });

  it('agrees with the app about every path, or answers 400', async () => {
    const paths = [
      '/echo/admin',
      '/echo/admin/',
      '/echo/adminx',
      '/echo//admin/x',
      '/echo/./admin/x',
      '/echo/y/../admin/x',
      '/echo/y/%2e%2e/admin/x',
      '/echo/y/..;/admin/x',
      '/echo/y/..%3B/admin/x',
      '/echo/%61dmin/x',
      '/echo/admin%2Fx',
      '/echo/y%5C..%5Cadmin',
      '/echo/admin%00',
      '/echo/%252e%252e/admin',
      '/echo/admin%3Fx',
      '/echo/admin%23x',
      '/echo/%ff',
      '/echo/%zz',
      '/echo/admin;x=1/y',
      '/echo/open/../admin/x',
      '/echo/open/..%2fadmin/x',
      '/echo/open/%2e%2e%2fadmin',
    ];
    const outcomes = new Map<string, number>();
    for (const path of paths) {
      const before = echo.received.length;
      const told = await ask({ path, host: browserHost, headers: bearer() });
      outcomes.set(path, told.status);
      if (told.status !== 200) {
        assert.equal(echo.received.length, before, path);
        continue;
      }
      // alice may not have /admin: what reached the app is nothing that an app could read as that.
      const reached = new URL(`http://app${lastReceived().url}`).pathname;
      assert.doesNotMatch(decodeURIComponent(reached), /^\/echo\/admin(?:[/;]|$)/, path);
    }
    assert.equal(outcomes.get('/echo/admin'), 403);
    assert.equal(outcomes.get('/echo/adminx'), 200);
    assert.equal(outcomes.get('/echo/%61dmin/x'), 403);
    for (const path of [
      '/echo/y/..;/admin/x',
      '/echo/admin%2Fx',
      '/echo/admin%00',
      '/echo/%252e%252e/admin',
      '/echo/admin%3Fx',
      '/echo/admin;x=1/y',
    ]) {
      assert.equal(outcomes.get(path), 400, path);
    }
  });

  it('passes an encoded slash to an app that takes it', async () => {
    assert.equal(
      (await ask({ path: '/datasets/20.500%2Fabc%25', host: 'keys.lab.localhost', headers: bearer() }))
        .status,
      200,
    );
    assert.equal(lastReceived().url, '/datasets/20.500%2Fabc%25');
    assert.equal(
      (await ask({ path: '/datasets/20.500%2Fabc', host: 'anything.lab.localhost', headers: bearer() }))
        .status,
      400,
    );
  });

  it('reads the host in any case and with its port', async () => {
    assert.equal(
      (await ask({ path: '/echo/x', host: `LAB.localhost:${proxy.securePort}`, headers: bearer() })).status,
      200,
    );
  });

  it('refuses one credential that stands there twice', async () => {
    const told = await refusedBeforeTheApp(
      ask({ path: '/echo/x', host: browserHost, headers: [...bearer(), 'Authorization', 'Bearer other'] }),
    );
    assert.equal(told.status, 400);
    assert.equal(field(told, 'reason'), 'repeated_credential');
  });

  it('guards the Traefik API, which no other entry point serves', async () => {
    assert.equal((await ask({ path: '/api/rawdata', host: 'traefik.lab.localhost' })).status, 401);
    assert.equal(
      (await ask({ path: '/api/rawdata', host: 'traefik.lab.localhost', headers: bearer() })).status,
      403,
    );
    scicat.setGroups('alice', ['it']);
    const fresh = await scicat.tokenFor('alice', { expiresInSeconds: 1000 });
    const told = await ask({
      path: '/api/rawdata',
      host: 'traefik.lab.localhost',
      headers: ['Authorization', `Bearer ${fresh}`],
    });
    scicat.setGroups('alice', ['p1', 'p2']);
    assert.equal(told.status, 200);
    assert.match(told.body, /beamgate@file/);
  });

  it('passes a WebSocket on, with the identity, and refuses one without a credential', async () => {
    const url = `wss://127.0.0.1:${proxy.securePort}/echo/ws`;
    const socket = new WebSocket(url, {
      rejectUnauthorized: false,
      headers: { Host: browserHost, Authorization: `Bearer ${alice}` },
    });
    const messages: string[] = [];
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data) => {
        messages.push(data.toString());
        if (messages.length === 1) socket.send('ping');
        else resolve();
      });
    });
    socket.close();
    assert.equal(JSON.parse(messages[0] ?? '')['x-auth-username'], 'alice');
    assert.equal(messages[1], 'ping');
    const refused = new WebSocket(url, {
      rejectUnauthorized: false,
      headers: { Host: browserHost },
    });
    const status = await new Promise((resolve) => {
      refused.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      refused.on('error', () => {});
    });
    assert.equal(status, 401);
  });

  it('answers an outage of SciCat 503 with Retry-After, and goes on serving whom it knows and what is public', async () => {
    scicat.setDatabase({ kind: 'down', answersAfterMs: 600 });
    try {
      const unknown = await scicat.tokenFor('bob', { expiresInSeconds: 999 });
      const told = await refusedBeforeTheApp(
        ask({ path: '/echo/x', host: browserHost, headers: ['Authorization', `Bearer ${unknown}`] }),
      );
      assert.equal(told.status, 503);
      assert.equal(told.headers['retry-after'], '5');
      assert.equal(field(told, 'reason'), 'unavailable');
      assert.equal((await ask({ path: '/echo/x', host: browserHost, headers: bearer() })).status, 200);
      assert.equal((await ask({ path: '/echo/open/x', host: browserHost })).status, 200);
      scicat.setDatabase({ kind: 'up' });
      assert.equal(
        (await ask({ path: '/echo/x', host: browserHost, headers: ['Authorization', `Bearer ${unknown}`] }))
          .status,
        200,
      );
    } finally {
      scicat.setDatabase({ kind: 'up' });
    }
  });

  it('goes by the client’s own address, whatever the client says of it', async () => {
    const host = 'rules.lab.localhost';
    assert.equal((await ask({ path: '/near', host })).status, 200);
    for (const forged of [
      ['X-Forwarded-For', '192.0.2.1'],
      ['X-Real-Ip', '192.0.2.1'],
      ['Forwarded', 'for=192.0.2.1'],
    ]) {
      const told = await refusedBeforeTheApp(ask({ path: '/far', host, headers: forged }));
      assert.equal(told.status, 401, forged.join());
    }
  });

  it('lets a preflight pass as nobody, and no other OPTIONS', async () => {
    const host = 'rules.lab.localhost';
    const headers = [
      'Origin',
      'https://a.org',
      'Access-Control-Request-Method',
      'GET',
      'X-Auth-Username',
      'root',
    ];
    assert.equal((await ask({ method: 'OPTIONS', path: '/x', host, headers })).status, 200);
    assert.ok(!lastReceived().headers['x-auth-username']);
    const other = ['Origin', 'https://a.org', 'Access-Control-Request-Method', 'DELETE'];
    for (const wrong of [other, headers.slice(0, 2), []])
      assert.equal((await ask({ method: 'OPTIONS', path: '/x', host, headers: wrong })).status, 403);
  });

  it('names who comes to a public path that identifies, and lets everybody else pass as nobody', async () => {
    const host = 'rules.lab.localhost';
    assert.equal((await ask({ path: '/hello', host, headers: bearer() })).status, 200);
    assert.equal(lastReceived().headers['x-auth-username'], 'alice');
    for (const headers of [[], ['Authorization', 'Bearer bad'], ['X-Auth-Username', 'root']]) {
      assert.equal((await ask({ path: '/hello', host, headers })).status, 200);
      assert.ok(!lastReceived().headers['x-auth-username']);
    }
  });

  it('gives an app the headers that setHeaders has for it, and never the client’s', async () => {
    const host = 'lab.localhost';
    assert.equal((await askPlain({ path: '/set-headers/x', host, headers: bearer() })).status, 200);
    const { headers } = lastReceived();
    assert.deepEqual([headers['x-site'], headers['x-display']], ['lab', 'alice']);
    assert.equal(headers.authorization, `Basic ${Buffer.from('viewer:hunter2').toString('base64')}`);
    const open = await askPlain({
      path: '/set-headers/open',
      host,
      headers: ['Authorization', 'Bearer own'],
    });
    assert.equal(open.status, 200);
    assert.equal(lastReceived().headers.authorization, 'Bearer own');
    assert.ok(!lastReceived().headers['x-display']);
    for (const name of ['X-Site', 'x_display', 'X-Display'])
      assert.equal(
        (await refusedBeforeTheApp(askPlain({ path: '/set-headers/open', host, headers: [name, 'root'] })))
          .status,
        400,
        name,
      );
  });

  it('logs what a rule that observes would have decided, and goes by the next', async () => {
    assert.equal((await ask({ path: '/x', host: 'rules.lab.localhost', headers: bearer() })).status, 200);
    await waitFor('the observation is logged', () =>
      gateway.log.some((line) => /"rule":"rules\.rules\[3\]".*"reason":"not_permitted"/.test(line)),
    );
  });

  it('keeps a connection open for longer than Traefik keeps it idle (90 s)', async () => {
    const told = await createClient({ scheme: 'http', port: gateway.proxiesPort })({
      path: '/auth/traefik',
      host: 'gateway',
      headers: ['Connection', 'keep-alive'],
    });
    assert.equal(told.headers['keep-alive'], 'timeout=120');
  });

  it('sends plain http to https', async () => {
    const told = await createClient({ scheme: 'http', port: proxy.webPort })({
      path: '/echo/x',
      host: browserHost,
    });
    assert.equal(told.status, 301);
    assert.match(String(told.headers.location), /^https:\/\/lab\.localhost/);
  });

  it('logs each decision with its rule and reason, and nothing that is secret', () => {
    const log = gateway.log.join('');
    assert.match(log, /"rule":"echo\.rules\[0\]"/);
    assert.match(log, /"reason":"not_permitted"/);
    for (const secret of [alice, 'the-apps-own', '__Host-beamgate', 'q=1', '/admin/x'])
      assert.ok(!log.includes(secret), secret);
  });
});
