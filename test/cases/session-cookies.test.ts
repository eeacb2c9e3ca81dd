// What attackers have done to other gateways' sessions, each tried on the whole of ours: a proxy's question in, its
// answer out, with real sessions behind.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { answer } from '../../gateway/answer.ts';
import { VerdictCache } from '../../gateway/credentials/cache.ts';
import { createVerify } from '../../gateway/credentials/verify.ts';
import { hashOf } from '../../gateway/sessions/random.ts';
import type { RawHeaders } from '../../gateway/types.ts';
import { createTestGate } from '../gateway/gate.ts';
import { traefikHeaders, valuesIn } from '../gateway/samples.ts';
import { codeFor, openSessions, sampleSignedIn } from '../gateway/sessions/samples.ts';

const site = `publicUrl: https://auth.lab.org
trustedProxies: [127.0.0.1]
providers:
  keycloak: { kind: oidc, issuer: https://sso.lab.org, acceptTokensFor: [x] }
  other: { kind: oidc, issuer: https://other.org, acceptTokensFor: [x] }
apps:
  grafana: { url: https://grafana.lab.org, allow: signed-in, public: [/health] }
  hello: { url: https://hello.lab.org, rules: [{ allow: public, identify: true }] }
  minio: { url: https://minio.lab.org, allow: signed-in, allowedOrigins: [https://portal.lab.org] }
  tokens: { url: https://tokens.lab.org, allow: signed-in, credentials: [bearer] }
  partner: { url: https://partner.lab.org, allow: signed-in, providers: [other] }
  fresh: { url: https://fresh.lab.org, rules: [{ allow: signed-in, maxAgeSeconds: 300, acr: [mfa] }] }
  ports: { url: 'https://ports.lab.org:8443', allow: signed-in }
`;

const nonce = 'N'.repeat(43);

async function openSite(t: TestContext, text = site) {
  const { sessions, clock } = await openSessions(t);
  const tested = await createTestGate({}, text);
  const cache = new VerdictCache(tested.config.cache);
  const events = { cacheAnswered: () => {}, providerAnswered: () => {}, providerFailed: () => {} };
  const verify = createVerify([], cache, events, (id, host) => sessions.find(id, host));
  const gate = { ...tested.gate, verify };
  const signIn = async (host: string, signedIn = sampleSignedIn()) => {
    const { id, session } = await sessions.begin(signedIn, 'auth.lab.org');
    const code = await codeFor(sessions, session, { host, nonceHash: hashOf(nonce), returnTo: '' });
    return { session, gatewayId: id, id: (await sessions.redeem(code, { host, nonce }))?.id ?? '' };
  };
  const ask = async (host: string, client: RawHeaders, own: Readonly<Record<string, string>> = {}) => {
    const headers = traefikHeaders({ 'X-Forwarded-Host': host, ...own }, client);
    return answer(
      { method: 'GET', url: '/auth/traefik', headers, peerAddress: '127.0.0.1' },
      gate,
      tested.config.trustedProxies,
    );
  };
  return { sessions, clock, signIn, ask, log: tested.log };
}

const cookie = (...ids: readonly string[]): RawHeaders => [
  'Cookie',
  ids.map((id) => `__Host-beamgate=${id}`).join('; '),
];

