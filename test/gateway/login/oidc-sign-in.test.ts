// What a provider may answer, and what comes of it: a provider that is mean, slow, wrong or down signs nobody in.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { type Answer, jsonAnswer, type Question } from '../../simulators/http/exchange.ts';
import { type OidcSimulator, startOidc } from '../../simulators/oidc/start.ts';
import { openScene, publicUrl, reasonOf, type Scene, TestBrowser } from './scene.ts';

type Claims = Readonly<Record<string, unknown>>;
type Tested = Scene & { readonly oidc: OidcSimulator; readonly browser: TestBrowser };

async function open(
  t: TestContext,
  { signIn = 'clientSecret: "test-only:hunter2"', rest = '' } = {},
): Promise<Tested> {
  const oidc = await startOidc();
  t.after(() => oidc.stop());
  const scene = await openScene(t, {
    providers: `  lab: { kind: oidc, issuer: "${oidc.issuer}", title: The Lab, signIn: { clientId: beamgate, ${signIn} }${rest} }`,
    apps: '  near: { url: https://lab.org/near, allow: signed-in }',
  });
  return { ...scene, oidc, browser: new TestBrowser(scene) };
}

/** From `/login` to the callback, with a token answer that the test may spoil. */
async function run(
  { browser, oidc }: Tested,
  spoil: {
    readonly claims?: Claims;
    readonly header?: Claims;
    readonly body?: Claims;
    readonly answer?: (question: Question, idToken: string) => Promise<Answer> | Answer;
    readonly path?: string;
  } = {},
) {
  const begun = new URL(
    (await browser.open(spoil.path ?? '/login?return_to=https://lab.org/near/x')).location,
  );
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: oidc.issuer,
    aud: 'beamgate',
    sub: 'f1b7',
    exp: nowSeconds + 300,
    iat: nowSeconds,
    auth_time: nowSeconds,
    nonce: begun.searchParams.get('nonce'),
    preferred_username: 'alice',
    groups: ['it'],
    sid: 's1',
    ...spoil.claims,
  };
  oidc.grant(async (question) => {
    const idToken = await oidc.keys.sign(JSON.stringify(claims), spoil.header ?? {});
    if (spoil.answer !== undefined) return spoil.answer(question, idToken);
    return jsonAnswer(200, {
      access_token: 'a',
      token_type: 'Bearer',
      expires_in: 300,
      id_token: idToken,
      ...spoil.body,
    });
  });
  const state = begun.searchParams.get('state') ?? '';
  const query = new URLSearchParams({ state, code: 'c', iss: oidc.issuer });
  const seen = await browser.open(`/callback/lab?${query}`);
  return { begun, seen };
}

