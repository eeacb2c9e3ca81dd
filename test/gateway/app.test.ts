import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as ask } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { createPublicApp } from '../../gateway/app.ts';
import { gatewayPaths } from '../../gateway/config-own-app.ts';
import { formerAddresses } from '../../gateway/former/addresses.ts';
import { fetchListener, listen } from '../../platform/server.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { createTestGate } from './gate.ts';
import { createTestLogin } from './login/scene.ts';

type Known = Parameters<typeof createTestGate>[0];

async function publicApp(known: Known = { good: {} }, basePath = '/sso') {
  const tested = await createTestGate(known);
  const parts = { sessions: noSessions, guesses: noGuesses, now: Date.now, log: tested.gate.log };
  const login = createTestLogin(tested.config, parts);
  const app = createPublicApp({
    basePath,
    assertions: tested.assertions,
    verify: tested.gate.verify,
    place: { scheme: 'https', host: { name: 'lab.org', port: undefined } },
    credentialPlaces: tested.gate.policy,
    providers: ['scicat'],
    trustedProxies: tested.config.trustedProxies,
    receiveLogout: async ({ provider, contentType, body }) => ({
      status: 200,
      headers: [],
      body: JSON.stringify([provider, contentType, body]),
    }),
    login,
    portal: {
      ...login,
      sessions: { ...noSessions, listOf: unasked, listAll: unasked, endBySubject: unasked },
      policy: tested.gate.policy,
      providerTitles: new Map(),
      admins: undefined,
      signOut: unasked,
    },
    log: tested.gate.log,
  });
  return { app, log: tested.log, asked: tested.asked, refusals: login.refusals };
}

const unasked = () => Promise.reject(new Error('nobody has a session here'));
const noGuesses = { begin: unasked, succeeded: unasked, undecided: unasked };
const noSessions = { begin: unasked, find: unasked, end: unasked, handOver: unasked, redeem: unasked };

/** Over a socket: raw headers are what the framework does not show. */
async function served(t: TestContext, known?: Known) {
  const made = await publicApp(known);
  const listener = await listen({ host: '127.0.0.1', port: 0 }, fetchListener(made.app.fetch));
  t.after(() => listener.close(0));
  const get = async (path: string, headers: readonly string[] = []) => {
    const { port } = listener.address;
    const sent = ask({
      host: '127.0.0.1',
      port,
      path,
      headers: ['Host', 'lab.org', ...headers],
      agent: false,
    });
    sent.end();
    const [response] = await once(sent, 'response');
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  };
  return { ...made, get };
}

const refusal = z.object({
  message: z.string().min(1),
  reason: z.string(),
  requestId: z.string(),
  code: z.string().optional(),
});