describe('a session cookie', () => {
  it('lets its owner in, with every identity header, and never reaches the app', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    const client = ['Cookie', `theme=dark; __Host-beamgate=${id}; __Host-beamgate-nonce=${nonce}`];
    const told = await ask('grafana.lab.org', client);
    assert.equal(told.status, 200);
    assert.deepEqual(valuesIn(told.headers, 'x-auth-username'), ['alice']);
    assert.deepEqual(valuesIn(told.headers, 'x-auth-groups'), ['p1,it']);
    assert.match(valuesIn(told.headers, 'x-auth-assertion')[0] ?? '', /^eyJ/);
    assert.deepEqual(valuesIn(told.headers, 'cookie'), ['theme=dark']);
    assert.ok(!JSON.stringify(told).includes(id));
  });

  it('needs no Set-Cookie with a 200: there is none', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    assert.deepEqual(valuesIn((await ask('grafana.lab.org', cookie(id))).headers, 'set-cookie'), []);
  });

  it('of a public path is not looked at, and does not reach the app either', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    const told = await ask('grafana.lab.org', cookie(id), { 'X-Forwarded-Uri': '/health' });
    assert.equal(told.status, 200);
    assert.deepEqual(valuesIn(told.headers, 'x-auth-username'), ['']);
    assert.deepEqual(valuesIn(told.headers, 'cookie'), []);
  });

  it('that is malformed, unknown, expired or ended is none: 401, or a way to sign in', async (t) => {
    const { signIn, ask, sessions, clock } = await openSite(t);
    const ended = await signIn('grafana.lab.org');
    await sessions.end(ended.session.key);
    const expired = await signIn('grafana.lab.org');
    clock.nowMs += 24 * 60 * 60_000;
    for (const id of ['', 'x', 'A'.repeat(43), 'A'.repeat(5000), '%00', ended.id, expired.id]) {
      const told = await ask('grafana.lab.org', cookie(id));
      assert.equal(told.status, 401, id.slice(0, 50));
      assert.match(told.body, /"reason":"no_credential"/);
    }
    const shown = await ask('grafana.lab.org', [...cookie('x'), 'Sec-Fetch-Mode', 'navigate']);
    assert.equal(shown.status, 302);
  });

  it('is written into no log line', async (t) => {
    const { signIn, ask, log } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    await ask('grafana.lab.org', cookie(id));
    await ask('grafana.lab.org', cookie(id), { 'X-Forwarded-Method': 'POST' });
    assert.ok(log.length > 0);
    assert.ok(!log.join('').includes(id));
  });

  it('of the gateway’s own host is none on an app’s (a stolen or forwarded cookie)', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { gatewayId } = await signIn('grafana.lab.org');
    assert.equal((await ask('grafana.lab.org', cookie(gatewayId))).status, 401);
  });

  it('of one app’s host is none on another’s (an app’s id used on another app’s host)', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    assert.equal((await ask('minio.lab.org', cookie(id))).status, 401);
  });

  it('beside a planted one counts for nothing (cookie tossing)', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    const mallory = await signIn('grafana.lab.org');
    for (const client of [
      cookie(mallory.id, id),
      cookie(id, mallory.id),
      cookie(id, id),
      cookie(id, 'x'),
      [...cookie(mallory.id), ...cookie(id)],
    ])
      assert.equal((await ask('grafana.lab.org', client)).status, 401);
  });

  it('without its prefix counts for nothing (a host below the domain can set such a one)', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    for (const name of ['beamgate', '__Secure-beamgate', '__host-beamgate', ' __Host-beamgate-x'])
      assert.equal((await ask('grafana.lab.org', ['Cookie', `${name}=${id}`])).status, 401, name);
  });

  it('counts for its host in whatever case and with the scheme’s port (host header case and port)', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    for (const host of ['GRAFANA.lab.org', 'grafana.lab.org.', 'grafana.lab.org:443'])
      assert.equal((await ask(host, cookie(id))).status, 200, host);
    const other = await signIn('ports.lab.org');
    assert.equal((await ask('ports.lab.org:8443', cookie(other.id))).status, 200);
    assert.equal((await ask('ports.lab.org', cookie(other.id))).status, 403, 'no app is there');
  });

  it('of another provider than the app’s asks to sign in there', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('partner.lab.org');
    assert.match((await ask('partner.lab.org', cookie(id))).body, /"reason":"provider_not_accepted"/);
  });

  it('is not read where an app reads tokens alone', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('tokens.lab.org');
    assert.equal((await ask('tokens.lab.org', cookie(id))).status, 401);
  });

  it('never stands in for a token that is no good', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    const told = await ask('grafana.lab.org', [...cookie(id), 'Authorization', 'Bearer bad']);
    assert.match(told.body, /"reason":"credential_unsupported"/);
  });

  it('that is too old or too weak for a rule leads to a sign-in that says what is needed', async (t) => {
    const { signIn, ask } = await openSite(t);
    const weak = await signIn('fresh.lab.org');
    const told = await ask('fresh.lab.org', cookie(weak.id));
    assert.match(told.body, /"reason":"stronger_sign_in_needed"/);
    assert.match(told.body, /max_age=300&acr=mfa/);
    const old = await signIn('fresh.lab.org', sampleSignedIn({ acr: 'mfa', authTimeMs: 1 }));
    assert.match((await ask('fresh.lab.org', cookie(old.id))).body, /"reason":"session_too_old"/);
    const good = await signIn('fresh.lab.org', sampleSignedIn({ acr: 'mfa' }));
    assert.equal((await ask('fresh.lab.org', cookie(good.id))).status, 200);
  });
});

describe('a page of somebody else’s', () => {
  const posting = { 'X-Forwarded-Method': 'POST' };
  const from = (site: string, origin: string) => ['Sec-Fetch-Site', site, 'Origin', origin];

  it('cannot post with a visitor’s session, nor open a WebSocket', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('grafana.lab.org');
    const evil = from('same-site', 'https://minio.lab.org');
    const posted = await ask('grafana.lab.org', [...cookie(id), ...evil], posting);
    assert.equal(posted.status, 403);
    assert.match(posted.body, /"reason":"cross_origin"/);
    const opened = await ask('grafana.lab.org', [...cookie(id), 'Origin', 'https://evil.org'], {
      'X-Forwarded-Proto': 'wss',
    });
    assert.equal(opened.status, 403);
  });

  it('can where the app names its origin', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('minio.lab.org');
    const portal = from('same-site', 'https://portal.lab.org');
    assert.equal((await ask('minio.lab.org', [...cookie(id), ...portal], posting)).status, 200);
  });

  it('is told nothing of who is there, where nobody has to be', async (t) => {
    const { signIn, ask } = await openSite(t);
    const { id } = await signIn('hello.lab.org');
    const evil = from('cross-site', 'https://evil.org');
    const told = await ask('hello.lab.org', [...cookie(id), ...evil], posting);
    assert.equal(told.status, 200);
    assert.deepEqual(valuesIn(told.headers, 'x-auth-username'), ['']);
    const own = await ask(
      'hello.lab.org',
      [...cookie(id), ...from('same-origin', 'https://hello.lab.org')],
      posting,
    );
    assert.deepEqual(valuesIn(own.headers, 'x-auth-username'), ['alice']);
  });
});

describe('hosts that share a cookie', () => {
  it('take one id, and no other host does', async (t) => {
    const { sessions, ask } = await openSite(t, `cookieDomain: lab.org\n${site}`);
    const { id } = await sessions.begin(sampleSignedIn(), '.lab.org');
    const shared = ['Cookie', `__Secure-beamgate=${id}`];
    for (const host of ['grafana.lab.org', 'minio.lab.org'])
      assert.equal((await ask(host, shared)).status, 200, host);
    assert.equal((await ask('grafana.lab.org', cookie(id))).status, 401);
  });
});
