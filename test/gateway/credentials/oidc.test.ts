import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createOidcVerifier, type OidcProvider } from '../../../gateway/credentials/oidc.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { timesOf } from '../../platform/times.ts';
import { type OidcSimulator, startOidc } from '../../simulators/oidc/start.ts';

const clock = { nowMs: Date.UTC(2026, 10, 21, 12) };
const nowSeconds = clock.nowMs / 1000;
const sso = await startOidc({ now: () => clock.nowMs });
after(() => sso.stop());

function verifierFor(issuer: OidcSimulator, overrides: Partial<OidcProvider> = {}) {
  const told: string[] = [];
  const provider: OidcProvider = {
    kind: 'oidc',
    name: 'sso',
    realm: 'lab',
    issuer: issuer.issuer,
    caFile: undefined,
    jwksUrl: undefined,
    acceptTokensFor: new Set(['ingestor', 'notebooks']),
    acceptIdTokens: false,
    claims: {
      id: 'sub',
      username: 'preferred_username',
      groups: ['groups'],
      roles: ['realm_access.roles'],
      email: 'email',
      name: 'name',
      separator: undefined,
      vouchesFor: [],
      groupNames: undefined,
    },
    clockSkewSeconds: 10,
    timeoutMs: 2000,
    ...overrides,
  };
  const events = {
    fetched: () => void told.push('fetched'),
    failed: ({ reason }: Unavailable) => void told.push(reason),
  };
  const verify = createOidcVerifier(provider, { clock: timesOf(clock), events });
  const reasonOf = async (token: string) => {
    const verdict = await verify(token);
    return verdict.kind === 'rejected' ? verdict.reason : verdict.kind;
  };
  const identityOf = async (token: string) => {
    const verdict = await verify(token);
    assert.ok(verdict.kind === 'verified', JSON.stringify(verdict));
    return verdict.identity;
  };
  return { verify, reasonOf, identityOf, told, provider };
}

const { reasonOf, identityOf } = verifierFor(sso);

describe('an access token of the issuer', () => {
  it('is whose its claims say', async () => {
    const { claims, ...identity } = await identityOf(await sso.accessToken());
    assert.deepEqual(identity, {
      provider: 'sso',
      realm: 'lab',
      id: 'f1b7c6f0-6f0e-4d3b-9d39-3a3d1c6c8f10',
      username: 'alice',
      groups: ['it', 'p1'],
      roles: ['offline_access', 'beamline-staff'],
      email: 'alice@lab.org',
      name: 'Alice Adams',
      expiresAt: nowSeconds + 310,
    });
    assert.equal(claims.azp, 'ingestor');
  });

  for (const algorithm of [
    ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    ...['ES256', 'ES384', 'ES512', 'EdDSA'],
  ])
    it(`is verified with ${algorithm}`, async (t) => {
      const issuer = await startOidc({ now: () => clock.nowMs });
      t.after(() => issuer.stop());
      await issuer.keys.add(algorithm);
      assert.equal(
        await verifierFor(issuer).reasonOf(await issuer.accessToken({}, { alg: algorithm })),
        'verified',
      );
    });

  for (const typ of [undefined, 'JWT', 'jwt', 'at+jwt', 'application/at+jwt'])
    it(`may call itself ${typ} in its header`, async () => {
      assert.equal(await reasonOf(await sso.accessToken({}, { typ })), 'verified');
    });

  it('needs no key id where the issuer has one key for its algorithm', async () => {
    assert.equal(await reasonOf(await sso.accessToken({}, { kid: undefined })), 'verified');
  });

  it('has no address that its issuer does not call verified', async () => {
    for (const email_verified of [false, 'false', undefined])
      assert.equal((await identityOf(await sso.accessToken({ email_verified }))).email, undefined);
    const { email } = await identityOf(await sso.accessToken({ email_verified: 'true' }));
    assert.equal(email, 'alice@lab.org');
  });
});

