// SciCat accounts on the gateway's own page.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Unavailable } from '../../../platform/unavailable.ts';
import type { Fault } from '../../simulators/http/faults.ts';
import { startScicat } from '../../simulators/scicat/start.ts';
import { openScene, publicUrl, reasonOf, TestBrowser } from './scene.ts';

async function open(t: TestContext, accounts = '[local]', more = 'timeoutMs: 2000') {
  const scicat = await startScicat();
  t.after(() => scicat.stop());
  const scene = await openScene(t, {
    providers: `  scicat: { kind: scicat, url: "${scicat.url}", title: Our SciCat, ${more}, signIn: { accounts: ${accounts} } }`,
    apps: '  near: { url: https://lab.org/near, allow: signed-in }',
  });
  return { ...scene, scicat, browser: new TestBrowser(scene) };
}

const form = (more: Readonly<Record<string, string>> = {}) => ({
  provider: 'scicat',
  return_to: 'https://lab.org/near/x?y',
  username: 'alice',
  password: 'alicepw',
  ...more,
});

const outages: readonly (readonly [string, Fault])[] = [
  ['500', { kind: 'status', status: 500 }],
  ['429', { kind: 'status', status: 429, headers: { 'retry-after': '60' } }],
  ['404', { kind: 'status', status: 404 }],
  ['a page', { kind: 'not_json' }],
  ['a timeout', { kind: 'hang' }],
  ['a reset', { kind: 'reset' }],
  ['half a response', { kind: 'cut_short' }],
  ['a redirect', { kind: 'status', status: 302, headers: { location: '/sign-in' } }],
];