describe('an ID token', () => {
  it('that is right signs its owner in', async (t) => {
    const tested = await open(t);
    const { seen } = await run(tested);
    assert.equal(seen.location, 'https://lab.org/near/x');
    assert.equal(await tested.browser.username(), 'alice');
  });

  const wrong: readonly (readonly [string, Parameters<typeof run>[1]])[] = [
    ['of another issuer', { claims: { iss: 'https://evil.org' } }],
    ['for another client', { claims: { aud: 'other' } }],
    ['for several clients, without azp', { claims: { aud: ['beamgate', 'other'] } }],
    ['with another nonce', { claims: { nonce: 'n'.repeat(43) } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['that has expired', { claims: { exp: 1 } }],
    ['without an end', { claims: { exp: undefined } }],
    ['of nobody', { claims: { sub: undefined } }],
    ['that is not signed', { answer: (_question, idToken) => withoutSignature(idToken) }],
    ['that was altered', { answer: (_question, idToken) => altered(idToken) }],
    ['of a key that is not published', { header: { kid: 'other' } }],
    ['signed with the client’s secret', { answer: signedWithSecret }],
    ['that is none', { body: { id_token: 'x' } }],
    ['that is missing', { body: { id_token: undefined } }],
  ];
  for (const [what, spoil] of wrong)
    it(`${what} signs nobody in`, async (t) => {
      const tested = await open(t);
      const { seen } = await run(tested, spoil);
      assert.equal(seen.status, 403, seen.body.slice(-300));
      assert.equal(reasonOf(tested, seen), 'sign_in_answer_invalid');
      assert.match(seen.body, /The Lab/);
      assert.equal(await tested.browser.username(), undefined);
      assert.doesNotMatch(tested.log.join(''), /eyJ|alice/, 'and no token or claim is logged');
    });

  it('signed with a key that is a moment old signs its owner in, without a minute of failures', async (t) => {
    const tested = await open(t);
    await run(tested);
    await tested.oidc.keys.add('RS256');
    const other = { ...tested, browser: new TestBrowser(tested) };
    await run(other);
    assert.equal(await other.browser.username(), 'alice');
  });

  it('signed with a key that was withdrawn signs nobody in, also where the machine’s clock was set back', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const tested = await open(t);
    const { keys } = tested.oidc;
    const [{ kid: old = '' } = {}] = keys.published().keys;
    await run(tested);
    await keys.add('ES256');
    keys.withdraw(old);
    t.mock.timers.setTime(Date.now() - 3_600_000);
    const other = { ...tested, browser: new TestBrowser(tested) };
    await run(other);
    assert.equal(await other.browser.username(), undefined);
  });

  it('without a user name says whose matter that is', async (t) => {
    const { seen } = await run(await open(t), { claims: { preferred_username: undefined } });
    assert.equal(seen.status, 403);
    assert.match(seen.body, /token_username_missing/);
  });

  const byEmail = ', claims: { username: email }';
  for (const flag of [false, 'false', undefined])
    it(`whose user name is an address with email_verified ${JSON.stringify(flag)} signs nobody in, and says why`, async (t) => {
      const tested = await open(t, { rest: byEmail });
      const { seen } = await run(tested, { claims: { email: 'victim@lab.org', email_verified: flag } });
      assert.equal(seen.status, 403);
      assert.equal(reasonOf(tested, seen), 'identifier_unverified');
      assert.match(seen.body, /has not verified it/);
      assert.doesNotMatch(seen.body + tested.log.join(''), /victim/);
      assert.equal(await tested.browser.username(), undefined);
    });

  for (const [flag, rest] of [
    [true, byEmail],
    ['true', byEmail],
    [false, `${byEmail}, vouchesFor: [email]`],
  ] as const)
    it(`whose user name is an address signs its owner in with email_verified ${JSON.stringify(flag)}${rest.slice(byEmail.length)}`, async (t) => {
      const tested = await open(t, { rest });
      await run(tested, { claims: { email: 'alice@lab.org', email_verified: flag } });
      assert.equal(await tested.browser.username(), 'alice@lab.org');
    });

  it('whose address is not verified says none beside another user name, and logs that', async (t) => {
    const tested = await open(t);
    await run(tested, { claims: { email: 'victim@lab.org', email_verified: false } });
    const [session] = await tested.sessions.listAll();
    assert.equal(session?.identity.email, undefined);
    assert.doesNotMatch(JSON.stringify(session), /victim/);
    assert.match(tested.log.join(''), /"claimProblems":\["email: email is left out/);
  });

  it('with numbers, roles as keys and lists of one has them all', async (t) => {
    const rest =
      ', claims: { username: uidNumber, groups: [proposals, "https://lab.org/groups"], roles: "urn:zitadel:iam:org:project:roles" }';
    const tested = await open(t, { rest });
    await run(tested, {
      claims: {
        uidNumber: [1001],
        proposals: [20240123],
        'https://lab.org/groups': 'it',
        'urn:zitadel:iam:org:project:roles': { admin: { 7: 'lab.org' } },
      },
    });
    const [session] = await tested.sessions.listAll();
    const { username, groups, roles } = session?.identity ?? {};
    assert.deepEqual([username, groups, roles], ['1001', ['20240123', 'it'], ['admin']]);
  });

  it('of somebody in too many groups for it (Entra ID) says so', async (t) => {
    for (const claims of [
      {
        groups: undefined,
        _claim_names: { groups: 'src1' },
        _claim_sources: { src1: { endpoint: 'https://graph' } },
      },
      { groups: undefined, hasgroups: true },
    ]) {
      const tested = await open(t);
      const { seen } = await run(tested, { claims });
      assert.equal(seen.status, 403);
      assert.equal(reasonOf(tested, seen), 'group_overage');
      assert.match(seen.body, /so many groups/);
    }
  });

  it('has its groups where the file says, Keycloak’s roles and nested paths too', async (t) => {
    const rest = ', claims: { groups: resource_access.grafana.roles, roles: realm_access.roles }';
    const tested = await open(t, { rest });
    await run(tested, {
      claims: { resource_access: { grafana: { roles: ['viewer'] } }, realm_access: { roles: ['staff'] } },
    });
    const [session] = await tested.sessions.listAll();
    assert.deepEqual([session?.identity.groups, session?.identity.roles], [['viewer'], ['staff']]);
  });
});

describe('a fresh or stronger sign-in', () => {
  it('is asked for, and checked afterwards', async (t) => {
    const tested = await open(t);
    const path = '/login?return_to=https://lab.org/near&max_age=60&acr=mfa+hwk';
    const { begun, seen } = await run(tested, { path, claims: { acr: 'hwk' } });
    assert.deepEqual(
      [begun.searchParams.get('max_age'), begun.searchParams.get('acr_values')],
      ['60', 'mfa hwk'],
    );
    assert.equal(seen.location, 'https://lab.org/near');
    const [session] = await tested.sessions.listAll();
    assert.equal(session?.acr, 'hwk');
  });

  const insufficient: readonly (readonly [string, string, Claims])[] = [
    ['max_age=60', 'session_too_old', { auth_time: 1000 }],
    ['max_age=60', 'session_too_old', { auth_time: undefined }],
    ['acr=mfa', 'stronger_sign_in_needed', { acr: 'pwd' }],
    ['acr=mfa', 'stronger_sign_in_needed', { acr: undefined }],
  ];
  for (const [asked, reason, claims] of insufficient)
    it(`${asked} with ${JSON.stringify(claims)} is ${reason}`, async (t) => {
      const tested = await open(t);
      const { seen } = await run(tested, { path: `/login?${asked}`, claims });
      assert.equal(seen.status, 403);
      assert.match(seen.body, new RegExp(reason));
      assert.equal(await tested.browser.username(), undefined);
    });

  it('is a new proof for somebody who is signed in, who need not choose an account', async (t) => {
    const tested = await open(t);
    await run(tested);
    tested.clock.nowMs += 10_000;
    const again = await tested.browser.open('/login?max_age=5');
    assert.equal(new URL(again.location).searchParams.get('prompt'), 'login');
    assert.equal((await tested.browser.open('/login?max_age=600')).location, `${publicUrl}/`);
  });
});

describe('the client', () => {
  it('shows its secret by basic, or in the body', async (t) => {
    for (const by of ['basic', 'post']) {
      const tested = await open(t, { signIn: `clientSecret: "test-only:hunter2", clientSecretBy: ${by}` });
      const asked: Question[] = [];
      await run(tested, { answer: grantedTo(asked) });
      const form = new URLSearchParams(asked[0]?.body);
      const basic = Buffer.from('beamgate:hunter2').toString('base64');
      assert.equal(asked[0]?.headers.authorization, by === 'basic' ? `Basic ${basic}` : undefined);
      assert.equal(form.get('client_secret'), by === 'post' ? 'hunter2' : null);
      assert.equal(form.get('redirect_uri'), `${publicUrl}/callback/lab`);
      assert.equal(await tested.browser.username(), 'alice');
    }
  });

  it('signs with its key where it has one (private_key_jwt)', async (t) => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const jwk = JSON.stringify({ ...(await exportJWK(pair.privateKey)), kid: 'k1' });
    const tested = await open(t, { signIn: `privateKey: ${JSON.stringify(`test-only:${jwk}`)}` });
    const asked: Question[] = [];
    await run(tested, { answer: grantedTo(asked) });
    const assertion = new URLSearchParams(asked[0]?.body).get('client_assertion') ?? '';
    const { payload, protectedHeader } = await jwtVerify(assertion, pair.publicKey);
    assert.deepEqual([payload.iss, payload.sub, protectedHeader.kid], ['beamgate', 'beamgate', 'k1']);
    assert.equal(await tested.browser.username(), 'alice');
  });

  it('proves that it is the one who began (PKCE)', async (t) => {
    const tested = await open(t);
    const asked: Question[] = [];
    const { begun } = await run(tested, {
      answer: grantedTo(asked),
    });
    const verifier = new URLSearchParams(asked[0]?.body).get('code_verifier') ?? '';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    assert.equal(begun.searchParams.get('code_challenge'), challenge);
  });

  it('sends what the file has it send besides', async (t) => {
    const tested = await open(t, {
      signIn: 'clientSecret: "test-only:x", scopes: [openid, groups], parameters: { kc_idp_hint: edugain }',
    });
    const { begun } = await run(tested);
    assert.deepEqual(
      [begun.searchParams.get('scope'), begun.searchParams.get('kc_idp_hint')],
      ['openid groups', 'edugain'],
    );
  });

  it('asks userinfo where the file says so, which cannot say whose the ID token is', async (t) => {
    const tested = await open(t, { signIn: 'clientSecret: "test-only:x", userinfo: true' });
    tested.oidc.inform(async ({ headers }) =>
      jsonAnswer(200, {
        sub: 'f1b7',
        groups: ['staff'],
        preferred_username: 'root',
        asked: headers.authorization,
      }),
    );
    await run(tested, { claims: { groups: undefined } });
    const [session] = await tested.sessions.listAll();
    assert.deepEqual([session?.identity.username, session?.identity.groups], ['alice', ['staff']]);
    assert.equal(session?.identity.claims.asked, 'Bearer a');
  });

  it('takes the flag of an address only from whoever holds that address', async (t) => {
    const signIn = 'clientSecret: "test-only:x", userinfo: true';
    for (const [address, isIn] of [
      ['alice@lab.org', true],
      ['other@lab.org', false],
    ] as const) {
      const tested = await open(t, { signIn, rest: ', claims: { username: email }' });
      tested.oidc.inform(async () =>
        jsonAnswer(200, { sub: 'f1b7', email: address, email_verified: 'true' }),
      );
      await run(tested, { claims: { email: 'alice@lab.org' } });
      assert.equal(await tested.browser.username(), isIn ? 'alice@lab.org' : undefined);
    }
  });

  it('refuses a user name that only userinfo holds, where it is not verified', async (t) => {
    const signIn = 'clientSecret: "test-only:x", userinfo: true';
    const tested = await open(t, { signIn, rest: ', claims: { username: email }' });
    tested.oidc.inform(async () => jsonAnswer(200, { sub: 'f1b7', email: 'victim@lab.org' }));
    const { seen } = await run(tested);
    assert.equal(reasonOf(tested, seen), 'identifier_unverified');
  });

  it('takes no userinfo of somebody else', async (t) => {
    const tested = await open(t, { signIn: 'clientSecret: "test-only:x", userinfo: true' });
    tested.oidc.inform(async () => jsonAnswer(200, { sub: 'other', groups: ['it'] }));
    const { seen } = await run(tested);
    assert.match(seen.body, /sign_in_answer_invalid/);
    assert.equal(await tested.browser.username(), undefined);
  });
});

describe('a provider that is down', () => {
  const down: readonly (readonly [string, (tested: Tested) => Promise<unknown> | unknown])[] = [
    ['does not answer', ({ oidc }) => oidc.stop()],
    [
      'answers 500',
      ({ oidc }) => oidc.faults.add({ path: /openid-configuration/, fault: { kind: 'status', status: 500 } }),
    ],
    ['calls itself otherwise', ({ oidc }) => oidc.describe({ issuer: 'https://evil.org' })],
    ['has its keys elsewhere', ({ oidc }) => oidc.describe({ jwks_uri: 'https://evil.org/keys' })],
    [
      'has its keys on another port of its host',
      ({ oidc }) => oidc.describe({ jwks_uri: oidc.jwksUrl.replace(/:\d+\//, ':9/') }),
    ],
  ];
  for (const [what, breakIt] of down)
    it(`(${what}) is a page that says so, with the others`, async (t) => {
      const tested = await open(t);
      await breakIt(tested);
      const seen = await tested.browser.open('/login?return_to=https://lab.org/near/x');
      assert.equal(seen.status, 503);
      assert.match(seen.body, /The Lab/);
      assert.ok(Number(seen.headers.get('retry-after')) > 0);
      assert.match(seen.body, /login\?return_to=https%3A%2F%2Flab.org%2Fnear%2Fx&amp;provider=lab/);
      assert.match(tested.log.join(''), /"outcome":"outage"/);
    });

  const failing: readonly (readonly [string, Answer])[] = [
    ['500', jsonAnswer(500, { error: 'server_error' })],
    [
      '502 of something in between',
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway' },
    ],
    ['invalid_client', jsonAnswer(401, { error: 'invalid_client' })],
  ];
  for (const [what, answer] of failing)
    it(`when the code is to be exchanged (${what}) is the same page`, async (t) => {
      const tested = await open(t);
      const { seen } = await run(tested, { answer: () => answer });
      assert.equal(seen.status, 503, seen.body.slice(-300));
      assert.equal(await tested.browser.username(), undefined);
    });

  it('that is slow signs its owner in as long as it answers in time, and is the same page where it does not', async (t) => {
    const tested = await open(t, { rest: ', timeoutMs: 700' });
    const { faults } = tested.oidc;
    faults.add({ path: /token/, fault: { kind: 'hang' } });
    const { seen } = await run(tested);
    assert.equal(seen.status, 503, seen.body.slice(-300));
    assert.equal(await tested.browser.username(), undefined);
    faults.clear();
    faults.add({ path: /token/, fault: { kind: 'delay', delayMs: 150 } });
    await run(tested);
    assert.equal(await tested.browser.username(), 'alice');
  });

  it('is asked again once it is back', async (t) => {
    const tested = await open(t);
    tested.oidc.describe({ issuer: 'https://evil.org' });
    assert.equal((await tested.browser.open('/login')).status, 503);
    tested.oidc.describe({});
    assert.equal((await tested.browser.open('/login')).status, 503, 'not within a second');
    tested.clock.nowMs += 1001;
    assert.equal((await tested.browser.open('/login')).status, 302);
  });
});

const granted = (idToken: string): Answer =>
  jsonAnswer(200, { access_token: 'a', token_type: 'Bearer', expires_in: 300, id_token: idToken });

function withoutSignature(idToken: string): Answer {
  const [, payload] = idToken.split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  return granted(`${header}.${payload}.`);
}

function altered(idToken: string): Answer {
  const [header = '', payload = '', signature = ''] = idToken.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const root = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
  return granted(`${header}.${root}.${signature}`);
}

function grantedTo(asked: Question[]) {
  return (question: Question, idToken: string): Answer => {
    asked.push(question);
    return granted(idToken);
  };
}

async function signedWithSecret(_question: Question, idToken: string): Promise<Answer> {
  const { SignJWT } = await import('jose');
  const [, payload = ''] = idToken.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const key = new TextEncoder().encode('hunter2'.padEnd(32, 'x'));
  return granted(await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(key));
}