describe('what a token says', () => {
  const refused: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    ['that it ends at no time', { exp: undefined }, 'token_expiry_missing'],
    ['an end that is no time', { exp: '2030-01-01' }, 'token_malformed'],
    ['an end one skew ago', { exp: nowSeconds - 10 }, 'token_expired'],
    ['an end within the skew', { exp: nowSeconds - 9 }, 'verified'],
    ['a beginning beyond the skew', { nbf: nowSeconds + 11 }, 'token_not_yet_valid'],
    ['a beginning within the skew', { nbf: nowSeconds + 10 }, 'verified'],
    ['that it was issued in the future', { iat: nowSeconds + 11 }, 'token_not_yet_valid'],
    ['that it was issued a moment ahead', { iat: nowSeconds + 10 }, 'verified'],
    ['that it was issued at no time', { iat: undefined }, 'verified'],
    ['a beginning that is no time', { nbf: null }, 'token_malformed'],
    ['another issuer', { iss: 'https://elsewhere.org' }, 'token_issuer_unknown'],
    ['its issuer with a slash more', { iss: `${sso.issuer}/` }, 'token_issuer_unknown'],
    ['another audience', { aud: 'account' }, 'token_audience'],
    ['audiences, none of which fits', { aud: ['account', 'Ingestor', 'ingestor '] }, 'token_audience'],
    ['one audience that fits', { aud: 'notebooks' }, 'verified'],
    ['no audience', { aud: undefined }, 'token_audience'],
    ['an empty list of audiences', { aud: [] }, 'token_audience'],
    ['an empty audience', { aud: '' }, 'token_audience'],
    ['an audience that is no text', { aud: { ingestor: true } }, 'token_audience'],
    ['that it is an ID token', { typ: 'ID' }, 'token_not_access'],
    ['that it is a refresh token', { typ: 'Refresh' }, 'token_not_access'],
    ['that it is nothing that is known', { typ: ['Bearer'] }, 'token_not_access'],
    ['the hash of an access token', { typ: undefined, at_hash: 'x' }, 'token_not_access'],
    ['the hash of a code', { typ: undefined, c_hash: 'x' }, 'token_not_access'],
    ['events, as a logout token', { typ: undefined, events: {} }, 'token_not_access'],
    ['a nonce, as older Keycloaks', { nonce: 'n' }, 'verified'],
    ['not whose it is', { sub: undefined }, 'token_subject_missing'],
    ['no user name', { preferred_username: undefined }, 'token_username_missing'],
    ['an empty user name', { preferred_username: '' }, 'token_username_missing'],
    ['a user name of blanks', { preferred_username: ' \t' }, 'token_username_missing'],
    ['several user names', { preferred_username: ['alice', 'root'] }, 'token_username_missing'],
  ];
  for (const [what, claims, reason] of refused)
    it(`${what}: ${reason}`, async () => {
      assert.equal(await reasonOf(await sso.accessToken(claims)), reason);
    });

  it('names nobody by an address that is not verified, unless the config vouches for it', async () => {
    const { claims } = verifierFor(sso).provider;
    const byEmail = { ...claims, username: 'email' };
    const strict = verifierFor(sso, { claims: byEmail });
    for (const email_verified of [false, 'false', undefined, null, 1])
      assert.equal(await strict.reasonOf(await sso.accessToken({ email_verified })), 'identifier_unverified');
    for (const email_verified of [true, 'true'])
      assert.equal(
        (await strict.identityOf(await sso.accessToken({ email_verified }))).username,
        'alice@lab.org',
      );
    const vouched = verifierFor(sso, { claims: { ...byEmail, vouchesFor: ['email'] } });
    assert.equal(await vouched.reasonOf(await sso.accessToken({ email_verified: false })), 'verified');
  });

  it('counts as an ID token only where the config says so, and a logout token never', async () => {
    const lenient = verifierFor(sso, { acceptIdTokens: true });
    for (const claims of [{ typ: 'ID' }, { typ: undefined, at_hash: 'x', c_hash: 'y' }, {}])
      assert.equal(await lenient.reasonOf(await sso.accessToken(claims)), 'verified');
    for (const claims of [{ typ: 'Refresh' }, { typ: 'Logout' }, { typ: undefined, events: {} }])
      assert.equal(await lenient.reasonOf(await sso.accessToken(claims)), 'token_not_access');
  });

  it('is read at the paths of the config, in one string too', async () => {
    const paths = {
      id: 'sub',
      username: 'https://lab.org/user',
      groups: ['lab.teams'],
      roles: ['resource_access.grafana.lab.org.roles'],
      email: undefined,
      name: undefined,
      separator: ',',
      vouchesFor: [],
      groupNames: undefined,
    };
    const { username, groups, roles } = await verifierFor(sso, { claims: paths }).identityOf(
      await sso.accessToken({
        'https://lab.org/user': 'bob',
        lab: { teams: 'it, p1,,it' },
        resource_access: { 'grafana.lab.org': { roles: ['editor', 7, 'a,b'] } },
      }),
    );
    assert.deepEqual(
      { username, groups, roles },
      { username: 'bob', groups: ['it', 'p1'], roles: ['editor', '7', 'a,b'] },
    );
  });
});

