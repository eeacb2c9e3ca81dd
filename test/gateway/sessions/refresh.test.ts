import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it, type TestContext } from 'node:test';
import type { Refreshed, RefreshTokens } from '../../../gateway/sessions/refresh.ts';
import type { Session, SignedIn, Tokens } from '../../../gateway/sessions/session.ts';
import type { Sessions } from '../../../gateway/sessions/sessions.ts';
import { createTokenSeal } from '../../../gateway/sessions/token-seal.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { describeOnEachDatabase } from '../../real-parts/databases.ts';
import {
  gatewayHost,
  minuteMs,
  openSessions,
  sampleKey,
  sampleSettings,
  sampleSignedIn,
  sampleTokens,
  startMs,
} from './samples.ts';

const expiryMs = startMs + 5 * minuteMs;
const outage = new Unavailable({ dependency: 'keycloak', reason: 'unreachable', message: 'away' });

/** A provider that gives the next tokens, five minutes each, and the groups of the moment. */
class Provider {
  readonly asked: string[] = [];
  groups: readonly string[] = ['staff'];
  answer: (given: Refreshed) => Promise<Refreshed | 'refused'> = async (given) => given;
  clock = { nowMs: startMs };

  refreshTokens: RefreshTokens = (_session, { refreshToken = 'none' }) => {
    this.asked.push(refreshToken);
    const count = this.asked.length + 1;
    return this.answer({
      identity: { ...sampleSignedIn().identity, groups: this.groups },
      tokens: {
        refreshToken: `refresh-${count}`,
        idToken: undefined,
        accessExpiresAtMs: this.clock.nowMs + 5 * minuteMs,
      },
    });
  };
}

async function signedIn(t: TestContext, url: string, overrides: Partial<SignedIn> = {}) {
  const provider = new Provider();
  const opened = await openSessions(t, { url, clock: provider.clock, refreshTokens: provider.refreshTokens });
  const tokens = sampleTokens();
  const { id, session } = await opened.sessions.begin(sampleSignedIn({ tokens, ...overrides }), gatewayHost);
  const find = async () => opened.sessions.find(id, gatewayHost);
  return { ...opened, provider, id, session, find };
}

const groupsOf = (session: Session | undefined): readonly string[] | undefined => session?.identity.groups;
const before = sampleSignedIn().identity.groups;

