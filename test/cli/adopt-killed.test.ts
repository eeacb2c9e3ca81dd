// `beamgate globus-proxy adopt --yes`, ended by kill -9 at each of its questions and each of its writes, then run again:
// what it takes over is taken over whole, once, and all of it.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../end-to-end/wait-for.ts';
import { type OldTransfer, startOldTransfer } from '../simulators/old-service.ts';
import { type Call, hold } from '../soak/hold.ts';
import { type AdoptScene, openAdoptScene } from './adopt-scene.ts';

const killer = fileURLToPath(new URL('../soak/kill-at-statement.ts', import.meta.url));

const calls: Readonly<Record<string, Call & { readonly of: 'scicat' | 'globus' }>> = {
  'log in to SciCat': { of: 'scicat', method: 'POST', path: /\/auth\/login$/ },
  'list the jobs': { of: 'scicat', method: 'GET', path: /\/v4\/jobs\?/ },
  'get a token': { of: 'globus', method: 'POST', path: /\/token$/ },
  'list the tasks': { of: 'globus', method: 'GET', path: /\/task_list\?/ },
  'read a dataset': { of: 'scicat', method: 'GET', path: /\/datasets\// },
  'read the paths': { of: 'globus', method: 'GET', path: /\/successful_transfers/ },
};

type Write = { readonly sql: string; readonly nth: number; readonly moment: 'before' | 'after' };

/** Of the two transfers, in their order. */
const writes: readonly (Write & { readonly whole: number })[] = [
  { sql: 'create table "transfers"', nth: 1, moment: 'after', whole: 0 },
  { sql: 'insert into "transfers"', nth: 1, moment: 'after', whole: 0 },
  { sql: 'insert into "tasks"', nth: 1, moment: 'after', whole: 0 },
  { sql: 'insert into "items"', nth: 1, moment: 'after', whole: 0 },
  { sql: 'commit', nth: 1, moment: 'before', whole: 0 },
  { sql: 'commit', nth: 1, moment: 'after', whole: 1 },
  { sql: 'insert into "transfers"', nth: 2, moment: 'before', whole: 1 },
  { sql: 'insert into "events"', nth: 2, moment: 'after', whole: 1 },
  { sql: 'commit', nth: 2, moment: 'after', whole: 2 },
];

describe('adopt --yes that is killed in its middle', { timeout: 600_000 }, () => {
  let scene: AdoptScene;
  let old: readonly OldTransfer[];
  before(async () => {
    scene = await openAdoptScene();
    const { globus } = scene.facility;
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    const waiting = await startOldTransfer(scene.facility, scene.bobs, { isWaiting: true });
    await globus.ended(waiting.taskId);
    globus.setBytesPerSecond(200_000);
    const moving = await scene.started();
    await scene.hasBegun(moving.taskId);
    scene.longAgo();
    old = [waiting, moving];
  });
  after(() => scene?.stop());

  const forget = () => rmSync(join(scene.folder, 'var'), { recursive: true, force: true });

  /** What is stored, each transfer whole: one task, its items, the event that tells of it. */
  const taken = (): readonly string[] => {
    const file = join(scene.folder, 'var', 'transfers.sqlite');
    if (!existsSync(file)) return [];
    const database = new DatabaseSync(file);
    try {
      const isThere = database.prepare("select name from sqlite_master where name = 'transfers'").get();
      if (isThere === undefined) return [];
      const ids = (table: string, column: string) =>
        database
          .prepare(`select ${column} as id from ${table} order by 1`)
          .all()
          .map(({ id }) => String(id));
      const transfers = ids('transfers', 'id');
      for (const table of ['tasks', 'items', 'events'])
        assert.deepEqual(ids(table, 'transfer_id'), transfers, table);
      assert.equal(new Set(ids('tasks', 'task_id')).size, transfers.length);
      return ids('transfers', 'job_id');
    } finally {
      database.close();
    }
  };

  const runAgain = async (whole: number) => {
    assert.equal(taken().length, whole);
    const { code, output } = await scene.adopt('--yes');
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`\\n?${2 - whole} followed, 0 left out, ${whole} known already`));
    assert.deepEqual(taken(), old.map(({ jobId }) => jobId).toSorted());
  };

  for (const [name, call] of Object.entries(calls)) {
    it(`at "${name}", and run again, takes over everything once`, async () => {
      forget();
      const held = hold(scene.facility[call.of].faults, call, 'done_unanswered');
      const command = scene.startAdopt(['--yes']);
      await waitFor(`"${name}" is held`, held.isReached);
      command.process.kill('SIGKILL');
      await command.ended;
      held.release();
      await runAgain(0);
    });
  }

  for (const { whole, ...write } of writes) {
    it(`${write.moment} "${write.sql}" (${write.nth}), and run again, takes over everything once`, async () => {
      forget();
      const environment = {
        NODE_OPTIONS: `--import=${killer}`,
        BEAMGATE_TEST_KILL: JSON.stringify(write),
      };
      const command = scene.startAdopt(['--yes'], environment);
      await command.ended;
      assert.equal(command.process.signalCode, 'SIGKILL', command.output());
      await runAgain(whole);
    });
  }

  it('leaves what the service then follows to its end, once', async () => {
    const { scicat, globus } = scene.facility;
    await scene.serve();
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    for (const { jobId, taskId } of old) {
      await waitFor(`job ${jobId} says 003`, () => scicat.job(jobId)?.statusCode === '003');
      assert.equal(scicat.job(jobId)?.jobResultObject.globusTaskId, taskId);
    }
    assert.deepEqual([globus.tasks().length, scicat.jobs().length], [2, 2]);
  });
});