describe('the issuer', () => {
  it('is asked on first use, once for all, and not for a token that is refused without it', async (t) => {
    const issuer = await startOidc({ now: () => clock.nowMs });
    t.after(() => issuer.stop());
    const { reasonOf, told } = verifierFor(issuer);
    const token = await issuer.accessToken();
    assert.equal(await reasonOf(await issuer.accessToken({ exp: 1 })), 'token_expired');
    assert.equal(await reasonOf(await issuer.accessToken({}, { crit: ['x'], x: 1 })), 'token_malformed');
    assert.equal(issuer.requests.length, 0);
    await Promise.all([reasonOf(token), reasonOf(token), reasonOf(token)]);
    assert.deepEqual(
      issuer.requests.map(({ path }) => path),
      ['/realms/lab/.well-known/openid-configuration', '/realms/lab/certs'],
    );
    assert.deepEqual(told, ['fetched']);
  });

  it('can change its keys: the new one is found, the old one ends', async (t) => {
    const issuer = await startOidc({ now: () => clock.nowMs });
    t.after(() => issuer.stop());
    const { reasonOf } = verifierFor(issuer);
    const old = await issuer.accessToken();
    assert.equal(await reasonOf(old), 'verified');
    const [{ kid: oldId = '' } = {}] = issuer.keys.published().keys;
    await issuer.keys.add('RS256');
    issuer.keys.withdraw(oldId);
    const fresh = await issuer.accessToken();
    assert.equal(await reasonOf(fresh), 'token_key_unknown', 'asked for a moment ago');
    clock.nowMs += 10_000;
    assert.equal(await reasonOf(fresh), 'verified');
    assert.equal(await reasonOf(old), 'token_key_unknown');
  });

  it('is not asked by jku, x5u or jwk of a token, nor believed for them', async (t) => {
    const attacker = await startOidc({ now: () => clock.nowMs });
    t.after(() => attacker.stop());
    const [jwk] = attacker.keys.published().keys;
    const [{ kid } = {}] = sso.keys.published().keys;
    for (const header of [{ jku: attacker.jwksUrl }, { x5u: attacker.jwksUrl }, { jwk }, { x5c: ['AAAA'] }]) {
      const forged = await attacker.accessToken({ iss: sso.issuer }, { kid, ...header });
      assert.equal(await reasonOf(forged), 'token_signature_invalid', JSON.stringify(header));
      assert.equal(await reasonOf(await sso.accessToken({}, header)), 'verified', 'harmless in a good token');
    }
    assert.equal(attacker.requests.length, 0);
  });

  it('is not asked where its keys are, where the config knows', async (t) => {
    const issuer = await startOidc({ now: () => clock.nowMs });
    t.after(() => issuer.stop());
    const { reasonOf } = verifierFor(issuer, { jwksUrl: issuer.jwksUrl });
    assert.equal(await reasonOf(await issuer.accessToken()), 'verified');
    assert.deepEqual(
      issuer.requests.map(({ path }) => path),
      ['/realms/lab/certs'],
    );
  });
});

