// The database cannot be read for a while: what was to be done is tried again later, at the pace of any outage.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Unavailable } from '../../../platform/unavailable.ts';
import { Stage } from './stage.ts';

const outage = new Unavailable({ dependency: 'database', reason: 'unreachable', message: 'it is away' });

/** One has left the only place at Globus, and as the others are to have it the database is away. */
async function openWithoutDatabase(t: TestContext) {
  const stage = await Stage.open(t, { maxConcurrency: 1 });
  const { services, store } = stage;
  services.tasksEnd = false;
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c'])
    ids.push(await stage.request({ authorised: { destinationFolder: `/received/${name}` } }));
  await stage.until('one is at Globus, and the others wait', async () => {
    const states = await Promise.all(ids.map(async (id) => (await stage.read(id)).state));
    return states.join() === 'transferring,recorded,recorded';
  });
  let isAway = false;
  let reads = 0;
  const select = store.selectFrom.bind(store);
  t.mock.method(store, 'selectFrom', (table: 'transfers') => {
    if (!isAway) return select(table);
    reads += 1;
    throw outage;
  });
  services.strike = (name) => {
    if (name === 'scicat.fetchFiles') isAway = true;
    return undefined;
  };
  services.tasksEnd = true;
  await stage.until('the database is away', () => isAway);
  const comesBack = () => {
    services.strike = () => undefined;
    isAway = false;
  };
  return { stage, ids, reads: () => reads, comesBack };
}

describe('while the database is away, transfers that wait for a place at Globus', () => {
  it('are not tried again before their time, and go on afterwards', async (t) => {
    const { stage, ids, reads, comesBack } = await openWithoutDatabase(t);
    for (let turn = 0; turn < 300; turn += 1) await setImmediate();
    assert.ok(reads() <= 2 * ids.length, `${reads()} reads in no time`);
    comesBack();
    for (const id of ids) assert.equal((await stage.untilSettled(id)).state, 'finished');
  });
});
