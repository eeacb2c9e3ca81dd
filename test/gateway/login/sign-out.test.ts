import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { answerSignOut, signedOut } from '../../../gateway/login/sign-out.ts';
import { startOidc } from '../../simulators/oidc/start.ts';
import { valuesIn } from '../samples.ts';
import { sampleSignedIn, sampleTokens } from '../sessions/samples.ts';
import { openScene, publicUrl } from './scene.ts';

async function open(t: TestContext) {
  const oidc = await startOidc();
  t.after(() => oidc.stop());
  const scene = await openScene(t, {
    providers: `  keycloak: { kind: oidc, issuer: "${oidc.issuer}", title: The Lab, signIn: { clientId: b, clientSecret: "test-only:x" } }`,
    apps: '  near: { url: https://lab.org/near, allow: signed-in }',
  });
  const { id, session } = await scene.sessions.begin(sampleSignedIn({ tokens: sampleTokens() }), 'lab.org');
  const visit = {
    query: new URLSearchParams(),
    headers: ['Cookie', `__Host-beamgate=${id}`],
    clientAddress: '192.0.2.1',
    requestId: 'r1',
  };
  const isAlive = async () => (await scene.sessions.find(id, 'lab.org')) !== undefined;
  return { ...scene, oidc, visit, session, isAlive };
}

describe('signing out', () => {
  it('ends the session here, and leads on to the provider with the ID token and the way back', async (t) => {
    const { login, visit, oidc, isAlive } = await open(t);
    const answer = await answerSignOut(visit, login, { isOwn: true, isForm: false });
    const url = new URL(valuesIn(answer.headers, 'location')[0] ?? '');
    assert.equal(`${url.origin}${url.pathname}`, `${oidc.issuer}/logout`);
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      id_token_hint: 'id-1',
      post_logout_redirect_uri: `${publicUrl}/logout/done`,
      client_id: 'b',
    });
    assert.match(valuesIn(answer.headers, 'set-cookie')[0] ?? '', /^__Host-beamgate=;.*Max-Age=0/);
    assert.equal(await isAlive(), false);
  });

  it('by a form leads on by a page, which no form-action stops', async (t) => {
    const { login, visit, isAlive } = await open(t);
    const answer = await answerSignOut(visit, login, { isOwn: true, isForm: true });
    assert.equal(answer.status, 200);
    assert.match(answer.body, /http-equiv="refresh"/);
    assert.equal(await isAlive(), false);
  });

  it('is a question only, where another site’s page or link wants it (logout CSRF)', async (t) => {
    const { login, visit, isAlive } = await open(t);
    for (const isForm of [true, false]) {
      const answer = await answerSignOut(visit, login, { isOwn: false, isForm });
      assert.equal(answer.status, isForm ? 403 : 200);
      assert.match(answer.body, /Sign out\?/);
      assert.deepEqual(valuesIn(answer.headers, 'set-cookie'), []);
      assert.deepEqual(valuesIn(answer.headers, 'cache-control'), ['no-store']);
    }
    assert.equal(await isAlive(), true);
  });

  it('is done here also while the provider is down, which is said', async (t) => {
    const { login, visit, oidc, isAlive } = await open(t);
    await oidc.stop();
    const answer = await answerSignOut(visit, login, { isOwn: true, isForm: false });
    assert.equal(answer.status, 200);
    assert.match(answer.body, /You are signed out/);
    assert.match(answer.body, /still be signed in at The Lab/);
    assert.equal(await isAlive(), false);
  });

  it('of nobody says that they are out', async (t) => {
    const { login, visit } = await open(t);
    const answer = await answerSignOut({ ...visit, headers: [] }, login, { isOwn: false, isForm: false });
    assert.match(answer.body, /You are signed out/);
    assert.match(signedOut(visit, login, undefined).body, new RegExp(`href="${publicUrl}/login"`));
  });
});
