// The whole code flow against a certified provider in this process, and what somebody else's browser makes of it.
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { freePort } from '../../end-to-end/traefik.ts';
import { type IdentityProvider, startIdentityProvider } from '../../simulators/oidc/identity-provider.ts';
import { openScene, publicUrl, reasonOf, signInAt, TestBrowser } from './scene.ts';

let idp: IdentityProvider;

before(async () => {
  idp = await startIdentityProvider({ publicUrl, port: await freePort() });
});
after(() => idp.stop());

function scene(t: TestContext, more = '') {
  const signIn = `{ clientId: beamgate, clientSecret: "test-only:${idp.clientSecret}", scopes: [openid, profile, email, groups]${more} }`;
  return openScene(t, {
    providers: `  idp: { kind: oidc, issuer: "${idp.issuer}", signIn: ${signIn} }`,
    apps: `  app: { url: https://app.org/x, allow: signed-in }
  near: { url: https://lab.org/near, allow: signed-in }`,
  });
}

const wanted = 'https://lab.org/near/deep/link?a=1&b=%2F';
const loginPath = (returnTo = wanted, more = {}) =>
  `/login?${new URLSearchParams({ return_to: returnTo, ...more })}`;

describe('signing in at a provider', () => {
  it('leads to it with PKCE, state and nonce, and back to the exact page', async (t) => {
    const browser = new TestBrowser(await scene(t));
    const begun = await browser.open(loginPath());
    const url = new URL(begun.location);
    assert.equal(begun.status, 302);
    assert.equal(url.origin, idp.issuer);
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
    assert.equal(url.searchParams.get('redirect_uri'), `${publicUrl}/callback/idp`);
    for (const name of ['state', 'nonce', 'code_challenge'])
      assert.ok((url.searchParams.get(name) ?? '').length >= 43);
    const done = await browser.open(await signInAt(begun.location, 'olga'));
    assert.equal(`${done.status} ${done.location}`, `302 ${wanted}`);
    assert.equal(done.headers.get('cache-control'), 'no-store');
    assert.equal(await browser.username(), 'olga');
    assert.deepEqual(browser.pending(), []);
  });

  it('keeps who it is, in which groups, and what the provider gave', async (t) => {
    const scened = await scene(t);
    const browser = new TestBrowser(scened);
    await browser.open(await signInAt((await browser.open('/login')).location, 'olga'));
    const [session] = await scened.sessions.listAll();
    assert.ok(session !== undefined);
    const { identity } = session;
    assert.deepEqual(
      [identity.username, identity.id, identity.groups, identity.email],
      ['olga', 'olga', ['it', 'beamline-staff'], 'olga@lab.org'],
    );
    assert.equal(typeof session.sid, 'string');
    assert.ok(Math.abs(session.authTimeMs - Date.now()) < 10_000);
    assert.equal(session.device, 'Firefox, Linux');
    const ended = await scened.sessions.end(session.key);
    assert.equal(ended?.idToken?.split('.').length, 3);
  });

  it('hands the session over to an app on another host, once, for that nonce', async (t) => {
    const scened = await scene(t);
    const browser = new TestBrowser(scened);
    const nonce = 'n'.repeat(43);
    const { hashOf } = await import('../../../gateway/sessions/random.ts');
    const begun = await browser.open(loginPath('https://app.org/x/y?z', { handover: hashOf(nonce) }));
    const done = new URL((await browser.open(await signInAt(begun.location, 'ben'))).location);
    assert.equal(`${done.origin}${done.pathname}`, 'https://app.org/.beamgate/return');
    const code = done.searchParams.get('code') ?? '';
    const redeemed = await scened.sessions.redeem(code, { host: 'app.org', nonce });
    assert.equal(redeemed?.returnTo, 'https://app.org/x/y?z');
    assert.equal(await scened.sessions.redeem(code, { host: 'app.org', nonce }), undefined);
  });

  it('is no page for somebody who is signed in already', async (t) => {
    const browser = new TestBrowser(await scene(t));
    await browser.open(await signInAt((await browser.open('/login')).location, 'ben'));
    const again = await browser.open(loginPath());
    assert.equal(`${again.status} ${again.location}`, `302 ${wanted}`);
  });

  it('gives a new id each time, and ends the session before (fixation)', async (t) => {
    const scened = await scene(t);
    const browser = new TestBrowser(scened);
    browser.cookies.set('__Host-beamgate', 'p'.repeat(43));
    await browser.open(await signInAt((await browser.open('/login')).location, 'ben'));
    const first = browser.cookies.get('__Host-beamgate') ?? '';
    assert.notEqual(first, 'p'.repeat(43));
    const changed = await browser.open('/login?change=account');
    assert.equal(new URL(changed.location).searchParams.get('prompt'), 'login');
    await browser.open(await signInAt(changed.location, 'gina'));
    assert.equal(await browser.username(), 'gina');
    assert.equal(await scened.sessions.find(first, 'lab.org'), undefined);
  });

  it('finishes three tabs at once, each where it wanted to go', async (t) => {
    const browser = new TestBrowser(await scene(t));
    const pages = [1, 2, 3].map((tab) => `https://lab.org/near/${tab}`);
    const jar = new Map<string, string>();
    const begun = [];
    for (const page of pages) begun.push(await browser.open(loginPath(page)));
    assert.equal(browser.pending().length, 3);
    const answers = [];
    for (const { location } of begun) answers.push(await signInAt(location, 'olga', jar));
    for (const [index, answer] of answers.entries())
      assert.equal((await browser.open(answer)).location, pages[index]);
    assert.equal(await browser.username(), 'olga');
  });

  it('keeps five pending logins at most: the oldest goes', async (t) => {
    const { clock, ...rest } = await scene(t);
    const browser = new TestBrowser({ clock, ...rest });
    const begun = [];
    for (let tab = 0; tab < 8; tab += 1) {
      clock.nowMs += 1000;
      begun.push((await browser.open(loginPath())).location);
    }
    assert.equal(browser.pending().length, 5);
    const first = await browser.open(await signInAt(begun[0] ?? '', 'olga'));
    assert.equal(first.status, 400);
    assert.match(first.body, /began elsewhere/);
    assert.equal((await browser.open(await signInAt(begun[7] ?? '', 'olga'))).location, wanted);
  });
});

