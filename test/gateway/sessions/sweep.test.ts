import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hashOf } from '../../../gateway/sessions/random.ts';
import { describeOnEachDatabase } from '../../real-parts/databases.ts';
import { codeFor, gatewayHost, minuteMs, openSessions, sampleSignedIn } from './samples.ts';

describeOnEachDatabase('the sweep', (newDatabase) => {
  it('removes what has ended by itself, with its ids and codes, and nothing else', async (t) => {
    const { sessions, clock, db, sweep } = await openSessions(t, { url: await newDatabase(t) });
    await sessions.begin(sampleSignedIn({ isShared: true }), gatewayHost);
    const { id, session } = await sessions.begin(sampleSignedIn(), gatewayHost);
    await codeFor(sessions, session, { host: 'a.lab.org', nonceHash: hashOf(''), returnTo: '' });
    clock.nowMs += 10 * minuteMs;
    await sweep();
    const counts = async () => [
      (await db.selectFrom('sessions').select('key').execute()).length,
      (await db.selectFrom('session_ids').select('id_hash').execute()).length,
      (await db.selectFrom('handover_codes').select('code_hash').execute()).length,
    ];
    assert.deepEqual(await counts(), [1, 1, 0]);
    assert.notEqual(await sessions.find(id, gatewayHost), undefined);
    clock.nowMs += 24 * 60 * minuteMs;
    await sweep();
    assert.deepEqual(await counts(), [0, 0, 0]);
  });

  it('removes more than one step holds', async (t) => {
    const { sessions, clock, db, sweep } = await openSessions(t, { url: await newDatabase(t) });
    const { session } = await sessions.begin(sampleSignedIn(), gatewayHost);
    const row = await db.selectFrom('sessions').selectAll().executeTakeFirstOrThrow();
    const copies = Array.from({ length: 1200 }, (_, index) => ({ ...row, key: `${session.key} ${index}` }));
    for (let at = 0; at < copies.length; at += 100)
      await db
        .insertInto('sessions')
        .values(copies.slice(at, at + 100))
        .execute();
    clock.nowMs += 24 * 60 * minuteMs;
    await sweep();
    assert.deepEqual(await db.selectFrom('sessions').select('key').execute(), []);
  });
});
