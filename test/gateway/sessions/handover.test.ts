import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { hashOf } from '../../../gateway/sessions/random.ts';
import { describeOnEachDatabase } from '../../real-parts/databases.ts';
import { codeFor, gatewayHost, minuteMs, openSessions, sampleSignedIn } from './samples.ts';

const host = 'grafana.lab.org';
const nonce = 'N'.repeat(43);
const returnTo = 'https://grafana.lab.org/d/1?from=now';

async function handOver(t: TestContext, url: string) {
  const { sessions, clock, db } = await openSessions(t, { url });
  const { id, session } = await sessions.begin(sampleSignedIn(), gatewayHost);
  const code = await codeFor(sessions, session, { host, nonceHash: hashOf(nonce), returnTo });
  return { sessions, clock, db, id, session, code };
}

describeOnEachDatabase('a handover', (newDatabase) => {
  const handedOver = async (t: TestContext) => handOver(t, await newDatabase(t));

  it('gives an app’s host an id of its own, and leads back to the page that was wanted', async (t) => {
    const { sessions, id, session, code } = await handedOver(t);
    const redeemed = await sessions.redeem(code, { host, nonce });
    assert.equal(redeemed?.returnTo, returnTo);
    const own = redeemed?.id ?? '';
    assert.notEqual(own, id);
    assert.deepEqual(await sessions.find(own, host), session);
    assert.equal(await sessions.find(own, gatewayHost), undefined, 'an app’s id on another host');
    assert.equal(await sessions.find(id, host), undefined);
  });

  it('ends with the session', async (t) => {
    const { sessions, session, code } = await handedOver(t);
    const redeemed = await sessions.redeem(code, { host, nonce });
    await sessions.end(session.key);
    assert.equal(await sessions.find(redeemed?.id ?? '', host), undefined);
  });

  it('is good once', async (t) => {
    const { sessions, code } = await handedOver(t);
    const all = await Promise.all([1, 2, 3].map(() => sessions.redeem(code, { host, nonce })));
    assert.equal(all.filter((one) => one !== undefined).length, 1);
  });

  it('is good for half a minute', async (t) => {
    const { sessions, clock, code } = await handedOver(t);
    clock.nowMs += 30_000;
    assert.equal(await sessions.redeem(code, { host, nonce }), undefined);
  });

  for (const [what, at] of [
    ['on another host', { host: 'minio.lab.org', nonce }],
    ['in another browser', { host, nonce: 'M'.repeat(43) }],
    ['without a nonce', { host, nonce: '' }],
  ] as const)
    it(`is worth nothing ${what}`, async (t) => {
      const { sessions, code } = await handedOver(t);
      assert.equal(await sessions.redeem(code, at), undefined);
    });

  it('is worth nothing by a code that is none', async (t) => {
    const { sessions } = await handedOver(t);
    for (const code of ['', 'x', 'C'.repeat(43)])
      assert.equal(await sessions.redeem(code, { host, nonce }), undefined);
  });

  it('is worth nothing once the session has ended', async (t) => {
    const { sessions, session, code } = await handedOver(t);
    await sessions.end(session.key);
    assert.equal(await sessions.redeem(code, { host, nonce }), undefined);
  });

  it('replaces the host’s id, and leaves the one before to the requests under way', async (t) => {
    const { sessions, session, clock, db } = await handedOver(t);
    const to = { host, nonceHash: hashOf(nonce), returnTo };
    const ids: string[] = [];
    for (let tab = 0; tab < 4; tab += 1) {
      const redeemed = await sessions.redeem(await codeFor(sessions, session, to), { host, nonce });
      ids.push(redeemed?.id ?? '');
      clock.nowMs += minuteMs - 1;
    }
    const found = await Promise.all(ids.map((id) => sessions.find(id, host)));
    assert.deepEqual(
      found.map((one) => one !== undefined),
      [false, false, true, true],
    );
    assert.equal(
      (await db.selectFrom('session_ids').selectAll().where('host', '=', host).execute()).length,
      2,
    );
  });

  it('takes the id before away also where it is known, and the one after keeps the session so', async (t) => {
    const { sessions, session, clock } = await handedOver(t);
    const to = { host, nonceHash: hashOf(nonce), returnTo };
    const another = async () =>
      (await sessions.redeem(await codeFor(sessions, session, to), { host, nonce }))?.id ?? '';
    const before = await another();
    assert.notEqual(await sessions.find(before, host), undefined);
    clock.nowMs += minuteMs + 1;
    const after = await another();
    assert.notEqual(await sessions.find(after, host), undefined);
    assert.equal(await sessions.find(before, host), undefined);
  });

  it('of a session that has ended meanwhile is none, and the session is not taken for one that lives again', async (t) => {
    const { sessions, session, id, db } = await handedOver(t);
    assert.notEqual(await sessions.find(id, gatewayHost), undefined);
    // By another gateway, whose notice has not come yet.
    await db.deleteFrom('sessions').where('key', '=', session.key).execute();
    assert.notEqual(await sessions.find(id, gatewayHost), undefined, 'as it is known here');
    assert.equal(await sessions.handOver(session, { host, nonceHash: hashOf(nonce), returnTo }), undefined);
    assert.equal(await sessions.find(id, gatewayHost), undefined);
  });

  it('and the end of its session at the same moment do not get into each other’s way', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const to = { host, nonceHash: hashOf(nonce), returnTo };
    for (let round = 0; round < 25; round += 1) {
      const { session } = await sessions.begin(sampleSignedIn(), gatewayHost);
      const code = await codeFor(sessions, session, to);
      const [redeemed] = await Promise.all([
        sessions.redeem(code, { host, nonce }),
        sessions.handOver(session, to),
        sessions.end(session.key),
      ]);
      assert.equal(await sessions.find(redeemed?.id ?? '', host), undefined);
    }
  });
});
