// Set-ups that were made for authentik's outpost, oauth2-proxy and traefik-forward-auth, through the real Traefik with
// nothing changed but where the addresses lead; one policy for all hosts of a domain.
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { describeWith, findPart, traefik } from '../real-parts/find.ts';
import { startScicat } from '../simulators/scicat/start.ts';
import { createClient } from './ask.ts';
import { startEcho } from './echo.ts';
import {
  asForAuthentik,
  asForForwardAuth,
  asForOauth2Proxy,
  type FormerPorts,
} from './former-middlewares.ts';
import { startTestGateway } from './gateway.ts';
import { freePort, startTraefik } from './traefik.ts';

const navigation = ['Sec-Fetch-Mode', 'navigate', 'Accept', 'text/html'];
const host = 'app.lab.localhost';
const login = 'https://lab.localhost/sso/login';

async function startScene(t: TestContext, preset: string, middlewares: (ports: FormerPorts) => object) {
  const scicat = await startScicat();
  t.after(() => scicat.stop());
  const echo = await startEcho();
  t.after(() => echo.stop());
  const gateway = await startTestGateway({
    scicatUrl: scicat.url,
    top: {
      defaults: { allow: { groups: ['p1'] } },
      apps: { domain: { url: 'http://*.lab.localhost', preset } },
    },
  });
  t.after(() => gateway.stop());
  const ports = { proxies: gateway.proxiesPort, public: gateway.publicPort, transfer: await freePort() };
  const proxy = await startTraefik(findPart(traefik) ?? '', ports, () => ({
    http: middlewares({ ...ports, app: echo.port }),
  }));
  t.after(() => proxy.stop());
  const ask = createClient({ scheme: 'http', port: proxy.plainPort });
  const get = (path: string, headers: readonly string[] = []) => ask({ path, host, headers });
  const token = async (name: string) => ['SciCat-API-Key', await scicat.tokenFor(name)];
  return {
    get,
    admitted: await token('alice'),
    outsider: await token('bob'),
    seen: () => echo.received.at(-1)?.headers ?? {},
    wasAsked: () => echo.received.length,
  };
}

describeWith([traefik], 'a set-up that was made for', () => {
  it('authentik’s outpost goes on working', async (t) => {
    const { get, admitted, outsider, seen } = await startScene(t, 'authentik', asForAuthentik);
    assert.equal((await get('/deep/link?x=1', navigation)).headers.location?.split('?')[0], login);
    assert.equal((await get('/', [...navigation, ...outsider])).status, 403);
    const made = [
      'X-authentik-username',
      'root',
      'X-authentik-meta-app',
      'made-up',
      'X-Forwarded-Host',
      'other.lab.localhost',
    ];
    assert.equal((await get('/', [...admitted, ...made])).status, 200);
    assert.equal(seen()['x-authentik-username'], 'alice');
    assert.ok(String(seen()['x-authentik-groups']).split('|').includes('p1'));
    assert.equal(seen()['x-authentik-meta-app'], undefined);
    const start = await get(
      `/outpost.goauthentik.io/start?rd=${encodeURIComponent(`http://${host}/deep`)}`,
      navigation,
    );
    assert.deepEqual([start.status, start.headers.location], [302, `http://${host}/deep`]);
    const out = await get('/outpost.goauthentik.io/sign_out', navigation);
    assert.deepEqual([out.status, out.headers.location], [302, 'https://lab.localhost/sso/logout']);
  });

  it('oauth2-proxy and its errors middleware goes on working', async (t) => {
    const { get, admitted, outsider, seen } = await startScene(t, 'oauth2-proxy', asForOauth2Proxy);
    assert.equal((await get('/deep', navigation)).headers.location?.split('?')[0], login);
    assert.equal((await get('/', [...admitted, 'X-Auth-Request-User', 'root'])).status, 200);
    assert.equal(seen()['x-auth-request-user'], 'alice');
    const unknown = await get('/api', ['Accept', 'application/json']);
    assert.equal(unknown.status, 401);
    assert.match(unknown.body, /Sign in/, 'the errors middleware shows the page of /oauth2/sign_in');
    const refused = await get('/', [...navigation, ...outsider]);
    assert.equal(refused.status, 403);
    assert.doesNotMatch(refused.body, /http-equiv/, 'a refusal never leads on by itself');
    assert.equal((await get('/oauth2/userinfo')).status, 401);
    assert.equal((await get('/oauth2/sign_out')).headers.location, 'https://lab.localhost/sso/logout');
  });

  it('oauth2-proxy with a static upstream goes on working', async (t) => {
    const { get, admitted, seen } = await startScene(t, 'oauth2-proxy', (ports) =>
      asForForwardAuth(ports, 'X-Auth-Request-Email'),
    );
    assert.equal((await get('/', navigation)).headers.location?.split('?')[0], login);
    assert.equal((await get('/', admitted)).status, 200);
    assert.match(String(seen()['x-auth-request-email']), /^alice@/);
  });

  it('traefik-forward-auth goes on working, its own sign-out too', async (t) => {
    const { get, admitted, outsider, seen, wasAsked } = await startScene(t, 'forwarded-user', (ports) =>
      asForForwardAuth(ports, 'X-Forwarded-User'),
    );
    assert.equal((await get('/', navigation)).headers.location?.split('?')[0], login);
    assert.equal((await get('/', [...navigation, ...outsider])).status, 403);
    assert.equal((await get('/', [...admitted, 'X-Forwarded-User', 'root@lab.org'])).status, 200);
    assert.match(String(seen()['x-forwarded-user']), /^alice@/);
    const before = wasAsked();
    const out = await get('/_oauth/logout', [...navigation, ...admitted]);
    assert.deepEqual(
      [out.status, out.headers.location],
      [302, 'https://lab.localhost/sso/logout?app=domain'],
    );
    assert.equal(wasAsked(), before);
  });
});
