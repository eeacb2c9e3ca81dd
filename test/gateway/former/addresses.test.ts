import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Former, type FormerVisit, formerAddresses } from '../../../gateway/former/addresses.ts';
import { defaultCookieRules } from '../../../gateway/sessions/cookies.ts';
import type { Session } from '../../../gateway/sessions/session.ts';
import { createTestGate } from '../gate.ts';
import { sampleIdentity, valuesIn } from '../samples.ts';

const id = 'a'.repeat(43);
const session: Session = {
  key: 'k',
  identity: sampleIdentity(),
  provider: 'scicat',
  sid: undefined,
  authTimeMs: 0,
  acr: undefined,
  createdAtMs: 0,
  lastSeenAtMs: 0,
  expiresAtMs: 1e15,
  device: '',
  address: undefined,
  isShared: false,
};

const file = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  grafana: { url: https://grafana.lab.org, allow: signed-in }
  below: { url: https://lab.org/below, allow: signed-in }
`;

async function visit(
  path: string,
  query: Record<string, string> = {},
  headers: readonly string[] = [],
  text = file,
) {
  const { gate, config } = await createTestGate({}, text);
  const former: Former = {
    publicUrl: config.publicUrl,
    site: gate.site,
    apps: config.apps,
    cookies: defaultCookieRules,
    log: gate.log,
    refusals: gate.refusals,
    sessions: {
      find: async (found, host) => (found === id && host === 'grafana.lab.org' ? session : undefined),
    },
  };
  const visited: FormerVisit = {
    query: new URLSearchParams(query),
    headers,
    clientAddress: '192.0.2.1',
    requestId: 'r1',
    host: { name: 'grafana.lab.org', port: undefined },
  };
  const answer = await formerAddresses[path]?.(visited, former);
  assert.ok(answer !== undefined, path);
  return { ...answer, location: valuesIn(answer.headers, 'location')[0] };
}

describe('start', () => {
  const wanted: readonly (readonly [rd: string | undefined, location: string])[] = [
    ['https://grafana.lab.org/d/1?from=now', 'https://grafana.lab.org/d/1?from=now'],
    ['/d/1?from=now', 'https://grafana.lab.org/d/1?from=now'],
    ['https://lab.org/below/x', 'https://lab.org/below/x'],
    [undefined, 'https://grafana.lab.org/'],
    // Every other address is none that an app has.
    ['https://evil.org/', 'https://lab.org/sso/'],
    ['//evil.org/', 'https://lab.org/sso/'],
    ['/\\evil.org', 'https://lab.org/sso/'],
    ['https://grafana.lab.org@evil.org/', 'https://lab.org/sso/'],
    ['https://grafana.lab.org.evil.org/', 'https://lab.org/sso/'],
    ['javascript:alert(1)', 'https://lab.org/sso/'],
    ['https://lab.org/other', 'https://lab.org/sso/'],
    ['http://grafana.lab.org/', 'https://lab.org/sso/'],
  ];
  for (const path of ['/oauth2/start', '/outpost.goauthentik.io/start'])
    for (const [rd, location] of wanted)
      it(`at ${path} for ${rd} leads to ${location}`, async () => {
        const answer = await visit(path, rd === undefined ? {} : { rd });
        assert.deepEqual([answer.status, answer.location], [302, location]);
        assert.deepEqual(valuesIn(answer.headers, 'cache-control'), ['no-store']);
      });
});

describe('the sign-in page of oauth2-proxy’s', () => {
  it('has a way to sign in, and goes nowhere by itself: it stands in for refusals too', async () => {
    const { status, body } = await visit('/oauth2/sign_in', { rd: 'https://grafana.lab.org/d/1' });
    assert.equal(status, 200);
    assert.match(body, /href="https:\/\/grafana\.lab\.org\/d\/1"/);
    assert.doesNotMatch(body, /http-equiv/);
    assert.doesNotMatch((await visit('/oauth2/sign_in', { rd: '"><script>' })).body, /<script/);
  });
});

describe('sign-out and callback', () => {
  it('lead to the page that asks, and from there on to an app’s page, or the portal', async () => {
    for (const path of ['/oauth2/sign_out', '/outpost.goauthentik.io/sign_out'])
      for (const [query, back] of [
        [{}, undefined],
        [{ rd: 'https://evil.org/' }, 'https://lab.org/sso/'],
        [{ rd: '//evil.org/' }, 'https://lab.org/sso/'],
        [{ rd: '/d/1' }, 'https://grafana.lab.org/d/1'],
        [{ rd: 'https://lab.org/below/x' }, 'https://lab.org/below/x'],
      ] as const) {
        const { status, location = '' } = await visit(path, query);
        const { origin, pathname, searchParams } = new URL(location);
        assert.deepEqual([status, origin + pathname], [302, 'https://lab.org/sso/logout']);
        assert.equal(searchParams.get('return_to') ?? undefined, back);
      }
  });

  it('say that the sign-in of the product before is over', async () => {
    for (const path of ['/oauth2/callback', '/outpost.goauthentik.io/callback']) {
      const { status, body } = await visit(path, { code: 'x', state: 'y' });
      assert.equal(status, 400);
      assert.match(body, /https:\/\/lab\.org\/sso\/login/);
    }
  });
});

describe('userinfo', () => {
  it('tells a host’s pages of no group that its apps are not told of', async () => {
    const narrowed = file.replace('grafana.lab.org, allow', 'grafana.lab.org, groups: ["p*"], allow');
    const { body } = await visit('/oauth2/userinfo', {}, ['Cookie', `__Host-beamgate=${id}`], narrowed);
    assert.deepEqual(JSON.parse(body).groups, ['p1']);
  });

  it('says who has a session on this host', async () => {
    const { status, body, headers } = await visit('/oauth2/userinfo', {}, [
      'Cookie',
      `__Host-beamgate=${id}`,
    ]);
    assert.equal(status, 200);
    assert.deepEqual(valuesIn(headers, 'cache-control'), ['no-store']);
    assert.deepEqual(JSON.parse(body), {
      user: '6b00',
      email: 'alice@lab.org',
      groups: ['p1', 'it'],
      preferredUsername: 'alice',
    });
  });

  it('is 401 for anybody else', async () => {
    for (const headers of [
      [],
      ['Cookie', `__Host-beamgate=${'b'.repeat(43)}`],
      ['Cookie', '__Host-beamgate=x'],
    ]) {
      const { status, body } = await visit('/oauth2/userinfo', {}, headers);
      assert.deepEqual([status, JSON.parse(body).reason], [401, 'no_credential']);
    }
  });
});