describe('the key set', () => {
  it('is public, and may be kept for five minutes', async () => {
    const { app } = await publicApp();
    const response = await app.request('/sso/jwks.json');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/jwk-set+json');
    assert.equal(response.headers.get('cache-control'), 'public, max-age=300');
    const { keys } = z
      .object({ keys: z.array(z.record(z.string(), z.unknown())) })
      .parse(await response.json());
    assert.deepEqual(
      keys.map((key) => Object.keys(key).sort()),
      [['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
    );
  });
});

describe('whoami', () => {
  it('says who it is', async (t) => {
    const { get } = await served(t);
    const { status, headers, body } = await get('/sso/whoami', ['Authorization', 'Bearer good']);
    assert.deepEqual([status, headers['cache-control']], [200, 'no-store']);
    assert.deepEqual(JSON.parse(body), {
      username: 'alice',
      realm: 'scicat',
      provider: 'scicat',
      subject: 'scicat:6b00',
      groups: ['p1', 'it'],
      roles: ['admin'],
      email: 'alice@lab.org',
      name: 'Alice',
    });
    assert.equal((await get('/sso/whoami', ['SciCat-API-Key', 'good'])).status, 200);
  });

  const refused: readonly (readonly [readonly string[], string])[] = [
    [[], '401 no_credential'],
    [['Authorization', 'Bearer bad'], '401 token_refused'],
    [['Authorization', 'Basic YTpi'], '401 no_credential'],
    [['Authorization', 'Bearer good', 'Authorization', 'Bearer good'], '400 repeated_credential'],
    [['SciCat-API-Key', '', 'Authorization', 'Bearer good'], '401 credential_malformed'],
  ];
  for (const [headers, expected] of refused)
    it(`with ${JSON.stringify(headers)} is ${expected}`, async (t) => {
      const { get } = await served(t);
      const { status, body, headers: given } = await get('/sso/whoami', headers);
      assert.equal(`${status} ${refusal.parse(JSON.parse(body)).reason}`, expected);
      assert.equal('www-authenticate' in given, status === 401);
    });

  it('tells the admin by its code what is wrong with a token, and the sender less', async (t) => {
    const rejected = { kind: 'rejected', reason: 'token_audience', detail: 'aud is "x"' } as const;
    const { get, refusals } = await served(t, { good: rejected });
    const { body } = await get('/sso/whoami', ['Authorization', 'Bearer good']);
    assert.doesNotMatch(body, /aud is/);
    const [, ...lines] = refusals.find(refusal.parse(JSON.parse(body)).code ?? '') ?? [];
    assert.deepEqual(lines.slice(2), [
      'refused (token_audience)',
      '  the token was issued for another service',
      '  aud is "x"',
    ]);
  });

  it('is 503 while the provider is down, and 500 for a bug, with nothing of either in the answer', async (t) => {
    const down = new Unavailable({ dependency: 'scicat', reason: 'timeout', message: 'hunter2 late' });
    for (const [failure, expected] of [
      [down, '503 unavailable'],
      [new TypeError('hunter2'), '500 internal_error'],
    ] as const) {
      const { get, log, refusals } = await served(t, { good: failure });
      const { status, body } = await get('/sso/whoami?secret', ['Authorization', 'Bearer good']);
      const { reason, code = '' } = refusal.parse(JSON.parse(body));
      assert.equal(`${status} ${reason}`, expected);
      assert.doesNotMatch(body, /hunter2/);
      const explained = refusals.find(code)?.join('\n') ?? '';
      assert.match(explained, /\nGET \/sso\/whoami\nrequest .*hunter2/s, 'and so does its code');
      assert.match(log.join(''), /hunter2/, 'the log says more');
    }
  });
});

describe('an outage', () => {
  it('is a page for somebody who opened one', async (t) => {
    const down = new Unavailable({ dependency: 'the database', reason: 'timeout', message: 'hunter2 late' });
    const { get } = await served(t, { good: down });
    const { status, headers, body } = await get('/sso/whoami?x=1', [
      ...['Authorization', 'Bearer good'],
      ...['Sec-Fetch-Mode', 'navigate'],
    ]);
    assert.equal(status, 503);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.match(body, /href="\/sso\/whoami\?x=1"/);
    assert.doesNotMatch(body, /hunter2|database/);
  });
});

describe('the sign-in page', () => {
  it('says how to get in with a token, and shows nothing of the link that led to it', async (t) => {
    const { get } = await served(t);
    const query = new URLSearchParams({
      app: '<script>',
      return_to: 'https://evil.org/"><script>alert(1)</script>',
    });
    const { status, headers, body: page } = await get(`/sso/login?${query}`);
    assert.equal(status, 200);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(page, /scicat-api-key/);
    assert.doesNotMatch(page, /evil|<script/);
  });
});

describe('the portal', () => {
  it('is publicUrl itself, with a slash behind it and without', async (t) => {
    const { get } = await served(t);
    for (const path of ['/sso', '/sso/']) {
      const { status, body } = await get(path);
      assert.equal(status, 200);
      assert.match(body, /href="https:\/\/lab\.org\/sso\/login"/);
    }
    assert.equal((await get('/sso/sessions')).status, 303);
  });

  it('lies at the root of a host of its own, where the former addresses are too', async (t) => {
    const { app } = await publicApp({}, '');
    const listener = await listen({ host: '127.0.0.1', port: 0 }, fetchListener(app.fetch));
    t.after(() => listener.close(0));
    const origin = `http://127.0.0.1:${listener.address.port}`;
    assert.equal((await fetch(`${origin}/`)).status, 200);
    assert.equal((await fetch(`${origin}/oauth2/userinfo`)).status, 401);
  });
});

describe('anything else', () => {
  it('is 404 in JSON', async () => {
    const { app } = await publicApp();
    for (const path of ['/', '/sso/x', '/whoami', '/auth/traefik', '/sso/auth/traefik', '/sso/jwks.json/']) {
      const response = await app.request(path);
      assert.equal(
        `${response.status} ${refusal.parse(await response.json()).reason}`,
        '404 not_found',
        path,
      );
    }
    assert.equal((await app.request('/sso/whoami', { method: 'POST' })).status, 404);
  });

  it('lies where a public URL without a path puts it', async () => {
    const { app } = await publicApp({}, '');
    assert.equal((await app.request('/jwks.json')).status, 200);
    assert.equal((await app.request('/sso/jwks.json')).status, 404);
  });
});

it('every page is one that the gateway’s own rule lets through the proxy', async () => {
  const { app } = await publicApp({}, '');
  const served = app.routes
    .filter(({ method, path }) => method !== 'ALL' && formerAddresses[path] === undefined)
    .map(({ path }) => path);
  assert.ok(served.length > 0);
  assert.deepEqual(
    served.filter((path) => !gatewayPaths.includes(path.replace(/:\w+/g, '*'))),
    [],
  );
});

describe('a back-channel logout', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };

  it('is a form that a provider posts', async () => {
    const { app } = await publicApp();
    const asked = { method: 'POST', headers, body: 'logout_token=x' };
    const response = await app.request('/sso/backchannel-logout/keycloak', asked);
    assert.equal(response.status, 200);
    assert.equal(
      await response.text(),
      JSON.stringify(['keycloak', headers['content-type'], 'logout_token=x']),
    );
    assert.equal((await app.request('/sso/backchannel-logout/keycloak')).status, 404);
  });

  it('of more than 64 kB is not read', async () => {
    const { app } = await publicApp();
    const asked = { method: 'POST', headers, body: `logout_token=${'x'.repeat(65_536)}` };
    const response = await app.request('/sso/backchannel-logout/keycloak', asked);
    assert.equal(response.status, 400);
    assert.equal(refusal.parse(await response.json()).reason, 'logout_token_invalid');
  });
});
