// Brute-force protection on both databases, with two replicas where it matters.
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { Guesses } from '../../../gateway/login/guesses.ts';
import { type GatewayTables, migrations } from '../../../gateway/store/migrations.ts';
import { openDatabase } from '../../../platform/database.ts';
import { isPostgres } from '../../../platform/database-postgres.ts';
import { describeOnEachDatabase } from '../../real-parts/databases.ts';

const alice = { backend: 'https://scicat.lab.org', username: 'alice', clientAddress: '192.0.2.1' };
type Guess = typeof alice;

async function openGuesses(t: TestContext, url: string) {
  const clock = { nowMs: Date.UTC(2026, 10, 21) };
  const pauses: number[] = [];
  const holds = { until: Promise.resolve() };
  const open = async () => {
    const db = await openDatabase<GatewayTables>({ url, durability: 'normal', exclusive: false, migrations });
    t.after(() => db.destroy());
    const guesses = new Guesses({
      db,
      key: new Uint8Array(32),
      now: () => clock.nowMs,
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        await holds.until;
      },
    });
    return { db, guesses };
  };
  return { url, clock, pauses, holds, open, ...(await open()) };
}

async function fail(guesses: Guesses, guess: Guess, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await guesses.begin(guess);
}

const goes = async (guesses: Guesses, guess: Guess = alice) => (await guesses.begin(guess)).kind;