async function waitFor(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

describeOnEachDatabase('a session whose access token ends', (newDatabase) => {
  it('is not refreshed before that is due', async (t) => {
    const { clock, provider, find } = await signedIn(t, await newDatabase(t));
    clock.nowMs = expiryMs - 31_000;
    assert.notEqual(await find(), undefined);
    assert.deepEqual(provider.asked, []);
  });

  it('is refreshed shortly before, and no request waits for that', async (t) => {
    const { clock, provider, find } = await signedIn(t, await newDatabase(t));
    const { promise, resolve } = Promise.withResolvers<void>();
    provider.answer = async (given) => promise.then(() => given);
    clock.nowMs = expiryMs - 30_000;
    for (let request = 0; request < 3; request += 1) assert.deepEqual(groupsOf(await find()), before);
    resolve();
    await waitFor(async () => groupsOf(await find())?.[0] === 'staff');
    assert.deepEqual(provider.asked, ['refresh-1']);
  });

  it('that another gateway has refreshed is read again, also where no notice came', async (t) => {
    const url = await newDatabase(t);
    const { clock, provider, find, sessions, id } = await signedIn(t, url);
    const settings = () => ({ ...sampleSettings, cacheMs: 24 * 60 * minuteMs });
    const { refreshTokens } = provider;
    const other = await openSessions(t, { url, clock, refreshTokens, settings });
    assert.deepEqual(groupsOf(await other.sessions.find(id, gatewayHost)), before);
    clock.nowMs = expiryMs - 30_000;
    await find();
    await sessions.settle();
    await waitFor(async () => groupsOf(await other.sessions.find(id, gatewayHost))?.[0] === 'staff');
    assert.deepEqual(provider.asked, ['refresh-1']);
  });

  it('is refreshed before it counts once the token has ended, and has the groups of now', async (t) => {
    const { clock, provider, find } = await signedIn(t, await newDatabase(t));
    clock.nowMs = expiryMs;
    assert.deepEqual(groupsOf(await find()), ['staff']);
    provider.groups = ['guests'];
    clock.nowMs += 5 * minuteMs;
    const found = await find();
    assert.deepEqual(groupsOf(found), ['guests']);
    assert.equal(found?.identity.expiresAt, (startMs + 600 * minuteMs) / 1000);
    assert.deepEqual(provider.asked, ['refresh-1', 'refresh-2']);
  });

  it('is refreshed once for 50 requests at two gateways, and none of them is turned away', async (t) => {
    const url = await newDatabase(t);
    const { clock, provider, sessions, id } = await signedIn(t, url);
    const { refreshTokens } = provider;
    const other = await openSessions(t, { url, clock, refreshTokens });
    clock.nowMs = expiryMs;
    const at = (one: Sessions) => async () => groupsOf(await one.find(id, gatewayHost));
    const asking = Array.from({ length: 50 }, (_, index) =>
      at(index % 2 === 0 ? sessions : other.sessions)(),
    );
    for (const groups of await Promise.all(asking)) assert.deepEqual(groups, ['staff']);
    assert.deepEqual(provider.asked, ['refresh-1']);
  });

  it('goes on as it is while its provider is down, which is asked again after half a minute', async (t) => {
    const { clock, provider, find } = await signedIn(t, await newDatabase(t));
    provider.answer = async () => Promise.reject(outage);
    clock.nowMs = expiryMs;
    for (let request = 0; request < 3; request += 1) assert.deepEqual(groupsOf(await find()), before);
    assert.equal(provider.asked.length, 1);
    provider.answer = async (given) => given;
    clock.nowMs += 30_000;
    assert.deepEqual(groupsOf(await find()), ['staff']);
    assert.deepEqual(provider.asked, ['refresh-1', 'refresh-1']);
  });

  it('ends in its time also where its provider stays down', async (t) => {
    const { clock, provider, find, sessions } = await signedIn(t, await newDatabase(t));
    provider.answer = async () => Promise.reject(outage);
    for (; clock.nowMs < startMs + 600 * minuteMs; clock.nowMs += 30 * minuteMs) {
      assert.notEqual(await find(), undefined);
      await sessions.settle();
    }
    assert.equal(await find(), undefined);
  });

  it('ends when its provider refuses to go on, at every gateway', async (t) => {
    const url = await newDatabase(t);
    const { clock, provider, find, db, id } = await signedIn(t, url);
    const other = await openSessions(t, { url, clock, refreshTokens: provider.refreshTokens });
    provider.answer = async () => 'refused';
    clock.nowMs = expiryMs;
    assert.equal(await find(), undefined);
    assert.equal(await other.sessions.find(id, gatewayHost), undefined);
    assert.deepEqual(provider.asked, ['refresh-1']);
    assert.deepEqual(await db.selectFrom('sessions').select('key').execute(), []);
  });

  it('ends when its provider names somebody else (mix-up)', async (t) => {
    const { clock, provider, find } = await signedIn(t, await newDatabase(t));
    provider.answer = async (given) => ({ ...given, identity: { ...given.identity, id: 'mallory' } });
    clock.nowMs = expiryMs;
    assert.equal(await find(), undefined);
  });

  it('keeps the refresh token that it has where it is given no other', async (t) => {
    const { clock, provider, find } = await signedIn(t, await newDatabase(t));
    provider.answer = async (given) => ({ ...given, tokens: { ...given.tokens, refreshToken: undefined } });
    clock.nowMs = expiryMs;
    await find();
    clock.nowMs += 5 * minuteMs;
    await find();
    assert.deepEqual(provider.asked, ['refresh-1', 'refresh-1']);
  });

  it('that was ended while it was refreshed stays so', async (t) => {
    const { clock, provider, find, sessions, session } = await signedIn(t, await newDatabase(t));
    provider.answer = async (given) => {
      await sessions.end(session.key);
      return given;
    };
    clock.nowMs = expiryMs;
    assert.equal(await find(), undefined);
  });

  it('keeps what its provider gave while the database was away: nobody is signed out by that', async (t) => {
    const url = await newDatabase(t);
    const { clock, provider, id } = await signedIn(t, url);
    const { refreshTokens } = provider;
    const seal = createTokenSeal([sampleKey]);
    let isAway = true;
    const storing = {
      ...seal,
      seal: async (tokens: Tokens) => {
        if (isAway) throw new Unavailable({ dependency: 'database', reason: 'unreachable', message: 'away' });
        return seal.seal(tokens);
      },
    };
    const { sessions } = await openSessions(t, { url, clock, refreshTokens, seal: storing });
    clock.nowMs = expiryMs;
    await assert.rejects(async () => sessions.find(id, gatewayHost), Unavailable);
    isAway = false;
    provider.answer = async () => 'refused';
    clock.nowMs += 20_000;
    assert.deepEqual(groupsOf(await sessions.find(id, gatewayHost)), ['staff']);
    assert.deepEqual(provider.asked, ['refresh-1']);
  });

  it('is taken over from a gateway that died over it', async (t) => {
    const { clock, provider, find, db } = await signedIn(t, await newDatabase(t));
    clock.nowMs = expiryMs;
    await db
      .updateTable('sessions')
      .set({ refresh_lease_until_ms: expiryMs + 20_000 })
      .execute();
    const waiting = find();
    clock.nowMs += 20_000;
    assert.deepEqual(groupsOf(await waiting), ['staff']);
    assert.equal(provider.asked.length, 1);
  });

  it('without a refresh token goes on to its own end', async (t) => {
    const tokens = sampleTokens({ refreshToken: undefined });
    const { clock, provider, find } = await signedIn(t, await newDatabase(t), { tokens });
    clock.nowMs = expiryMs + minuteMs;
    assert.notEqual(await find(), undefined);
    assert.deepEqual(provider.asked, []);
  });

  it('is refreshed with a key that was replaced, and its tokens are encrypted with the new one', async (t) => {
    const url = await newDatabase(t);
    const { clock, provider, id } = await signedIn(t, url);
    const { refreshTokens } = provider;
    const newKey = randomBytes(32);
    clock.nowMs = expiryMs;
    const seal = createTokenSeal([newKey, sampleKey]);
    const rotated = await openSessions(t, { url, clock, refreshTokens, seal });
    assert.notEqual(await rotated.sessions.find(id, gatewayHost), undefined);
    clock.nowMs += 5 * minuteMs;
    const later = await openSessions(t, { url, clock, refreshTokens, seal: createTokenSeal([newKey]) });
    assert.notEqual(await later.sessions.find(id, gatewayHost), undefined);
    assert.deepEqual(provider.asked, ['refresh-1', 'refresh-2']);
  });

  it('ends where the key is gone that its tokens were encrypted with', async (t) => {
    const url = await newDatabase(t);
    const { clock, id } = await signedIn(t, url);
    clock.nowMs = expiryMs;
    const other = await openSessions(t, { url, clock, seal: createTokenSeal([randomBytes(32)]) });
    assert.equal(await other.sessions.find(id, gatewayHost), undefined);
  });
});

describeOnEachDatabase('a session whose provider is another one by now', (newDatabase) => {
  /** A gateway with `vouchesFor`, and what a test does as soon as tokens are opened. */
  async function reloading(t: TestContext, whenOpened: (reload: () => void) => void = () => {}) {
    const url = await newDatabase(t);
    const { clock, provider, id } = await signedIn(t, url);
    let digest = 'digest-1';
    const reload = (): void => {
      digest = 'digest-2';
    };
    const seal = createTokenSeal([sampleKey]);
    const opening = {
      ...seal,
      open: async (sealed: string) => {
        const opened = await seal.open(sealed);
        whenOpened(reload);
        return opened;
      },
    };
    const { sessions } = await openSessions(t, {
      url,
      clock,
      seal: opening,
      refreshTokens: provider.refreshTokens,
      vouchesFor: (name, of) => name === 'keycloak' && of === digest,
    });
    return { sessions, clock, provider, reload, find: async () => sessions.find(id, gatewayHost) };
  }

  it('ends, known or not, and nobody is asked', async (t) => {
    const { sessions, provider, reload, find } = await reloading(t);
    assert.notEqual(await find(), undefined);
    reload();
    assert.equal(await find(), undefined);
    assert.deepEqual(await sessions.listAll(), []);
    assert.deepEqual(provider.asked, []);
  });

  it('ends, and nobody is asked, also where that comes while it waits for its refresh', async (t) => {
    const { clock, provider, find } = await reloading(t, (reload) => reload());
    clock.nowMs = expiryMs;
    assert.equal(await find(), undefined);
    assert.deepEqual(provider.asked, []);
  });

  it('ends where the first one answers only afterwards', async (t) => {
    const { sessions, clock, provider, reload, find } = await reloading(t);
    provider.answer = async (given) => {
      reload();
      return given;
    };
    clock.nowMs = expiryMs;
    assert.equal(await find(), undefined);
    assert.equal(await find(), undefined);
    assert.deepEqual(await sessions.listAll(), []);
  });

  it('ends where the first one is away just then', async (t) => {
    const { clock, provider, reload, find } = await reloading(t);
    provider.answer = async () => {
      reload();
      throw outage;
    };
    clock.nowMs = expiryMs;
    assert.equal(await find(), undefined);
  });
});