describe('a SciCat account', () => {
  it('signs in by a form that is sent to the gateway, and goes on by a page, which no form-action stops', async (t) => {
    const { browser, sessions } = await open(t);
    const asked = await browser.open('/login?return_to=https://lab.org/near/x?y');
    assert.equal(asked.status, 200);
    assert.match(asked.body, /Our SciCat/);
    assert.match(asked.body, new RegExp(`action="${publicUrl}/login"`));
    const done = await browser.post(form());
    assert.equal(done.status, 200);
    assert.match(done.body, /href="https:\/\/lab.org\/near\/x\?y"/);
    assert.equal(done.headers.get('cache-control'), 'no-store');
    assert.equal(await browser.username(), 'alice');
    const [session] = await sessions.listAll();
    assert.deepEqual(session?.identity.groups, ['p1', 'p2']);
  });

  it('ends with SciCat’s token, which nothing renews', async (t) => {
    const { browser, sessions, clock } = await open(t);
    await browser.post(form());
    const [session] = await sessions.listAll();
    assert.ok((session?.expiresAtMs ?? 0) <= clock.nowMs + 3_601_000, String(session?.expiresAtMs));
    clock.nowMs += 3_601_000;
    assert.equal(await browser.username(), undefined);
  });

  it('is asked for again after a minute: groups follow, and SciCat’s word ends it', async (t) => {
    const { browser, sessions, clock, scicat } = await open(t);
    await browser.post(form());
    scicat.setGroups('alice', ['p2']);
    const groups = async () => (await sessions.listAll())[0]?.identity.groups;
    clock.nowMs += 61_000;
    assert.equal(await browser.username(), 'alice');
    assert.deepEqual(await groups(), ['p2']);
    const asked = scicat.requests.length;
    for (let request = 0; request < 5; request += 1) await browser.username();
    assert.equal(scicat.requests.length, asked, 'not for each request');
    const heal = scicat.faults.add({ path: /identity/, fault: { kind: 'status', status: 500 } });
    clock.nowMs += 61_000;
    assert.equal(await browser.username(), 'alice', 'an outage ends nothing');
    heal();
    scicat.faults.add({ path: /identity/, fault: { kind: 'status', status: 401 } });
    clock.nowMs += 61_000;
    assert.equal(await browser.username(), undefined);
    assert.deepEqual(await sessions.listAll(), []);
  });

  it('with a wrong password is asked again, and nothing of it is shown or logged', async (t) => {
    const { browser, log } = await open(t);
    for (const more of [{ password: 'hunter2' }, { username: 'nobody', password: 'hunter2' }]) {
      const seen = await browser.post(form(more));
      assert.equal(seen.status, 403);
      assert.match(seen.body, /User name or password is wrong/);
      assert.doesNotMatch(seen.body, /hunter2/);
    }
    assert.equal(await browser.username(), undefined);
    assert.doesNotMatch(log.join(''), /hunter2/);
    assert.equal(JSON.parse(log.at(-1) ?? '').reason, 'sign_in_wrong');
  });

  it('is asked for again where something is missing', async (t) => {
    const { browser } = await open(t);
    for (const more of [{ username: ' ' }, { password: '' }, { password: 'x'.repeat(1025) }]) {
      const seen = await browser.post(form(more));
      assert.equal(seen.status, 400);
      assert.match(seen.body, /Enter your user name/);
    }
  });

  it('signs nobody in from another site’s page (login CSRF)', async (t) => {
    const { browser } = await open(t);
    const seen = await browser.post(form(), false);
    assert.equal(seen.status, 403);
    assert.match(seen.body, /sent from another page/);
    assert.equal(await browser.username(), undefined);
  });

  it('is guessed slowly, and only there', async (t) => {
    const scene = await open(t);
    const { browser, scicat } = scene;
    for (let guess = 0; guess < 5; guess += 1) await browser.post(form({ password: `x${guess}` }));
    const asked = scicat.requests.length;
    const seen = await browser.post(form());
    assert.equal(seen.status, 429);
    assert.ok(Number(seen.headers.get('retry-after')) >= 1);
    assert.match(seen.body, /Too many attempts/);
    assert.equal(reasonOf(scene, seen), 'sign_in_too_many');
    assert.equal(scicat.requests.length, asked, 'SciCat is not asked');
    const elsewhere = new TestBrowser(scene, '198.51.100.7');
    await elsewhere.post(form());
    assert.equal(await elsewhere.username(), 'alice', 'its owner gets in from elsewhere');
  });

  it('while SciCat is down is told so, and it is no guess', async (t) => {
    const scene = await open(t);
    const { browser, scicat } = scene;
    scicat.faults.add({ path: /auth\/login/, fault: { kind: 'status', status: 500 } });
    for (let round = 0; round < 8; round += 1) {
      const seen = await browser.post(form());
      assert.equal(seen.status, 503);
      assert.match(seen.body, /does not answer/);
      assert.equal(reasonOf(scene, seen), 'unavailable');
    }
  });

  for (const [what, fault] of outages)
    for (const accounts of ['[local, ldap]', '[ldap, local]'])
      it(`that one kind rejects while the other is out counts, and gets the usual response: ${accounts}, ${what}`, async (t) => {
        const scene = await open(t, accounts);
        const { browser, scicat } = scene;
        const usual = await browser.post(form({ password: 'wrong 0' }));
        scicat.faults.add({ path: /auth\/ldap/, fault });
        for (let guess = 1; guess < 5; guess += 1) {
          const seen = await browser.post(form({ password: `wrong ${guess}` }));
          assert.equal(seen.status, 403);
          assert.equal(seen.body, usual.body);
          assert.deepEqual([...seen.headers.keys()], [...usual.headers.keys()]);
        }
        assert.equal((await browser.post(form())).status, 429, 'no more than five');
        assert.match(scene.log.join(''), /"outcome":"outage".*"accounts":"ldap"/);
      });

  for (const [what, fault] of outages)
    for (const accounts of ['[local, ldap]', '[ldap, local]'])
      it(`gets in at one kind while the other is out: ${accounts}, ${what}`, async (t) => {
        const { browser, scicat } = await open(t, accounts);
        scicat.faults.add({ path: /auth\/ldap/, fault });
        await browser.post(form());
        assert.equal(await browser.username(), 'alice');
      });

  it('that nobody could judge is told so, and does not count', async (t) => {
    const { browser, scicat } = await open(t, '[local, ldap]');
    scicat.faults.add({ path: /auth\/(?:login|ldap)/, fault: { kind: 'status', status: 500 } });
    for (let round = 0; round < 8; round += 1) assert.equal((await browser.post(form())).status, 503);
    scicat.faults.clear();
    await browser.post(form());
    assert.equal(await browser.username(), 'alice');
  });

  it('that is rejected late counts: directories delay wrong passwords', async (t) => {
    const { browser, scicat } = await open(t, '[local]', 'slowRefusalMs: 1');
    scicat.faults.add({ path: /auth\/login/, fault: { kind: 'delay', delayMs: 20 } });
    for (let guess = 0; guess < 5; guess += 1)
      assert.equal((await browser.post(form({ password: `wrong ${guess}` }))).status, 403);
    assert.equal((await browser.post(form())).status, 429);
  });

  it('is not tried while attempts cannot be counted', async (t) => {
    const guesses = {
      begin: () =>
        Promise.reject(new Unavailable({ dependency: 'database', reason: 'unreachable', message: '' })),
      succeeded: async () => {},
      undecided: async () => {},
    };
    const { login, ...scene } = await open(t);
    const browser = new TestBrowser({ ...scene, login: { ...login, guesses } });
    await assert.rejects(browser.post(form()), Unavailable);
    assert.equal(scene.scicat.requests.length, 0);
  });

  it('is one account, whichever provider of a backend it is sent to', async (t) => {
    const scicat = await startScicat();
    t.after(() => scicat.stop());
    const scene = await openScene(t, {
      providers: `  one: { kind: scicat, url: "${scicat.url}", header: X-One, signIn: {} }
  two: { kind: scicat, url: "${scicat.url}/", header: X-Two, signIn: {} }`,
      apps: `  one: { url: https://lab.org/one, providers: [one], allow: signed-in }
  two: { url: https://lab.org/two, providers: [two], allow: signed-in }`,
    });
    const browser = new TestBrowser(scene);
    const to = (provider: string, password: string) =>
      form({ provider, password, return_to: `https://lab.org/${provider}` });
    for (const provider of ['one', 'two', 'one', 'two', 'one'])
      assert.equal((await browser.post(to(provider, 'wrong'))).status, 403);
    assert.equal((await browser.post(to('two', 'alicepw'))).status, 429);
  });

  it('of LDAP is tried where the file says so', async (t) => {
    const { browser, scicat } = await open(t, '[local, ldap]');
    await browser.post(form({ password: 'wrong' }));
    assert.deepEqual(
      scicat.requests.map(({ path }) => path),
      ['/api/v3/auth/login', '/api/v3/auth/ldap'],
    );
  });

  it('on a computer that others use ends sooner, and is not remembered', async (t) => {
    const scene = await open(t);
    await scene.browser.post(form({ shared: 'on' }));
    assert.equal(scene.browser.cookies.has('__Host-beamgate-provider'), false);
    const instrument = new TestBrowser(scene, '10.4.1.2');
    await instrument.post(form());
    assert.deepEqual(
      (await scene.sessions.listAll()).map(({ isShared }) => isShared),
      [true, true],
    );
    const own = new TestBrowser(scene);
    await own.post(form());
    assert.equal(own.cookies.get('__Host-beamgate-provider'), 'scicat');
  });
});

