// A session that survives the sign-in page: somebody sees "sign in", believes that they are out, and leaves a browser that
// is in. Whoever sees that page here is out, or has asked for another account.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openScene, TestBrowser } from '../gateway/login/scene.ts';
import { sampleSignedIn } from '../gateway/sessions/samples.ts';

const provider = (name: string) =>
  `  ${name}: { kind: oidc, issuer: 'https://${name}.org', signIn: { clientId: x, clientSecret: 'test-only:x' } }`;
const site = {
  providers: [provider('keycloak'), provider('other')].join('\n'),
  apps: '  grafana: { url: https://lab.org/grafana, allow: signed-in }',
};

async function signedIn(t: TestContext) {
  const scene = await openScene(t, site);
  const browser = new TestBrowser(scene);
  const { id, session } = await scene.sessions.begin(sampleSignedIn(), 'lab.org');
  browser.cookies.set('__Host-beamgate', id);
  return { ...scene, browser, id, session };
}

describe('the sign-in page (a session that survives it)', () => {
  it('is not shown to somebody who is signed in: they go on', async (t) => {
    const { browser } = await signedIn(t);
    const { status, location } = await browser.open('/login?return_to=https://lab.org/grafana');
    assert.deepEqual([status, location], [302, 'https://lab.org/grafana']);
  });

  it('is shown to somebody who is out, whose cookie lets nobody in afterwards either', async (t) => {
    const { browser, sessions, session, id } = await signedIn(t);
    await sessions.end(session.key);
    assert.equal((await browser.open('/login')).status, 200);
    assert.equal(await sessions.find(id, 'lab.org'), undefined);
  });

  it('is shown by request to change the account: a link elsewhere signs nobody out by that (logout CSRF)', async (t) => {
    const { browser } = await signedIn(t);
    assert.equal((await browser.open('/login?change=account')).status, 200);
    assert.equal(await browser.username(), 'alice');
  });
});
