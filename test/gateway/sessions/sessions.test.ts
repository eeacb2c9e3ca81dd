import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { hashOf } from '../../../gateway/sessions/random.ts';
import { createTokenSeal } from '../../../gateway/sessions/token-seal.ts';
import { describeOnEachDatabase } from '../../real-parts/databases.ts';
import { sampleIdentity } from '../samples.ts';
import {
  codeFor,
  gatewayHost,
  minuteMs,
  openSessions,
  sampleSignedIn,
  sampleTokens,
  startMs,
} from './samples.ts';

const account = { provider: 'keycloak', subject: '6b00' };

describeOnEachDatabase('a session', (newDatabase) => {
  it('is found by its id, with whom it is of, as they signed in', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const { id, session } = await sessions.begin(sampleSignedIn({ acr: 'mfa' }), gatewayHost);
    assert.match(id, /^[\w-]{43}$/);
    const found = await sessions.find(id, gatewayHost);
    assert.deepEqual(found, session);
    assert.equal(found?.acr, 'mfa');
    assert.equal(found?.identity.username, 'alice');
    assert.equal(found?.identity.expiresAt, (startMs + 600 * minuteMs) / 1000);
  });

  it('has a new id at each sign-in, so that one which somebody else knew is worth nothing (fixation)', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const first = await sessions.begin(sampleSignedIn(), gatewayHost);
    const second = await sessions.begin(sampleSignedIn(), gatewayHost);
    assert.notEqual(first.id, second.id);
    assert.notEqual(first.session.key, second.session.key);
  });

  it('is found by no other id: malformed, unknown, its hash, its name', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const { id, session } = await sessions.begin(sampleSignedIn(), gatewayHost);
    for (const wrong of ['', 'x', `${id}A`, id.slice(1), 'A'.repeat(43), hashOf(id), session.key])
      assert.equal(await sessions.find(wrong, gatewayHost), undefined, wrong);
  });

  it('is found on no other host by the id of this one', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
    for (const host of ['grafana.lab.org', 'lab.org', '.lab.org', ''])
      assert.equal(await sessions.find(id, host), undefined, host);
  });

  it('ends when nobody uses it for so long, and lasts while somebody does', async (t) => {
    const { sessions, clock } = await openSessions(t, { url: await newDatabase(t) });
    const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
    for (let use = 0; use < 3; use += 1) {
      clock.nowMs += 59 * minuteMs;
      assert.notEqual(await sessions.find(id, gatewayHost), undefined);
      await sessions.settle();
    }
    clock.nowMs += 60 * minuteMs;
    assert.equal(await sessions.find(id, gatewayHost), undefined);
  });

  it('ends at its time however much it is used', async (t) => {
    const { sessions, clock } = await openSessions(t, { url: await newDatabase(t) });
    const { id } = await sessions.begin(sampleSignedIn(), gatewayHost);
    for (; clock.nowMs < startMs + 600 * minuteMs; clock.nowMs += 30 * minuteMs) {
      assert.notEqual(await sessions.find(id, gatewayHost), undefined);
      await sessions.settle();
    }
    assert.equal(await sessions.find(id, gatewayHost), undefined);
  });

  it('ends with a token that says its end to a fraction of a second', async (t) => {
    const { sessions, clock } = await openSessions(t, { url: await newDatabase(t) });
    const identity = { ...sampleSignedIn().identity, expiresAt: startMs / 1000 + 60.123456 };
    const { id } = await sessions.begin(sampleSignedIn({ identity }), gatewayHost);
    clock.nowMs += 60_122;
    assert.notEqual(await sessions.find(id, gatewayHost), undefined);
    clock.nowMs += 2;
    assert.equal(await sessions.find(id, gatewayHost), undefined);
  });

  it('is ended by a logout token that says its end to a fraction of a second', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    await sessions.begin(sampleSignedIn(), gatewayHost);
    const knownUntil = startMs / 1000 + 0.123456;
    const said = { provider: 'keycloak', sid: 'sid-1', subject: undefined, jti: 'j', knownUntil };
    assert.equal(await sessions.logOut(said), 1);
  });

  it('ends sooner on a shared computer', async (t) => {
    const { sessions, clock } = await openSessions(t, { url: await newDatabase(t) });
    const { id } = await sessions.begin(sampleSignedIn({ isShared: true }), gatewayHost);
    clock.nowMs += 10 * minuteMs;
    assert.equal(await sessions.find(id, gatewayHost), undefined);
  });

  it('ends at once, and says what its provider wants to know', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const { id, session } = await sessions.begin(sampleSignedIn({ tokens: sampleTokens() }), gatewayHost);
    assert.deepEqual(await sessions.end(session.key), { provider: 'keycloak', idToken: 'id-1' });
    assert.equal(await sessions.find(id, gatewayHost), undefined);
    assert.equal(await sessions.end(session.key), undefined);
  });

  it('ends also where the key is gone that its tokens were encrypted with', async (t) => {
    const url = await newDatabase(t);
    const { sessions } = await openSessions(t, { url });
    const { session } = await sessions.begin(sampleSignedIn({ tokens: sampleTokens() }), gatewayHost);
    const { sessions: other } = await openSessions(t, { url, seal: createTokenSeal([randomBytes(32)]) });
    assert.deepEqual(await other.end(session.key), { provider: 'keycloak', idToken: undefined });
  });

  it('is ended by nobody who may end their own only', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const { id, session } = await sessions.begin(sampleSignedIn(), gatewayHost);
    assert.equal(await sessions.end(session.key, { ...account, subject: 'mallory' }), undefined);
    assert.equal(await sessions.end(session.key, { ...account, provider: 'other' }), undefined);
    assert.notEqual(await sessions.find(id, gatewayHost), undefined);
    assert.notEqual(await sessions.end(session.key, account), undefined);
  });

  it('leaves nothing in the database that somebody could sign in with', async (t) => {
    const { sessions, db } = await openSessions(t, { url: await newDatabase(t) });
    const { id, session } = await sessions.begin(sampleSignedIn({ tokens: sampleTokens() }), gatewayHost);
    const nonceHash = hashOf('N'.repeat(43));
    const code = await codeFor(sessions, session, {
      host: 'a.lab.org',
      nonceHash,
      returnTo: 'https://a.lab.org/',
    });
    const rows = [
      await db.selectFrom('sessions').selectAll().execute(),
      await db.selectFrom('session_ids').selectAll().execute(),
      await db.selectFrom('handover_codes').selectAll().execute(),
    ];
    const text = JSON.stringify(rows);
    for (const secret of [id, code, 'refresh-1', '"id-1"']) assert.ok(!text.includes(secret), secret);
  });
});

