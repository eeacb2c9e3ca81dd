import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { moveOn } from '../../../gateway/login/move-on.ts';
import { readWanted } from '../../../gateway/login/wanted.ts';
import { hashOf } from '../../../gateway/sessions/random.ts';
import { valuesIn } from '../samples.ts';
import { sampleSignedIn } from '../sessions/samples.ts';
import { openScene, publicUrl } from './scene.ts';

describe('somebody who is signed in', () => {
  it('is sent to sign in again where the session has just ended', async (t) => {
    const { login, sessions } = await openScene(t, {
      providers: '  s: { kind: scicat, url: https://s.lab.org, signIn: {} }',
      apps: '  app: { url: https://app.org/x, allow: signed-in }',
    });
    const { session } = await sessions.begin(sampleSignedIn(), 'lab.org');
    await sessions.end(session.key);
    const parameters = { return_to: 'https://app.org/x?y', handover: hashOf('n') };
    const wanted = readWanted(new URLSearchParams(parameters), login.apps);
    const visit = { query: new URLSearchParams(), headers: [], clientAddress: undefined, requestId: 'r1' };
    const answer = await moveOn(visit, login, { session, wanted, isForm: false, cookies: [] });
    assert.equal(answer.status, 302);
    const [location = ''] = valuesIn(answer.headers, 'location');
    assert.ok(location.startsWith(`${publicUrl}/login?`), location);
    assert.deepEqual(Object.fromEntries(new URL(location).searchParams), parameters);
  });
});
