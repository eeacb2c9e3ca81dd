import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import type { GatewayConfig } from '../../gateway/config.ts';
import { SignInProviders } from '../../gateway/login/sign-in-providers.ts';
import { createBackchannelLogout } from '../../gateway/sessions/backchannel-logout.ts';
import type { TimeSource } from '../../platform/clock.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { noWebProxies } from '../../platform/web-proxies.ts';
import { createTestGate } from '../gateway/gate.ts';
import { gatewayHost, openSessions, sampleSignedIn, startMs } from '../gateway/sessions/samples.ts';
import { timesOf } from '../platform/times.ts';
import { startOidc } from '../simulators/oidc/start.ts';
import { hostileLogouts, type LogoutScene, logoutToken } from './hostile-logouts.ts';

const sso = await startOidc({ now: () => startMs });
const attacker = await startOidc({ now: () => startMs });
after(() => Promise.all([sso.stop(), attacker.stop()]));

const site = `publicUrl: https://auth.lab.org
providers:
  keycloak:
    kind: oidc
    issuer: '${sso.issuer}'
    signIn: { clientId: beamgate, clientSecret: 'test-only:x' }
  tokens: { kind: oidc, issuer: '${attacker.issuer}', acceptTokensFor: [x] }
  scicat: { kind: scicat, url: 'http://127.0.0.1:9' }
apps:
  data: { url: https://lab.org/data, allow: signed-in }
`;
const { config, log, gate } = await createTestGate({}, site);
const scene: LogoutScene = {
  sso,
  attacker,
  keyId: sso.keys.published().keys[0]?.kid ?? '',
  nowSeconds: startMs / 1000,
};

function signInsOf({ providers }: Pick<GatewayConfig, 'providers'>, clock: TimeSource) {
  return new SignInProviders({ webProxies: noWebProxies, clock }).signInFor(providers);
}

async function receiving(t: TestContext) {
  const { sessions, clock } = await openSessions(t);
  const { logoutReaders: readers } = signInsOf(config, timesOf(clock));
  const receive = createBackchannelLogout({ ...gate, readers, sessions });
  const send = (body: string, { provider = 'keycloak', contentType = form }: Sending = {}) =>
    receive({ provider, contentType, body, requestId: 'r1' });
  const say = (token: string, sending?: Sending) =>
    send(String(new URLSearchParams({ logout_token: token })), sending);
  const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
  const isIn = async () => (await sessions.find(id, gatewayHost)) !== undefined;
  return { sessions, clock, send, say, isIn };
}

type Sending = { readonly provider?: string; readonly contentType?: string | undefined };
const form = 'application/x-www-form-urlencoded';

describe('a logout token of the provider', () => {
  for (const [what, more] of [
    ['by sid and sub', {}],
    ['by sid alone', { sub: undefined }],
    ['by sub alone', { sid: undefined }],
    ['with us among its audiences', { aud: ['grafana', 'beamgate'] }],
    ['without exp, as older providers write it', { exp: undefined }],
  ] as const)
    it(`ends the session ${what}, else this table proves nothing`, async (t) => {
      const { say, isIn } = await receiving(t);
      const answer = await say(await logoutToken(scene, more));
      assert.deepEqual(answer, { status: 200, headers: ['Cache-Control', 'no-store'], body: '' });
      assert.equal(await isIn(), false);
    });

  for (const typ of ['logout+jwt', 'LOGOUT+JWT', 'application/logout+jwt', 'JWT', undefined])
    it(`may say that its type is ${typ}`, async (t) => {
      const { say, isIn } = await receiving(t);
      assert.equal((await say(await logoutToken(scene, {}, { typ }))).status, 200);
      assert.equal(await isIn(), false);
    });

  it('about a session that is not there is good all the same, and ends no other', async (t) => {
    const { say, isIn } = await receiving(t);
    assert.equal((await say(await logoutToken(scene, { sid: 'other', sub: undefined }))).status, 200);
    assert.equal((await say(await logoutToken(scene, { sub: 'other', jti: 'j2' }))).status, 200);
    assert.equal(await isIn(), true);
  });

  it('counts once', async (t) => {
    const { say, sessions } = await receiving(t);
    const token = await logoutToken(scene);
    assert.equal((await say(token)).status, 200);
    const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
    assert.match((await say(token)).body, /it has been used before/);
    assert.notEqual(await sessions.find(id, gatewayHost), undefined);
  });

  it('counts until its end and not a moment longer', async (t) => {
    const { say, clock } = await receiving(t);
    const token = await logoutToken(scene);
    clock.nowMs += 130_000;
    assert.equal((await say(token)).status, 400);
    clock.nowMs -= 1000;
    assert.equal((await say(token)).status, 200);
  });
});

describe('a logout token is refused, and nobody is signed out:', () => {
  for (const { what, token, flaw } of hostileLogouts)
    it(what, async (t) => {
      const { say, isIn } = await receiving(t);
      const before = log.length;
      const answer = await say(await token(scene));
      assert.equal(answer.status, 400);
      assert.match(answer.body, /"reason":"logout_token_invalid"/);
      assert.deepEqual(answer.headers.slice(0, 2), ['Cache-Control', 'no-store']);
      assert.ok(
        log.slice(before).some((line) => line.includes(`"why":"${flaw}"`)),
        log.slice(before).join(''),
      );
      assert.equal(await isIn(), true);
    });
});

describe('a request to sign somebody out', () => {
  it('holds one token in a form', async (t) => {
    const { send, isIn } = await receiving(t);
    const token = await logoutToken(scene);
    for (const [body, contentType] of [
      ['', form],
      ['logout_token=', form],
      [`token=${token}`, form],
      [`logout_token=${token}&logout_token=${token}`, form],
      [`logout_token=${token}`, 'text/plain'],
      [`logout_token=${token}`, 'application/x-www-form-urlencodedx'],
      [JSON.stringify({ logout_token: token }), 'application/json'],
      [`logout_token=${token}`, undefined],
    ] as const) {
      const answer = await send(body, contentType === undefined ? { contentType: '' } : { contentType });
      assert.equal(answer.status, 400, body);
    }
    assert.equal(await isIn(), true);
    assert.equal(
      (await send(`logout_token=${token}`, { contentType: `${form}; charset=utf-8` })).status,
      200,
    );
  });

  it('is not found at a provider that signs nobody in, or that is none', async (t) => {
    const { say, isIn } = await receiving(t);
    for (const provider of ['tokens', 'scicat', 'other', '__proto__', ''])
      assert.equal((await say(await logoutToken(scene), { provider })).status, 404, provider);
    assert.equal(await isIn(), true);
  });

  it('is an outage where the provider’s keys cannot be had: it is to say so again', async (t) => {
    const away = await startOidc({ now: () => startMs });
    const token = await logoutToken({ ...scene, sso: away });
    const { config: other } = await createTestGate({}, site.replaceAll(sso.issuer, away.issuer));
    await away.stop();
    const { sessions } = await openSessions(t);
    const { logoutReaders: readers } = signInsOf(other, timesOf({ nowMs: startMs }));
    const receive = createBackchannelLogout({ ...gate, readers, sessions });
    const body = `logout_token=${token}`;
    const asked = { provider: 'keycloak', contentType: form, body, requestId: 'r1' };
    await assert.rejects(receive(asked), Unavailable);
  });

  it('writes no token into the log', async (t) => {
    const { say } = await receiving(t);
    const token = await logoutToken(scene);
    await say(token);
    await say(token);
    assert.ok(!log.join('').includes(token.slice(-20)));
  });
});
