import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { answerSignOut, signedOutAtProvider } from '../../../gateway/login/sign-out.ts';
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
    assert.match(signedOutAtProvider(visit, login).body, new RegExp(`href="${publicUrl}/login"`));
  });

  const near = 'https://lab.org/near/x?y=1';
  const back = (page: string) => new RegExp(`class="button" href="${page.replace('?', '[?]')}"`);

  it('ends with the way to an app’s page that was named, which the provider is not told', async (t) => {
    const { login, visit } = await open(t);
    const asked = { ...visit, query: new URLSearchParams({ return_to: near }) };
    const question = await answerSignOut(asked, login, { isOwn: false, isForm: false });
    assert.match(
      question.body,
      /action="https:\/\/lab.org\/sso\/logout\?return_to=https%3A%2F%2Flab.org%2Fnear/,
    );
    const answer = await answerSignOut(asked, login, { isOwn: true, isForm: false });
    assert.doesNotMatch(valuesIn(answer.headers, 'location')[0] ?? '', /near/);
    const [, cookie = ''] = valuesIn(answer.headers, 'set-cookie');
    assert.match(cookie, /^__Host-beamgate-back=[\w-]+; .*HttpOnly/);
    const done = signedOutAtProvider({ headers: ['Cookie', cookie.split(';', 1)[0] ?? ''] }, login);
    assert.match(done.body, back(near));
    assert.doesNotMatch(done.body, /http-equiv/, 'and leads nobody there by itself');
    assert.match(valuesIn(done.headers, 'set-cookie').join(), /__Host-beamgate-back=;/);
  });

  it('ends with the way to no page that is not an app’s, whoever named it', async (t) => {
    const { login, visit } = await open(t);
    const wrong = ['https://evil.org/', '//evil.org', 'javascript:alert(1)', `${near}${'x'.repeat(2000)}`];
    for (const return_to of wrong) {
      const asked = { ...visit, headers: [], query: new URLSearchParams({ return_to }) };
      const { body } = await answerSignOut(asked, login, { isOwn: true, isForm: false });
      assert.match(body, back(`${publicUrl}/login`));
      const planted = `__Host-beamgate-back=${Buffer.from(return_to).toString('base64url')}`;
      assert.match(
        signedOutAtProvider({ headers: ['Cookie', planted] }, login).body,
        back(`${publicUrl}/login`),
      );
    }
  });
});