describeOnEachDatabase('password attempts', (newDatabase) => {
  const opened = async (t: TestContext) => openGuesses(t, await newDatabase(t));

  it('are free five times, then wait longer and longer, five minutes at most', async (t) => {
    const { clock, guesses, pauses } = await opened(t);
    for (let time = 0; time < 5; time += 1) assert.equal(await goes(guesses), 'go');
    const waits: number[] = [];
    for (let time = 0; time < 12; time += 1) {
      const verdict = await guesses.begin(alice);
      assert.ok(verdict.kind === 'wait');
      waits.push(verdict.seconds);
      clock.nowMs += verdict.seconds * 1000;
      assert.equal(await goes(guesses), 'go');
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    assert.deepEqual(pauses, []);
  });

  it('made while waiting make nobody wait longer', async (t) => {
    const { clock, guesses } = await opened(t);
    await fail(guesses, alice, 5);
    for (let time = 0; time < 50; time += 1) assert.equal(await goes(guesses), 'wait');
    clock.nowMs += 1000;
    assert.equal(await goes(guesses), 'go');
  });

  it('at the same moment count before any of them is answered', async (t) => {
    const { guesses, open, url } = await opened(t);
    // Two connections of one process to a file would wait for each other on one thread.
    const replicas = isPostgres(url) ? [guesses, (await open()).guesses] : [guesses];
    const verdicts = await Promise.all(
      replicas.flatMap((replica) => Array.from({ length: 10 }, () => goes(replica))),
    );
    assert.equal(verdicts.filter((kind) => kind === 'go').length, 5);
  });

  it('are counted by all replicas together', async (t) => {
    const { guesses, open } = await opened(t);
    const { guesses: other } = await open();
    for (const replica of [guesses, other, guesses, other, guesses]) assert.equal(await goes(replica), 'go');
    assert.equal(await goes(other), 'wait');
    await guesses.succeeded(alice);
    assert.equal(await goes(other), 'go');
  });

  it('are counted in whatever spelling of the name', async (t) => {
    const { guesses } = await opened(t);
    for (const username of ['Alice', ' alice ', 'ali\u200bce', 'ａｌｉｃｅ', 'álice'])
      assert.equal(await goes(guesses, { ...alice, username }), 'go');
    assert.equal(await goes(guesses), 'wait');
  });

  it('survive a restart', async (t) => {
    const { guesses, open } = await opened(t);
    await fail(guesses, alice, 5);
    const { guesses: restarted } = await open();
    assert.equal(await goes(restarted), 'wait');
  });

  it('do not lock out the owner, who comes from another address, but slow them down', async (t) => {
    const { guesses, pauses } = await opened(t);
    for (let host = 1; host <= 6; host += 1)
      await fail(guesses, { ...alice, clientAddress: `198.51.100.${host}` }, 6);
    assert.equal(await goes(guesses), 'go');
    assert.equal(pauses.at(-1), 3000);
  });

  it('do not even slow down the owner where they have signed in before, on any replica', async (t) => {
    const { guesses, pauses, open } = await opened(t);
    await guesses.begin(alice);
    await guesses.succeeded(alice);
    for (let host = 1; host <= 6; host += 1)
      await fail(guesses, { ...alice, clientAddress: `198.51.100.${host}` }, 6);
    const before = pauses.length;
    const { guesses: other } = await open();
    assert.equal(await goes(other), 'go');
    assert.equal(pauses.length, before);
  });

  it('do not lock out who shares the address', async (t) => {
    const { guesses, pauses } = await opened(t);
    for (let user = 0; user < 15; user += 1) await fail(guesses, { ...alice, username: `user${user}` }, 5);
    assert.equal(await goes(guesses), 'go');
    assert.equal(pauses.at(-1), 3000);
  });

  it('that are slowed down are 16 at a time for one address, however many are sent', async (t) => {
    const { guesses, holds } = await opened(t);
    for (let user = 0; user < 60; user += 1) await guesses.begin({ ...alice, username: `user${user}` });
    const { promise, resolve } = Promise.withResolvers<void>();
    holds.until = promise;
    const sprayed = Array.from({ length: 40 }, (_, user) =>
      guesses.begin({ ...alice, username: `u${user}` }),
    );
    const refused: unknown[] = [];
    for (const verdict of sprayed)
      void verdict.then((told) => {
        if (told.kind === 'wait') refused.push(told.seconds);
        if (refused.length === 24) resolve();
      });
    await promise;
    const verdicts = await Promise.all(sprayed);
    assert.equal(verdicts.filter(({ kind }) => kind === 'go').length, 16);
    assert.equal(refused[0], 3);
  });

  it('from the networks of one IPv6 site are counted together', async (t) => {
    const { guesses, clock } = await opened(t);
    for (let network = 0; network < 20; network += 1)
      assert.equal(await goes(guesses, { ...alice, clientAddress: `2001:db8:1:${network}::1` }), 'go');
    assert.equal(await goes(guesses, { ...alice, clientAddress: '2001:db8:1:ff::1' }), 'wait');
    assert.equal(await goes(guesses, { ...alice, clientAddress: '2001:db8:2::1' }), 'go', 'another site');
    clock.nowMs += 1000;
    assert.equal(await goes(guesses, { ...alice, clientAddress: '2001:db8:1:ff::1' }), 'go');
  });

  it('from one IPv6 site do not keep the owner out of a network there that they use', async (t) => {
    const { guesses } = await opened(t);
    const own = { ...alice, clientAddress: '2001:db8:1:aa::1' };
    await guesses.begin(own);
    await guesses.succeeded(own);
    for (let network = 0; network < 20; network += 1)
      await guesses.begin({ ...alice, clientAddress: `2001:db8:1:${network}::1` });
    assert.equal(await goes(guesses, { ...alice, clientAddress: '2001:db8:1:ff::1' }), 'wait');
    assert.equal(await goes(guesses, own), 'go');
  });

  it('of an account are not forgiven by a sign-in to another one from the same address', async (t) => {
    const { guesses } = await opened(t);
    const mallory = { ...alice, username: 'mallory' };
    for (let time = 0; time < 5; time += 1) {
      await guesses.begin(alice);
      await guesses.begin(mallory);
      await guesses.succeeded(mallory);
    }
    assert.equal(await goes(guesses), 'wait');
  });

  it('from an address are not forgiven by a sign-in: each takes back itself alone', async (t) => {
    const { guesses, pauses } = await opened(t);
    const mallory = { ...alice, username: 'mallory' };
    for (let user = 0; user < 60; user += 1) {
      await guesses.begin({ ...alice, username: `user${user}` });
      await guesses.begin(mallory);
      await guesses.succeeded(mallory);
    }
    assert.equal(pauses.length, 0);
    await guesses.begin({ ...alice, username: 'one more' });
    assert.equal(pauses.length, 1);
  });

  it('are forgotten by a success of their own, and after an hour', async (t) => {
    const { clock, guesses } = await opened(t);
    await fail(guesses, alice, 5);
    await guesses.succeeded(alice);
    await fail(guesses, alice, 4);
    assert.equal(await goes(guesses), 'go');
    assert.equal(await goes(guesses), 'wait');
    clock.nowMs += 3_600_001;
    assert.equal(await goes(guesses), 'go');
  });

  it('that nobody could judge are excused, but not for ever', async (t) => {
    const { guesses } = await opened(t);
    for (let time = 0; time < 30; time += 1) {
      assert.equal(await goes(guesses), 'go');
      await guesses.undecided(alice);
    }
    for (let time = 0; time < 5; time += 1) {
      assert.equal(await goes(guesses), 'go');
      await guesses.undecided(alice);
    }
    assert.equal(await goes(guesses), 'wait');
  });

  it('are over within five minutes also where the clock was set back', async (t) => {
    const { clock, guesses } = await opened(t);
    for (let time = 0; time < 20; time += 1) {
      await guesses.begin(alice);
      clock.nowMs += 300_000;
    }
    await guesses.begin(alice);
    clock.nowMs -= 24 * 3_600_000;
    assert.deepEqual(await guesses.begin(alice), { kind: 'wait', seconds: 300 });
    clock.nowMs += 300_000;
    assert.equal(await goes(guesses), 'go');
  });
});
