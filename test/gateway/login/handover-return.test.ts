import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { answerReserved } from '../../../gateway/login/handover-return.ts';
import { hashOf, makeRandomText } from '../../../gateway/sessions/random.ts';
import { sampleRequest, valuesIn } from '../samples.ts';
import { codeFor, sampleSignedIn } from '../sessions/samples.ts';
import { openScene, reasonOf } from './scene.ts';

const host = { name: 'app.org', port: undefined };
const returnTo = 'https://app.org/x?y';

async function open(t: TestContext) {
  const scene = await openScene(t, {
    providers: '  s: { kind: scicat, url: https://s.lab.org, signIn: {} }',
    apps: '  app: { url: https://app.org/x, allow: signed-in }',
  });
  const { session } = await scene.sessions.begin(sampleSignedIn(), 'lab.org');
  const nonce = makeRandomText();
  const code = await codeFor(scene.sessions, session, {
    host: 'app.org',
    nonceHash: hashOf(nonce),
    returnTo,
  });
  const ask = (target: string, cookie: string, more = {}) =>
    answerReserved(sampleRequest({ host, target, headers: ['Cookie', cookie], ...more }), scene.login);
  return { ...scene, code, nonce, ask };
}

describe('the return to an app’s host', () => {
  it('gives the browser an id for that host, and the page that it wanted', async (t) => {
    const { ask, code, nonce, sessions } = await open(t);
    const answer = await ask(`/.beamgate/return?code=${code}`, `__Host-beamgate-nonce=${nonce}`);
    assert.equal(answer.status, 302);
    assert.deepEqual(valuesIn(answer.headers, 'location'), [returnTo]);
    assert.deepEqual(valuesIn(answer.headers, 'cache-control'), ['no-store']);
    const [cookie = ''] = valuesIn(answer.headers, 'set-cookie');
    const id = /^__Host-beamgate=([\w-]{43}); Path=\/; HttpOnly; SameSite=Lax; Secure$/.exec(cookie)?.[1];
    assert.equal((await sessions.find(id ?? '', 'app.org'))?.identity.username, 'alice');
    assert.equal(await sessions.find(id ?? '', 'lab.org'), undefined, 'and for that one alone');
  });

  it('is a page with a way forward for everything else, and never a loop', async (t) => {
    const scene = await open(t);
    const { ask, code, nonce } = scene;
    const other = `__Host-beamgate-nonce=${makeRandomText()}`;
    const twice = `__Host-beamgate-nonce=${nonce}; __Host-beamgate-nonce=${nonce}`;
    const [elsewhere, used] = ['handover_elsewhere', 'handover_used'];
    for (const [target, cookie, reason] of [
      [`/.beamgate/return?code=${code}`, 'a=b', elsewhere],
      [`/.beamgate/return?code=${code}`, twice, elsewhere],
      ['/.beamgate/return', `__Host-beamgate-nonce=${nonce}`, used],
      [`/.beamgate/return?code=${makeRandomText()}`, `__Host-beamgate-nonce=${nonce}`, used],
      [`/.beamgate/return?code=${code}`, other, used],
      // Used up by the browser before.
      [`/.beamgate/return?code=${code}`, `__Host-beamgate-nonce=${nonce}`, used],
    ] as const) {
      const answer = await ask(target, cookie);
      assert.equal(answer.status, 400, cookie);
      assert.equal(reasonOf(scene, answer), reason);
      assert.match(answer.body, /href="https:\/\/lab.org\/sso\/login"/);
      assert.deepEqual(valuesIn(answer.headers, 'set-cookie'), []);
    }
  });

  it('is good on its own host alone (an app’s id used on another app’s host)', async (t) => {
    const { ask, code, nonce } = await open(t);
    const cookie = `__Host-beamgate-nonce=${nonce}`;
    const there = { host: { name: 'other.org', port: undefined } };
    assert.equal((await ask(`/.beamgate/return?code=${code}`, cookie, there)).status, 400);
  });

  it('is all that there is below it', async (t) => {
    const { ask, code } = await open(t);
    assert.equal((await ask('/.beamgate/x', '')).status, 404);
    assert.equal((await ask(`/.beamgate/return?code=${code}`, '', { method: 'POST' })).status, 404);
  });
});
