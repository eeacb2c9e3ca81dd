import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Kysely } from 'kysely';
import { hashOf } from '../../../gateway/sessions/random.ts';
import { Sessions } from '../../../gateway/sessions/sessions.ts';
import { createTokenSeal } from '../../../gateway/sessions/token-seal.ts';
import type { GatewayTables } from '../../../gateway/store/migrations.ts';
import { noticesInProcess } from '../../../platform/notices.ts';
import { timesOf } from '../../platform/times.ts';
import { describeOnEachDatabase } from '../../real-parts/databases.ts';
import {
  codeFor,
  gatewayHost,
  minuteMs,
  openSessions,
  sampleKey,
  sampleSettings,
  sampleSignedIn,
  silentLog,
  startMs,
} from './samples.ts';

/** What the first query has found is on its way back until `release`. */
function holdFirstRead(db: Kysely<GatewayTables>) {
  const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let reads = 0;
  const held = db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      reads += 1;
      if (reads > 1) return result;
      hold();
      await released;
      return result;
    },
  });
  return { held, isHeld, release };
}

describeOnEachDatabase('finding a session', (newDatabase) => {
  it('is done in the same turn when it was looked up a moment ago, on its host alone', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
    const found = await sessions.find(id, gatewayHost);
    const again = sessions.find(id, gatewayHost);
    assert.ok(!(again instanceof Promise) && again === found && found !== undefined);
    assert.equal(await sessions.find(id, 'grafana.lab.org'), undefined);
  });

  it('gives the same identity as long as nothing of it changes, also after another look', async (t) => {
    const { sessions, clock } = await openSessions(t, { url: await newDatabase(t) });
    const { id, session } = await sessions.begin(sampleSignedIn(), gatewayHost);
    const to = { host: 'a.lab.org', nonceHash: hashOf('N'.repeat(43)), returnTo: '' };
    const code = await codeFor(sessions, session, to);
    const other = await sessions.redeem(code, { host: 'a.lab.org', nonce: 'N'.repeat(43) });
    const found = await sessions.find(id, gatewayHost);
    clock.nowMs += sampleSettings.cacheMs;
    const later = await sessions.find(id, gatewayHost);
    const elsewhere = await sessions.find(other?.id ?? '', 'a.lab.org');
    assert.ok(found !== undefined);
    assert.equal(later?.identity, found.identity);
    assert.equal(elsewhere?.identity, found.identity);
  });

  it('is asked of the database once for all who wait', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
    const all = await Promise.all([1, 2, 3].map(() => sessions.find(id, gatewayHost)));
    assert.ok(all[0] !== undefined && all.every((one) => one === all[0]));
  });

  it('joins no look that began before the session ended: who comes afterwards is out', async (t) => {
    const { clock, db, sessions } = await openSessions(t, { url: await newDatabase(t) });
    const { id, session } = await sessions.begin(sampleSignedIn(), gatewayHost);
    const { held, isHeld, release } = holdFirstRead(db);
    const slow = new Sessions({
      db: held,
      notices: noticesInProcess(),
      settings: () => sampleSettings,
      seal: createTokenSeal([sampleKey]),
      refreshTokens: async () => 'refused',
      vouchesFor: () => true,
      events: { refreshed: () => {}, ended: () => {} },
      clock: timesOf(clock),
      log: silentLog,
    });
    const during = slow.find(id, gatewayHost);
    await isHeld;
    await slow.end(session.key);
    const afterwards = slow.find(id, gatewayHost);
    release();
    assert.equal(await afterwards, undefined);
    await during;
    assert.equal(await slow.find(id, gatewayHost), undefined);
  });

  it('counts as a use, which is written down at most once a minute', async (t) => {
    const { sessions, clock, db } = await openSessions(t, { url: await newDatabase(t) });
    const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
    const written = async () => {
      const row = await db
        .selectFrom('sessions')
        .select(['last_seen_at_ms', 'ends_at_ms'])
        .executeTakeFirstOrThrow();
      return [row.last_seen_at_ms - startMs, row.ends_at_ms - startMs];
    };
    const use = async () => {
      await sessions.find(id, gatewayHost);
      await sessions.settle();
      return written();
    };
    clock.nowMs += minuteMs - 1;
    assert.deepEqual(await use(), [0, 60 * minuteMs]);
    clock.nowMs += 1;
    assert.deepEqual(await use(), [minuteMs, 61 * minuteMs]);
    clock.nowMs += 1000;
    assert.deepEqual(await use(), [minuteMs, 61 * minuteMs]);
  });

  it('does not prolong it beyond its end', async (t) => {
    const { sessions, clock, db } = await openSessions(t, { url: await newDatabase(t) });
    const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
    for (; clock.nowMs < startMs + 590 * minuteMs; clock.nowMs += 30 * minuteMs) {
      await sessions.find(id, gatewayHost);
      await sessions.settle();
    }
    const { ends_at_ms: endsAtMs } = await db
      .selectFrom('sessions')
      .select('ends_at_ms')
      .executeTakeFirstOrThrow();
    assert.equal(endsAtMs, startMs + 600 * minuteMs);
  });

  it('ends it by the clock also where it is known', async (t) => {
    const settings = { ...sampleSettings, cacheMs: 24 * 60 * minuteMs };
    const { sessions, clock } = await openSessions(t, {
      url: await newDatabase(t),
      settings: () => settings,
    });
    const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
    assert.notEqual(await sessions.find(id, gatewayHost), undefined);
    clock.nowMs += 60 * minuteMs;
    assert.equal(await sessions.find(id, gatewayHost), undefined);
  });

  it('hears of an end at another gateway within the cache’s few seconds, also where no notice comes', async (t) => {
    const url = await newDatabase(t);
    const here = await openSessions(t, { url });
    const there = await openSessions(t, { url, clock: here.clock });
    for (const setByMs of [0, -20 * minuteMs]) {
      const { id, session } = await here.sessions.begin(sampleSignedIn(), gatewayHost);
      assert.notEqual(await there.sessions.find(id, gatewayHost), undefined);
      await here.sessions.end(session.key);
      there.clock.nowMs += sampleSettings.cacheMs;
      there.clock.setByMs = setByMs;
      assert.equal(await there.sessions.find(id, gatewayHost), undefined, `set by ${setByMs} ms`);
    }
  });
});
