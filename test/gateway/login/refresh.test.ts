import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createRefresh } from '../../../gateway/login/refresh.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { type Answer, jsonAnswer } from '../../simulators/http/exchange.ts';
import { startOidc } from '../../simulators/oidc/start.ts';
import { sampleIdentity } from '../samples.ts';
import { sampleTokens } from '../sessions/samples.ts';
import { openScene } from './scene.ts';

type Claims = Readonly<Record<string, unknown>>;

async function open(t: TestContext, signIn = '', keys = '') {
  const oidc = await startOidc();
  t.after(() => oidc.stop());
  const { login } = await openScene(t, {
    providers: `  lab: { kind: oidc, issuer: "${oidc.issuer}", signIn: { clientId: b, clientSecret: "test-only:x"${signIn} }${keys} }`,
    apps: '  near: { url: https://lab.org/near, allow: signed-in }',
  });
  const nowSeconds = Math.floor(Date.now() / 1000);
  const standard = { iss: oidc.issuer, aud: 'b', sub: 's1', exp: nowSeconds + 300, iat: nowSeconds };
  const known = { preferred_username: 'alice', groups: ['it'], nonce: 'n1', ...standard };
  const verified = { email: 'alice@lab.org', email_verified: true };
  const identity = sampleIdentity({ provider: 'lab', id: 's1', claims: { ...known, ...verified } });
  const logged: object[] = [];
  const log = { info: (fields: object) => void logged.push(fields) };
  const grant = (claims: Claims | undefined, body: Claims = {}): void =>
    oidc.grant(async () => {
      const idToken =
        claims === undefined ? undefined : await oidc.keys.sign(JSON.stringify({ ...known, ...claims }), {});
      return jsonAnswer(200, {
        access_token: 'a',
        token_type: 'Bearer',
        expires_in: 60,
        id_token: idToken,
        ...body,
      });
    });
  const refresh = createRefresh((provider) => login.clients.get(provider), Date.now, log);
  const ask = () => refresh({ provider: 'lab', identity }, sampleTokens({ refreshToken: 'r1' }));
  return { oidc, grant, ask, refresh, identity, logged };
}

describe('a refresh', () => {
  it('brings new tokens, and the groups of now', async (t) => {
    const { grant, ask } = await open(t);
    grant({ groups: ['staff'], nonce: undefined }, { refresh_token: 'r2' });
    const refreshed = await ask();
    assert.ok(refreshed !== 'refused');
    assert.deepEqual([refreshed.identity.groups, refreshed.tokens.refreshToken], [['staff'], 'r2']);
    assert.ok((refreshed.tokens.accessExpiresAtMs ?? 0) > Date.now());
    assert.equal(refreshed.identity.claims.nonce, 'n1', 'which the next one is held against');
  });

  it('without an ID token leaves who it is as it was, but for what userinfo says', async (t) => {
    const plain = await open(t);
    plain.grant(undefined);
    const same = await plain.ask();
    assert.ok(same !== 'refused');
    assert.deepEqual(same.identity.groups, ['it']);
    const asking = await open(t, ', userinfo: true');
    asking.grant(undefined);
    asking.oidc.inform(async () => jsonAnswer(200, { sub: 's1', groups: ['staff'] }));
    const informed = await asking.ask();
    assert.deepEqual(informed !== 'refused' && informed.identity.groups, ['staff']);
  });

  it('keeps what the new ID token leaves out, and logs it', async (t) => {
    const { grant, ask, logged } = await open(t);
    grant({ preferred_username: undefined, groups: undefined });
    const refreshed = await ask();
    assert.ok(refreshed !== 'refused');
    const { username, groups, email } = refreshed.identity;
    assert.deepEqual([username, groups, email], ['alice', ['it'], 'alice@lab.org']);
    const kept = ['preferred_username', 'groups', 'email'];
    assert.deepEqual(logged, [{ provider: 'lab', username: 'alice', kept }]);
  });

  it('takes away the groups that the new ID token says are none', async (t) => {
    const { grant, ask } = await open(t);
    grant({ groups: [] });
    const refreshed = await ask();
    assert.deepEqual(refreshed !== 'refused' && refreshed.identity.groups, []);
  });

  for (const email_verified of [false, 'false'])
    it(`ends a session whose user name is an address with email_verified ${JSON.stringify(email_verified)}`, async (t) => {
      const { grant, ask, logged } = await open(t, '', ', claims: { username: email }');
      grant({ email: 'alice@lab.org', email_verified: true });
      assert.ok((await ask()) !== 'refused');
      grant({ email_verified });
      assert.equal(await ask(), 'refused');
      assert.match(JSON.stringify(logged), /identifier_unverified/);
    });

  it('ends a session whose user name becomes an address without a flag', async (t) => {
    const { grant, ask } = await open(t, '', ', claims: { username: email }');
    grant({ email: 'victim@lab.org' });
    assert.equal(await ask(), 'refused');
  });

  it('ends a session where the provider names too many groups to list them', async (t) => {
    const { grant, ask } = await open(t);
    grant({ groups: undefined, _claim_names: { groups: 'src1' } });
    assert.equal(await ask(), 'refused');
  });

  const refused: readonly (readonly [string, Answer])[] = [
    ['invalid_grant', jsonAnswer(400, { error: 'invalid_grant' })],
    // As Entra ID says where its rules want the person to come themselves.
    ['interaction_required', jsonAnswer(400, { error: 'interaction_required' })],
    ['login_required', jsonAnswer(400, { error: 'login_required' })],
  ];
  for (const [what, answer] of refused)
    it(`that is answered with ${what} is refused`, async (t) => {
      const { oidc, ask } = await open(t);
      oidc.grant(async () => answer);
      assert.equal(await ask(), 'refused');
    });

  it('with the nonce of another sign-in, or of a provider that is gone, is refused', async (t) => {
    const { grant, ask, refresh, identity } = await open(t);
    grant({ nonce: 'n2' });
    assert.equal(await ask(), 'refused');
    assert.equal(await refresh({ provider: 'gone', identity }, sampleTokens()), 'refused');
  });

  it('that the provider cannot do now is an outage', async (t) => {
    const { oidc, grant, ask } = await open(t);
    const isOutage = (error: unknown) => error instanceof Unavailable && error.dependency === 'lab';
    oidc.grant(async () => jsonAnswer(503, { error: 'temporarily_unavailable' }));
    await assert.rejects(ask(), isOutage);
    grant({ iss: 'https://evil.org' });
    await assert.rejects(ask(), isOutage, 'an answer that cannot be believed ends nobody’s session');
    await oidc.stop();
    await assert.rejects(ask(), isOutage);
  });
});
