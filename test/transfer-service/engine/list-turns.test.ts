// Lists of SciCat that take long: who reads one holds up nobody else, and nobody reads all that may be read at a time.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Authorised } from '../../../transfer-service/engine/types.ts';
import { Stage } from './stage.ts';

/** A dataset and a folder of their own. */
function apart(name: string, user: string): Partial<Authorised> {
  const destinationFolder = `/received/${name}`;
  return { pid: `20.500/${name}`, subject: `scicat:${user}`, destinationFolder };
}

const readsOf = ({ services }: Stage) => services.calls.filter((name) => name === 'scicat.fetchFiles').length;

/** Seventy large folders of alice, whose lists hang; the others' are read. */
async function openHanging(t: TestContext, strike: 'hang_before' | 'done_late' = 'hang_before') {
  const stage = await Stage.open(t);
  const { services } = stage;
  const hangs = Promise.withResolvers<void>();
  services.lasts = hangs.promise;
  services.strike = (name) => (name === 'scicat.fetchFiles' ? strike : undefined);
  const ids: string[] = [];
  for (let number = 0; number < 70; number += 1)
    ids.push(await stage.request({ authorised: apart(`a-${number}`, 'alice'), isListed: true }));
  await stage.until('all of them wait for their lists', async () => {
    const transfers = await Promise.all(ids.map((id) => stage.read(id)));
    return readsOf(stage) > 0 && transfers.every(({ state }) => state === 'recorded');
  });
  services.strike = () => undefined;
  return { stage, ids, giveUp: hangs.resolve };
}

describe('seventy lists of one user that hang', () => {
  it('are read four at a time, and delay no step of another user, not even to read a list', async (t) => {
    const { stage } = await openHanging(t);
    assert.equal(readsOf(stage), 4);
    const [small, large] = [
      await stage.request({ authorised: apart('b-0', 'bob') }),
      await stage.request({ authorised: apart('b-1', 'bob'), isListed: true }),
    ];
    for (const id of [small, large]) {
      const { state, reason } = await stage.untilSettled(id);
      assert.deepEqual([state, reason], ['finished', undefined]);
    }
    assert.equal(readsOf(stage), 4 + 3);
  });

  it('are cancelled while they wait, and leave the line to those behind', async (t) => {
    const { stage, ids, giveUp } = await openHanging(t, 'done_late');
    const next = ids.slice(4, 8);
    for (const id of next) await stage.cancel(id);
    for (const id of next) assert.equal((await stage.untilSettled(id)).state, 'cancelled');
    assert.equal(readsOf(stage), 4);
    giveUp();
    for (const id of ids.slice(8)) assert.equal((await stage.untilSettled(id)).state, 'finished');
  });

  it('are all read once they do not hang, each before and after its transfer', async (t) => {
    const { stage, ids } = await openHanging(t);
    await stage.restart();
    for (const id of ids) assert.equal((await stage.untilSettled(id)).state, 'finished');
    assert.equal(readsOf(stage), 4 + 2 * 70);
  });
});

describe('a list that cannot be read', () => {
  it('makes room for the next one at once', async (t) => {
    const stage = await Stage.open(t);
    const { services } = stage;
    let isDown = true;
    services.strike = (name) => (name === 'scicat.fetchFiles' && isDown ? 'outage' : undefined);
    const before = stage.clock.elapsed();
    for (let number = 0; number < 20; number += 1)
      await stage.request({ authorised: apart(`a-${number}`, 'alice'), isListed: true });
    await stage.until('each was tried', () => readsOf(stage) >= 20, 1);
    assert.ok(stage.clock.elapsed() - before < 500, 'no one waited for the others to be tried again');
    isDown = false;
  });
});