describeOnEachDatabase('sessions', (newDatabase) => {
  const logout = {
    provider: 'keycloak',
    sid: undefined,
    subject: undefined,
    knownUntil: startMs / 1000 + 60,
  };

  it('end by the name that their provider has for its own', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const first = await sessions.begin(sampleSignedIn(), gatewayHost);
    const second = await sessions.begin(sampleSignedIn({ sid: 'sid-2' }), gatewayHost);
    assert.equal(await sessions.logOut({ ...logout, provider: 'other', sid: 'sid-1', jti: '1' }), 0);
    assert.equal(await sessions.logOut({ ...logout, sid: 'sid-1', subject: 'bob', jti: '2' }), 0);
    assert.equal(await sessions.logOut({ ...logout, sid: 'sid-1', subject: '6b00', jti: '3' }), 1);
    assert.equal(await sessions.find(first.id, gatewayHost), undefined);
    assert.notEqual(await sessions.find(second.id, gatewayHost), undefined);
  });

  it('whose name the provider has not told end by the person, also where its word names one of them', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const bob = sampleIdentity({ provider: 'keycloak', id: 'bob', username: 'bob' });
    const nameless = await sessions.begin(sampleSignedIn({ sid: undefined }), gatewayHost);
    const other = await sessions.begin(sampleSignedIn({ sid: undefined, identity: bob }), gatewayHost);
    const second = await sessions.begin(sampleSignedIn({ sid: 'sid-2' }), gatewayHost);
    assert.equal(await sessions.logOut({ ...logout, sid: 'sid-1', jti: '1' }), 0);
    assert.equal(await sessions.logOut({ ...logout, sid: 'sid-1', subject: '6b00', jti: '2' }), 1);
    assert.equal(await sessions.find(nameless.id, gatewayHost), undefined);
    assert.notEqual(await sessions.find(second.id, gatewayHost), undefined);
    assert.notEqual(await sessions.find(other.id, gatewayHost), undefined);
  });

  it('end all of a person, and nobody else’s', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    const bob = sampleIdentity({ provider: 'keycloak', id: 'bob', username: 'bob' });
    const other = await sessions.begin(sampleSignedIn({ identity: bob }), gatewayHost);
    await sessions.begin(sampleSignedIn(), gatewayHost);
    await sessions.begin(sampleSignedIn({ sid: undefined }), gatewayHost);
    assert.equal(await sessions.logOut({ ...logout, subject: '6b00', jti: '1' }), 2);
    assert.notEqual(await sessions.find(other.id, gatewayHost), undefined);
  });

  it('never end all by the word for nobody', async (t) => {
    const { sessions } = await openSessions(t, { url: await newDatabase(t) });
    await assert.rejects(sessions.logOut({ ...logout, jti: '1' }), /nobody was named/);
  });

  it('end by a word that counts once, whoever hears it', async (t) => {
    const url = await newDatabase(t);
    const { sessions } = await openSessions(t, { url });
    const { sessions: other } = await openSessions(t, { url });
    const said = { ...logout, subject: '6b00', jti: '1' };
    await sessions.begin(sampleSignedIn(), gatewayHost);
    const both = await Promise.all([sessions.logOut(said), sessions.logOut(said)]);
    assert.deepEqual(both.sort(), [1, 'seen_before']);
    await sessions.begin(sampleSignedIn(), gatewayHost);
    assert.equal(await other.logOut(said), 'seen_before');
    assert.equal(await other.logOut({ ...said, provider: 'other' }), 0, 'each provider has its own');
  });

  it('are listed, the last used first: a person’s own, or everybody’s by name', async (t) => {
    const { sessions, clock } = await openSessions(t, { url: await newDatabase(t) });
    const bob = sampleIdentity({ provider: 'keycloak', id: 'bob', username: 'Bob' });
    await sessions.begin(sampleSignedIn({ device: 'first' }), gatewayHost);
    clock.nowMs += minuteMs;
    await sessions.begin(sampleSignedIn({ device: 'second' }), gatewayHost);
    await sessions.begin(sampleSignedIn({ identity: bob, device: 'bobs', isShared: true }), gatewayHost);
    const devices = (list: readonly { readonly device: string }[]) => list.map(({ device }) => device);
    assert.deepEqual(devices(await sessions.listOf(account)), ['second', 'first']);
    assert.equal((await sessions.listAll()).length, 3);
    assert.deepEqual(devices(await sessions.listAll({ username: 'bo' })), ['bobs']);
    assert.deepEqual(devices(await sessions.listAll({ username: '%' })), []);
    clock.nowMs += 10 * minuteMs;
    assert.deepEqual(devices(await sessions.listAll({ username: 'bo' })), []);
  });
});
