import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Portal } from '../../../gateway/portal/visits.ts';
import { endSessions, showPortal, showSessions } from '../../../gateway/portal/visits.ts';
import { defaultCookieRules } from '../../../gateway/sessions/cookies.ts';
import type { Session } from '../../../gateway/sessions/session.ts';
import type { Identity } from '../../../gateway/types.ts';
import { createTestGate } from '../gate.ts';
import { sampleIdentity, valuesIn } from '../samples.ts';

const hour = 3_600_000;
const id = 'a'.repeat(43);
const cookie = ['Cookie', `__Host-beamgate=${id}`];
const ownForm = [...cookie, 'Sec-Fetch-Site', 'same-origin'];

function session(key: string, identity: Partial<Identity> = {}, overrides: Partial<Session> = {}): Session {
  return {
    key,
    identity: sampleIdentity(identity),
    provider: 'scicat',
    sid: undefined,
    authTimeMs: 0,
    acr: undefined,
    createdAtMs: 0,
    lastSeenAtMs: hour,
    expiresAtMs: 8 * hour,
    device: 'Firefox, Linux',
    address: '192.0.2.7',
    isShared: false,
    ...overrides,
  };
}

const bob = { id: '7c11', username: 'bob', groups: [] };

async function made(groups: readonly string[] = ['p1'], others: readonly Session[] = []) {
  const { gate, config, log } = await createTestGate();
  const own = session('own', { groups });
  let living = [own, ...others];
  const portal: Portal = {
    site: gate.site,
    apps: config.apps,
    policy: gate.policy,
    providerTitles: new Map([['scicat', 'SciCat of the lab']]),
    admins: { kind: 'who', users: new Set(), groups: new Set(['it']), roles: new Set(), realms: 'any' },
    publicUrl: gate.site.publicUrl,
    cookies: defaultCookieRules,
    sessions: {
      find: async (found, host) =>
        found === id && host === 'lab.org' && living.includes(own) ? own : undefined,
      listOf: async ({ subject }) => living.filter(({ identity }) => identity.id === subject),
      listAll: async ({ username = '' } = {}) =>
        living.filter(({ identity }) => identity.username.includes(username)),
      end: async (key, owner) => {
        const ending = living.find(
          (one) => one.key === key && (owner === undefined || one.identity.id === owner.subject),
        );
        living = living.filter((one) => one !== ending);
        return ending === undefined ? undefined : { provider: 'scicat', idToken: undefined };
      },
      endBySubject: async (_provider, subject) => {
        const count = living.length;
        living = living.filter(({ identity }) => identity.id !== subject);
        return count - living.length;
      },
    },
    signOut: async () => {
      living = living.filter((one) => one !== own);
      return { status: 200, headers: [], body: 'signed out' };
    },
    now: () => 2 * hour,
    log: gate.log,
  };
  return { portal, log, living: () => living.map(({ key }) => key) };
}

const asking = (headers: readonly string[], query = new URLSearchParams()) => ({
  query,
  headers,
  clientAddress: '192.0.2.1',
  requestId: 'r1',
});
const form = (fields: Record<string, string>) => new URLSearchParams(fields);

describe('the portal', () => {
  it('shows who it is, by which provider, and the apps that they may open', async () => {
    const { portal } = await made();
    const { status, body } = await showPortal(asking(cookie), portal);
    assert.equal(status, 200);
    for (const shown of [
      'Alice',
      'SciCat of the lab',
      'https://lab.org/echo',
      'action="https://lab.org/sso/logout"',
    ])
      assert.ok(body.includes(shown), shown);
    for (const hidden of ['lab.org/staff', 'lab.org/closed', 'href="https://lab.org/sso"'])
      assert.ok(!body.includes(hidden), hidden);
  });

  it('asks to sign in where there is no session, and says nothing of any app', async () => {
    const { portal } = await made();
    for (const headers of [
      [],
      ['Cookie', '__Host-beamgate=x'],
      ['Cookie', `__Host-beamgate=${'b'.repeat(43)}`],
      [...cookie, ...cookie],
    ]) {
      const { status, body } = await showPortal(asking(headers), portal);
      assert.equal(status, 200);
      assert.ok(body.includes('href="https://lab.org/sso/login"'));
      assert.doesNotMatch(body, /echo|Alice/);
    }
  });

  it('speaks German to whoever likes it better', async () => {
    const { portal } = await made();
    assert.match(
      (await showPortal(asking([...cookie, 'Accept-Language', 'de-CH']), portal)).body,
      /Ihre Dienste/,
    );
  });
});