describe('a callback', () => {
  it('from elsewhere signs nobody in: another browser’s answer (callback CSRF)', async (t) => {
    const scened = await scene(t);
    const attacker = new TestBrowser(scened);
    const victim = new TestBrowser(scened);
    const answer = await signInAt((await attacker.open('/login')).location, 'gina');
    const seen = await victim.open(answer);
    assert.equal(seen.status, 400);
    assert.equal(reasonOf(scened, seen), 'sign_in_elsewhere');
    assert.match(seen.body, /began elsewhere/);
    assert.match(seen.body, new RegExp(`href="${publicUrl}/login"`));
    assert.equal(await victim.username(), undefined);
    assert.equal(seen.headers.get('cache-control'), 'no-store');
    await victim.open(loginPath());
    assert.equal((await victim.open(answer)).status, 400, 'also with a pending login of its own');
    assert.equal(await victim.username(), undefined);
  });

  it('that comes twice is over: to the portal for who is signed in, a page for who is not', async (t) => {
    const scened = await scene(t);
    const browser = new TestBrowser(scened);
    const answer = await signInAt((await browser.open(loginPath())).location, 'ben');
    const pending = new Map(browser.cookies);
    assert.equal((await browser.open(answer)).location, wanted);
    assert.equal((await browser.open(answer)).location, `${publicUrl}/`);
    browser.cookies.clear();
    assert.match((await browser.open(answer)).body, /began elsewhere/);
    // A browser that kept the cookie: the provider knows the code no more.
    for (const [name, value] of pending) browser.cookies.set(name, value);
    const used = await browser.open(answer);
    assert.equal(used.status, 400);
    assert.match(used.body, /is over/);
    assert.equal(reasonOf(scened, used), 'sign_in_used');
    assert.match(used.body, /return_to=https%3A%2F%2Flab.org%2Fnear/);
  });

  it('that comes after ten minutes is late', async (t) => {
    const scened = await scene(t);
    const { clock } = scened;
    const browser = new TestBrowser(scened);
    const answer = await signInAt((await browser.open(loginPath())).location, 'ben');
    clock.nowMs += 600_001;
    const seen = await browser.open(answer);
    assert.equal(seen.status, 400);
    assert.match(seen.body, /took too long/);
    assert.equal(reasonOf(scened, seen), 'sign_in_expired');
    assert.equal(await browser.username(), undefined);
  });

  it('to a browser that has signed in meanwhile just goes on', async (t) => {
    const scened = await scene(t);
    const browser = new TestBrowser(scened);
    const [one, two] = [await browser.open(loginPath()), await browser.open(loginPath(`${wanted}2`))];
    await browser.open(await signInAt(one.location, 'ben'));
    const asked = idp.requests.length;
    const state = new URL(two.location).searchParams.get('state') ?? '';
    const seen = await browser.open(`/callback/idp?${new URLSearchParams({ state, code: 'x' })}`);
    assert.equal(seen.location, `${wanted}2`);
    assert.equal(idp.requests.length, asked, 'and the provider is not asked');
  });

  const broken: readonly (readonly [string, (query: URLSearchParams) => void])[] = [
    ['no state', (query) => query.delete('state')],
    ['two states', (query) => query.append('state', query.get('state') ?? '')],
    ['another state', (query) => query.set('state', 'a'.repeat(70))],
    [
      'a state of the same login that was altered',
      (query) => query.set('state', withAnotherStart(query.get('state') ?? '')),
    ],
    ['no code', (query) => query.delete('code')],
    ['another code', (query) => query.set('code', 'a'.repeat(43))],
    ['two codes', (query) => query.append('code', 'x')],
    ['no iss (RFC 9207)', (query) => query.delete('iss')],
    ['the iss of another (mix-up)', (query) => query.set('iss', 'https://evil.org')],
    ['tokens', (query) => query.set('id_token', 'x')],
    ['a response in a JWT', (query) => query.set('response', 'a.b.c')],
  ];
  for (const [what, spoil] of broken)
    it(`with ${what} signs nobody in, and has a way forward`, async (t) => {
      const browser = new TestBrowser(await scene(t));
      const answer = new URL(await signInAt((await browser.open(loginPath())).location, 'ben'));
      spoil(answer.searchParams);
      const seen = await browser.open(answer.href);
      assert.ok(seen.status === 400 || seen.status === 403, String(seen.status));
      assert.match(seen.body, new RegExp(`href="${publicUrl}/login`));
      assert.equal(await browser.username(), undefined);
    });

  it('that says no is a page that says so', async (t) => {
    const scened = await scene(t);
    const browser = new TestBrowser(scened);
    const seen = await browser.open(await signInAt((await browser.open(loginPath())).location, ''));
    assert.equal(seen.status, 403);
    assert.equal(reasonOf(scened, seen), 'sign_in_denied');
    assert.match(seen.body, /sign_in_denied/);
    assert.match(seen.body, /cancelled/);
  });
});

/** Its first character is another one, whatever it was: of the last one of a base64url text not every bit counts. */
function withAnotherStart(text: string): string {
  return `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
}