describe('an outage of the issuer', () => {
  const redirect = { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } } as const;
  const outages: readonly (readonly [string, (issuer: OidcSimulator) => void, string])[] = [
    ['it does not listen', (issuer) => void issuer.stop(), 'unreachable'],
    ['it answers 500', (issuer) => fault(issuer, /openid/, { kind: 'status', status: 500 }), 'server_error'],
    [
      'it has no discovery',
      (issuer) => fault(issuer, /openid/, { kind: 'status', status: 404 }),
      'bad_answer',
    ],
    ['discovery is a page', (issuer) => fault(issuer, /openid/, { kind: 'not_json' }), 'bad_answer'],
    ['discovery redirects', (issuer) => fault(issuer, /openid/, redirect), 'bad_answer'],
    [
      'discovery calls it something else',
      (issuer) => issuer.describe({ issuer: 'https://x' }),
      'misconfigured',
    ],
    ['discovery names no keys', (issuer) => issuer.describe({ jwks_uri: 'certs' }), 'bad_answer'],
    [
      'discovery names keys elsewhere',
      (issuer) => issuer.describe({ jwks_uri: 'http://169.254.169.254/latest' }),
      'misconfigured',
    ],
    [
      'discovery names keys on another port of its host',
      (issuer) => {
        const elsewhere = new URL(issuer.jwksUrl);
        elsewhere.port = '9';
        issuer.describe({ jwks_uri: elsewhere.href });
      },
      'misconfigured',
    ],
    [
      'discovery names keys by another scheme of its host',
      (issuer) => issuer.describe({ jwks_uri: issuer.jwksUrl.replace('http:', 'https:') }),
      'misconfigured',
    ],
    ['discovery is endless', (issuer) => issuer.describe({ more: 'x'.repeat(300 * 1024) }), 'too_large'],
    ['its keys are cut short', (issuer) => fault(issuer, /certs/, { kind: 'cut_short' }), 'unreachable'],
    ['its keys redirect', (issuer) => fault(issuer, /certs/, redirect), 'bad_answer'],
    ['its keys hang', (issuer) => fault(issuer, /certs/, { kind: 'hang' }), 'timeout'],
  ];

  for (const [what, happens, reason] of outages)
    it(`is no verdict: ${what}`, async (t) => {
      const issuer = await startOidc({ now: () => clock.nowMs });
      t.after(() => issuer.stop().catch(() => {}));
      const { verify, told } = verifierFor(issuer, { timeoutMs: 200 });
      const token = await issuer.accessToken();
      happens(issuer);
      await assert.rejects(
        verify(token),
        (error) => error instanceof Unavailable && error.reason === reason && error.dependency === 'sso',
      );
      assert.deepEqual(told, [reason]);
      const { length } = issuer.requests;
      await assert.rejects(verify(token), Unavailable);
      assert.equal(issuer.requests.length, length, 'it is left alone for a while');
    });

  it('ends by itself', async (t) => {
    const issuer = await startOidc({ now: () => clock.nowMs });
    t.after(() => issuer.stop());
    const { verify, reasonOf } = verifierFor(issuer);
    const token = await issuer.accessToken();
    issuer.faults.add({ path: /openid/, times: 1, fault: { kind: 'reset' } });
    await assert.rejects(verify(token), Unavailable);
    clock.nowMs += 2_000;
    assert.equal(await reasonOf(token), 'verified');
  });
});

function fault(
  issuer: OidcSimulator,
  path: RegExp,
  what: Parameters<OidcSimulator['faults']['add']>[0]['fault'],
) {
  issuer.faults.add({ path, fault: what });
}