describe('the list of sessions', () => {
  const others = [session('phone', {}, { isShared: true }), session('theirs', bob)];

  it('leads to sign-in and back where there is none', async () => {
    const { portal } = await made();
    for (const { status, headers } of [
      await showSessions(asking([], form({})), portal),
      await endSessions(asking(['Sec-Fetch-Site', 'same-origin']), form({ session: 'own' }), portal),
    ]) {
      assert.equal(status, 303);
      const [location = ''] = valuesIn(headers, 'location');
      assert.equal(location, 'https://lab.org/sso/login?return_to=https%3A%2F%2Flab.org%2Fsso%2Fsessions');
    }
  });

  it('has one’s own, and nobody else’s, whatever the address says', async () => {
    const { portal } = await made(['p1'], others);
    for (const query of [form({}), form({ scope: 'everybody' })]) {
      const { body } = await showSessions(asking(cookie, query), portal);
      assert.match(body, /Firefox, Linux/);
      assert.match(body, /This browser/);
      assert.match(body, /Shared computer/);
      assert.doesNotMatch(body, /bob|theirs|scope=everybody/);
    }
  });

  it('has everybody’s for an admin, narrowed down by user name', async () => {
    const { portal } = await made(['it'], others);
    assert.match((await showSessions(asking(cookie, form({})), portal)).body, /scope=everybody/);
    const all = await showSessions(asking(cookie, form({ scope: 'everybody' })), portal);
    assert.match(all.body, /value="theirs"/);
    const some = await showSessions(asking(cookie, form({ scope: 'everybody', username: ' bob ' })), portal);
    assert.match(some.body, /value="theirs"/);
    assert.doesNotMatch(some.body, /value="phone"/);
  });

  it('says how many it leaves out', async () => {
    const many = Array.from({ length: 120 }, (_, at) => session(`k${at}`));
    const { portal } = await made(['p1'], many);
    const { body } = await showSessions(asking(cookie, form({})), portal);
    assert.match(body, /21 more are not shown\.<\/p>/, 'and speaks of no field that is not there');
    assert.equal(body.match(/name="session"/g)?.length, 100);
    const { portal: admins } = await made(['it'], many);
    const all = await showSessions(asking(cookie, form({ scope: 'everybody' })), admins);
    assert.match(all.body, /21 more are not shown\. Narrow it down by user name\.<\/p>/);
  });
});

describe('ending sessions', () => {
  const others = [session('phone'), session('theirs', bob)];

  it('ends one of one’s own, and leads back to the list', async () => {
    const { portal, living } = await made(['p1'], others);
    const { status, headers } = await endSessions(asking(ownForm), form({ session: 'phone' }), portal);
    assert.deepEqual([status, valuesIn(headers, 'location')], [303, ['https://lab.org/sso/sessions']]);
    assert.deepEqual(living(), ['own', 'theirs']);
  });

  it('signs out where it is this browser’s own, and where it is all of them', async () => {
    for (const fields of [{ session: 'own' }, { all: 'mine' }] as const) {
      const { portal, living } = await made(['p1'], others);
      const { status, body } = await endSessions(asking(ownForm), form(fields), portal);
      assert.equal(status, 200);
      assert.equal(body, 'signed out');
      assert.deepEqual(living(), 'all' in fields ? ['theirs'] : ['phone', 'theirs']);
    }
  });

  it('does not end somebody else’s, for one who is no admin, or who did not ask as one', async () => {
    for (const [groups, fields] of [
      [['p1'], { session: 'theirs' }],
      [['p1'], { session: 'theirs', scope: 'everybody' }],
      [['it'], { session: 'theirs' }],
    ] as const) {
      const { portal, living } = await made(groups, others);
      const { status } = await endSessions(asking(ownForm), form(fields), portal);
      assert.equal(status, 303);
      assert.deepEqual(living(), ['own', 'phone', 'theirs']);
    }
  });

  it('ends anybody’s for an admin, which is told', async () => {
    const { portal, living, log } = await made(['it'], others);
    const { headers } = await endSessions(
      asking(ownForm),
      form({ session: 'theirs', scope: 'everybody' }),
      portal,
    );
    assert.deepEqual(valuesIn(headers, 'location'), ['https://lab.org/sso/sessions?scope=everybody']);
    assert.deepEqual(living(), ['own', 'phone']);
    assert.match(log.at(-1) ?? '', /"outcome":"session_ended","session":"theirs".*"username":"alice"/);
  });

  it('does nothing for a form from elsewhere', async () => {
    for (const site of [[], ['Sec-Fetch-Site', 'same-site'], ['Sec-Fetch-Site', 'cross-site']])
      for (const fields of [
        { session: 'phone' },
        { session: 'own' },
        { all: 'mine' },
        { session: 'theirs', scope: 'everybody' },
      ] as const) {
        const { portal, living } = await made(['it'], others);
        const { status } = await endSessions(asking([...cookie, ...site]), form(fields), portal);
        assert.equal(status, 303);
        assert.deepEqual(living(), ['own', 'phone', 'theirs']);
      }
  });
});
