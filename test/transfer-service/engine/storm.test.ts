// Outages of SciCat, Globus and the database, clocks that are set, cancels, retries and restarts, as chance has it: in the
// end every transfer is settled, and nothing was made twice.
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Unavailable } from '../../../platform/unavailable.ts';
import type { Strike } from './fake-services.ts';
import { Stage } from './stage.ts';

const dayMs = 86_400_000;
const count = 30;
const limits = { maxConcurrency: 3, maxConcurrencyPerUser: 2 };

/** The same for the same seed. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function strikeOf(chance: () => number): Strike {
  const what = chance();
  if (what < 0.1) return 'outage';
  if (what < 0.15) return 'answer_lost';
  if (what > 0.18) return undefined;
  const retryAfterSeconds = Math.floor(chance() * 3600);
  return new Unavailable({ dependency: 'scicat', reason: 'busy', message: 'later', retryAfterSeconds });
}

async function turns(many: number): Promise<void> {
  for (let turn = 0; turn < many; turn += 1) await setImmediate();
}

function databaseOf(t: TestContext, { store }: Stage) {
  const database = { isAway: false, reads: 0 };
  const select = store.selectFrom.bind(store);
  t.mock.method(store, 'selectFrom', (table: 'transfers') => {
    database.reads += 1;
    if (!database.isAway) return select(table);
    throw new Unavailable({ dependency: 'database', reason: 'unreachable', message: 'it is away' });
  });
  return database;
}

async function request(stage: Stage, chance: () => number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const subject = `scicat:user-${Math.floor(chance() * 4)}`;
    const authorised = { subject, pid: `20.500/${number}`, destinationFolder: `/received/${number}` };
    ids.push(await stage.request(chance() < 0.5 ? { authorised } : { authorised, isListed: true }));
  }
  return ids;
}

/** Something happens to one of them, or to all. */
async function strike(stage: Stage, id: string, chance: () => number): Promise<void> {
  const what = chance();
  if (what < 0.05) await stage.cancel(id);
  else if (what < 0.1) await stage.retry(id);
  else if (what < 0.12) await stage.restart();
  else if (what < 0.17) stage.clock.setBy(Math.floor((chance() - 0.5) * dayMs));
}

function assertOnce({ services }: Stage, id: string): void {
  const jobs = [services.jobs, services.archiveJobs].map((all) => all.filter((job) => job.transferId === id));
  for (const made of jobs) assert.ok(made.length <= 1, `${made.length} jobs of ${id}`);
  const labels = [...services.tasks.values()]
    .map(({ label }) => label)
    .filter((one) => one.includes(`${id} `));
  assert.equal(new Set(labels).size, labels.length, labels.join());
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  it(`settles every transfer after storm ${seed}, and has made nothing twice`, async (t) => {
    const chance = chanceOf(seed);
    const stage = await Stage.open(t, limits);
    const database = databaseOf(t, stage);
    stage.services.strike = (name) => {
      const drawn = strikeOf(chance);
      // A task that nobody knows of yet holds no place.
      return name === 'globus.submit' && drawn === 'answer_lost' ? 'outage' : drawn;
    };
    const ids = await request(stage, chance);
    for (let round = 0; round < 200; round += 1) {
      await turns(5);
      stage.clock.advance(Math.floor(chance() * 20_000));
      if (chance() < 0.1) {
        database.isAway = true;
        database.reads = 0;
        await turns(50);
        assert.ok(database.reads < 10 * count, `${database.reads} reads in no time`);
        database.isAway = false;
      }
      await strike(stage, ids[Math.floor(chance() * count)] ?? '', chance);
    }
    stage.services.strike = () => undefined;
    for (const id of ids)
      await stage.until(`${id} is settled`, async () => (await stage.read(id)).isSettled, 10_000);
    for (const id of ids) assertOnce(stage, id);
    assert.ok(stage.services.mostAtOnce <= limits.maxConcurrency, `${stage.services.mostAtOnce} at once`);
  });
}
