// A migration that was interrupted: kill -9 at every statement by which the database of each earlier version is brought
// to this one's, with transfers on their way in it. Nothing of it is left, or all of it; the transfers come to their ends.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import { audit } from './audit.ts';
import { readStored, setBack, versions } from './earlier-version.ts';
import type { ProcessOptions } from './service.ts';
import { requestPatiently, type Site, startSite, type Wanted } from './site.ts';

/** Whatever changes the database; the last of a migration is COMMIT. */
const changes = 'create|alter|drop|insert|update|COMMIT';
const mostChanges = 100;
/** How many migrations there were when a transfer could first be tried again, and a folder handed over as a list. */
const [knowsRetries, knowsLists] = [2, 3];

type OnItsWay = { readonly wanted: Wanted; readonly jobId: string; readonly attempt: number };

async function openSite(t: TestContext, options: ProcessOptions = {}) {
  const site = await startSite(() => options);
  t.after(() => site.stop());
  return { site, file: join(site.facility.root, 'transfers.sqlite') };
}

describe('a migration that was interrupted', { concurrency: 2, timeout: 600_000 }, () => {
  for (let count = 1; count < versions.length; count += 1) {
    it(`by kill -9 at any statement after ${versions[count - 1]} is done anew, and its transfers end`, async (t) => {
      const { site, file } = await openSite(t, count >= knowsLists ? { listFoldersAbove: 2 } : {});
      const moving = await startTransfers(site, count);
      assert.equal(await site.service.terminate(), 0);
      await setBack(file, count);
      await killAtEachChange(site, file, versions.slice(0, count));
      await site.service.start();
      site.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
      for (const one of moving) await assertEnd(site, one);
      await assertOnce(
        site,
        moving.map(({ wanted }) => wanted),
      );
    });
  }

  it('by kill -9 at a statement of the first start is done anew', async (t) => {
    const { site, file } = await openSite(t);
    for (const [sql, nth] of [
      ['create table .*"kysely_migration"', 1],
      ['create table "transfers"', 1],
      ['create table "events"', 1],
      ['insert into "kysely_migration"', 1],
      ['insert into "kysely_migration"', versions.length],
    ] as const) {
      await site.service.endAtStatement({ sql, nth, moment: 'after' });
      assert.deepEqual((await readStored(file)).all, [[]], sql);
    }
    await site.service.endAtStatement({ sql: 'COMMIT', nth: 1, moment: 'after' });
    assert.deepEqual((await readStored(file)).versions, versions);
    await site.service.start();
    const wanted = await site.addDataset('one', { isList: false });
    await assertEnd(site, { wanted, jobId: await requestPatiently(site, wanted, 20_000), attempt: 1 });
    await assertOnce(site, [wanted]);
  });

  it('in the middle of its transaction leaves nothing of it', async (t) => {
    const { site, file } = await openSite(t);
    // What a process leaves that was killed in it: tables begun in a transaction that was never committed.
    const writer = `const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(${JSON.stringify(file)});
      db.exec('PRAGMA journal_mode = WAL; PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE transfers (id text)');
      for (let n = 0; n < 2000; n += 1) db.exec("INSERT INTO transfers VALUES ('" + 'x'.repeat(500) + "')");
      process.kill(process.pid, 'SIGKILL');`;
    const killed = spawnSync(process.execPath, ['-e', writer], { encoding: 'utf8' });
    assert.equal(killed.signal, 'SIGKILL', killed.stderr);
    await site.service.start();
    await site.service.terminate();
    const db = new DatabaseSync(file, { readOnly: true });
    assert.equal(db.prepare('SELECT count(*) AS count FROM transfers').get()?.count, 0);
    db.close();
  });
});

/** Of each kind that a version with so many migrations knew; their tasks run. */
async function startTransfers(site: Site, migrationCount: number): Promise<readonly OnItsWay[]> {
  const { service, facility, addDataset } = site;
  await service.start();
  facility.globus.setBytesPerSecond(1);
  const moving: OnItsWay[] = [];
  const start = async (name: string, isList: boolean, tasks: number) => {
    const wanted = await addDataset(name, { isList });
    const jobId = await requestPatiently(site, wanted, 30_000);
    await untilTasksRun(site, wanted, tasks);
    // An audited list is one of two tasks.
    moving.push({ wanted: { ...wanted, isList: tasks === 2 }, jobId, attempt: 1 });
  };
  await start('files', true, 2);
  await start('folder', false, migrationCount >= knowsLists ? 2 : 1);
  if (migrationCount >= knowsRetries) {
    await start('retried', true, 2);
    const first = moving.pop();
    assert.ok(first !== undefined);
    await retry(site, first);
    moving.push({ ...first, attempt: 2 });
  }
  return moving;
}

async function retry(site: Site, { wanted, jobId }: OnItsWay): Promise<void> {
  const { globus, scicat } = site.facility;
  for (const { taskId } of openTasks(site, wanted))
    globus.fail(taskId, { code: 'PERMISSION_DENIED', description: 'no' });
  await waitFor('SciCat knows that it failed', () => scicat.job(jobId)?.statusCode === '998', 30_000);
  assert.ok((await site.ask('POST', `/transfer/${jobId}/retry?attempt=2`)).ok);
  await untilTasksRun(site, wanted, 2);
}

function openTasks({ facility }: Site, { relativeFolder }: Wanted) {
  return facility.globus
    .tasks()
    .filter(({ status, items }) => status === 'ACTIVE' && items[0]?.sourcePath.includes(relativeFolder));
}

async function untilTasksRun(site: Site, wanted: Wanted, count: number): Promise<void> {
  await waitFor('its tasks run', () => openTasks(site, wanted).length === count, 30_000);
  const query = new URLSearchParams({ scicatPid: wanted.pid }).toString();
  await waitFor('it knows that they run', async () => {
    const { transfers } = await site.list(query);
    return transfers[0]?.state === 'transferring';
  });
}

/** On the same file: each kill leaves it as it was, until the one after COMMIT, which leaves it migrated. */
async function killAtEachChange({ service }: Site, file: string, before: readonly string[]): Promise<void> {
  const untouched = await readStored(file);
  assert.deepEqual(untouched.versions, before);
  for (let nth = 1; nth < mostChanges; nth += 1) {
    await service.endAtStatement({ sql: changes, nth, moment: 'after' });
    const left = await readStored(file);
    if (left.versions.length === versions.length) return assert.ok(nth > versions.length - before.length);
    assert.deepEqual(left, untouched, `after ${nth} changes`);
  }
  assert.fail('it was never migrated');
}

async function assertEnd({ facility, ask }: Site, { jobId, attempt }: OnItsWay): Promise<void> {
  await waitFor(`job ${jobId} says 003`, () => facility.scicat.job(jobId)?.statusCode === '003', 60_000);
  const answer = await ask('GET', `/transfer/${jobId}`);
  assert.partialDeepStrictEqual(await answer.json(), { status: 'finished', attempt });
}

async function assertOnce(site: Site, wanted: readonly Wanted[]): Promise<void> {
  const { lost, doubled } = await audit(site.facility, wanted, (await site.list('limit=500')).transfers);
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
}