describe('the choice of a provider', () => {
  async function several(t: TestContext) {
    const scicat = await startScicat();
    t.after(() => scicat.stop());
    const scene = await openScene(t, {
      providers: `  one: { kind: scicat, url: "${scicat.url}", title: First, header: X-One, signIn: {} }
  two: { kind: scicat, url: "${scicat.url}", title: Second, header: X-Two, signIn: {} }
  three: { kind: scicat, url: "${scicat.url}", title: Third, header: X-Three }`,
      apps: `  near: { url: https://lab.org/near, providers: [one], allow: signed-in }
  other: { url: https://lab.org/other, providers: [two], allow: signed-in }`,
    });
    return { scene, browser: new TestBrowser(scene) };
  }

  it('is a page, where there is one, with the last used first', async (t) => {
    const { browser } = await several(t);
    const seen = await browser.open('/login');
    assert.ok(seen.body.indexOf('First') < seen.body.indexOf('Second') && seen.body.includes('Second'));
    assert.doesNotMatch(seen.body, /Third/, 'it signs nobody in in a browser');
    await browser.post(form({ provider: 'two', return_to: 'https://lab.org/sso/' }));
    browser.cookies.delete('__Host-beamgate');
    const again = await browser.open('/login');
    assert.ok(again.body.indexOf('Second') < again.body.indexOf('First'), 'the last used');
  });

  it('is made by the app, or by the link', async (t) => {
    const { browser } = await several(t);
    assert.match((await browser.open('/login?return_to=https://lab.org/near')).body, /Sign in with First/);
    assert.match((await browser.open('/login?provider=two')).body, /Sign in with Second/);
    const unknown = await browser.open('/login?return_to=https://lab.org/near&provider=two');
    assert.match(unknown.body, /Sign in with First/, 'not one that the app does not take');
  });

  it('is made anew by somebody whose provider the app does not take', async (t) => {
    const { browser } = await several(t);
    await browser.post(form({ provider: 'one', return_to: 'https://lab.org/near' }));
    assert.equal((await browser.open('/login?return_to=https://lab.org/near/b')).status, 302);
    assert.match((await browser.open('/login?return_to=https://lab.org/other')).body, /Sign in with Second/);
  });
});

describe('somebody who is sent to and fro', () => {
  it('is stopped and told so the fifth time within a minute', async (t) => {
    const scene = await open(t);
    const { browser, clock } = scene;
    await browser.post(form());
    const path = '/login?return_to=https://lab.org/near/x?y';
    for (let round = 0; round < 3; round += 1) assert.equal((await browser.open(path)).status, 302);
    const stopped = await browser.open(path);
    assert.equal(stopped.status, 508);
    assert.match(stopped.body, /round in circles/);
    assert.equal(reasonOf(scene, stopped), 'sign_in_loop');
    assert.equal((await browser.open(path)).status, 302, 'one may try again');
    assert.equal((await browser.open('/login?return_to=https://lab.org/near/other')).status, 302);
    clock.nowMs += 60_000;
    assert.equal((await browser.open(path)).status, 302);
  });
});
