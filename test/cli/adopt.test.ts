// `beamgate globus-proxy adopt`, with what the SciCat Globus Proxy has left at Globus and in SciCat, and its own file.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openDatabase } from '../../platform/database.ts';
import { migrations } from '../../transfer-service/store/migrations.ts';
import { createClient, field } from '../end-to-end/ask.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { contentOf } from '../folder-content.ts';
import { reportOld, startOldTransfer } from '../simulators/old-service.ts';
import { hold } from '../soak/hold.ts';
import { openAdoptScene } from './adopt-scene.ts';

async function open(t: TestContext, options = {}) {
  const scene = await openAdoptScene(options);
  t.after(scene.stop);
  return scene;
}

describe('adopt', { concurrency: 2 }, () => {
  it('says what it would do and changes nothing, does it when told so, once, and the end is the right one', async (t) => {
    const scene = await open(t);
    const { facility, adopt } = scene;
    const old = await scene.started();
    await scene.hasBegun(old.taskId);
    scene.longAgo();
    const before = facility.scicat.job(old.jobId);
    const dry = await adopt();
    assert.equal(dry.code, 0, dry.output);
    assert.match(dry.output, new RegExp(`would follow job ${old.jobId}, task ${old.taskId} \\(ACTIVE\\)`));
    assert.match(dry.output, /FAC-A \/p1\/run7 -> FAC-B \/received\/p1\/run7/);
    assert.match(dry.output, /1 would be followed, 0 left out, 0 known already\nnothing was changed/);
    assert.deepEqual(facility.scicat.job(old.jobId), before);
    assert.ok(!existsSync(join(scene.folder, 'var')), 'a look has made a database');
    const done = await adopt('--yes');
    assert.match(done.output, /1 followed, 0 left out, 0 known already/, done.output);
    assert.match((await adopt('--yes')).output, /0 followed, 0 left out, 1 known already/);
    await scene.serve();
    const client = createClient({ scheme: 'http', port: scene.port });
    const token = await facility.scicat.tokenFor('alice');
    const told = await client({
      method: 'GET',
      path: `/transfer/${old.jobId}`,
      host: `x:${scene.port}`,
      headers: ['SciCat-API-Key', token],
    });
    assert.equal(field(told, 'ownerGroup'), 'p1', told.body);
    await waitFor('the job says 002 by us', () => facility.scicat.job(old.jobId)?.statusCode === '002');
    facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await waitFor('the job says 003', () => facility.scicat.job(old.jobId)?.statusCode === '003');
    assert.ok(facility.scicat.isArchivable(facility.datasets.run7.pid));
    assert.deepEqual([facility.globus.tasks().length, facility.scicat.jobs().length], [1, 1]);
  });

  it('follows one that ended while nobody looked, and one whose job names no task', async (t) => {
    const scene = await open(t);
    const { facility, adopt } = scene;
    facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    const ended = await scene.started();
    await facility.globus.ended(ended.taskId);
    const waiting = await startOldTransfer(facility, scene.bobs, { isWaiting: true });
    await facility.globus.ended(waiting.taskId);
    scene.longAgo();
    assert.match((await adopt('--yes')).output, /2 followed, 0 left out/);
    await scene.serve();
    for (const { jobId, taskId } of [ended, waiting]) {
      await waitFor('the job says 003', () => facility.scicat.job(jobId)?.statusCode === '003');
      assert.equal(facility.scicat.job(jobId)?.jobResultObject.globusTaskId, taskId);
    }
  });

  it('leaves no copy of the database behind where a look is ended while SciCat is asked', async (t) => {
    const scene = await open(t);
    const { output } = await scene.adopt('--yes');
    assert.match(output, /0 followed/);
    const login = { method: 'POST', path: /\/auth\/login$/ };
    const held = hold(scene.facility.scicat.faults, login, 'done_unanswered');
    const temporary = join(scene.folder, 'tmp');
    mkdirSync(temporary);
    const look = scene.startAdopt([], { TMPDIR: temporary });
    await waitFor('SciCat is asked', held.isReached);
    look.process.kill('SIGINT');
    await look.ended;
    held.release();
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.startsWith('beamgate-look-')),
      [],
    );
  });

  it('can be tried again under its old job by who may ask for it today, and keeps what has arrived', async (t) => {
    const scene = await open(t);
    const { facility, adopt } = scene;
    const old = await scene.started();
    await scene.hasBegun(old.taskId);
    scene.longAgo();
    assert.match((await adopt('--yes')).output, /1 followed/);
    await scene.serve();
    facility.globus.fail(old.taskId, { code: 'PERMISSION_DENIED', description: 'no' });
    await waitFor('the job says 998', () => facility.scicat.job(old.jobId)?.statusCode === '998');
    facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    const retry = async (username: string) =>
      createClient({ scheme: 'http', port: scene.port })({
        ...{ method: 'POST', path: `/transfer/${old.jobId}/retry?attempt=2`, host: `x:${scene.port}` },
        headers: ['SciCat-API-Key', await facility.scicat.tokenFor(username)],
      });
    assert.equal((await retry('bob')).status, 403);
    const begun = await retry('alice');
    assert.deepEqual([begun.status, field(begun, 'attempt')], [200, 2], begun.body);
    await waitFor('the job says 003', () => facility.scicat.job(old.jobId)?.statusCode === '003');
    const [, second] = facility.globus.tasks();
    assert.deepEqual([second?.filesSkipped, second?.filesTransferred], [1, 2]);
    assert.ok(facility.scicat.isArchivable(facility.datasets.run7.pid));
    assert.deepEqual([facility.globus.tasks().length, facility.scicat.jobs().length], [2, 1]);
  });

  it('leaves out what the old service still writes to, what is not its own, and what cannot be seen', async (t) => {
    const scene = await open(t);
    const { facility, adopt } = scene;
    const foreign = await scene.started({ createdBy: 'alice', destinationFolder: '/received/x' });
    const labelled = await scene.started({ label: 'mine', destinationFolder: '/received/y' });
    const elsewhere = await scene.started({ destinationFolder: '/received/elsewhere/run7' });
    await scene.hasBegun(elsewhere.taskId);
    const gone = await scene.started({ destinationFolder: '/received/z' });
    facility.globus.vanish(gone.taskId);
    const failed = await scene.started({ destinationFolder: '/received/v' });
    await reportOld(facility, failed, 'failed');
    const orphan = await scene.started({ hasNoJob: true, destinationFolder: '/received/w' });
    facility.globus.setBytesPerSecond(1);
    const unseen = await startOldTransfer(facility, scene.bobs);
    scene.longAgo();
    const { output } = await adopt('--yes');
    const said = (names: string, reason: string) =>
      assert.match(output, new RegExp(`left out ${names}\\n  ${reason}: `));
    assert.ok(!output.includes(foreign.jobId), 'a job that another has created is believed');
    said(`job ${labelled.jobId}, task ${labelled.taskId}`, 'task_labelled');
    said(`job ${elsewhere.jobId}, task ${elsewhere.taskId}`, 'paths_differ');
    said(`job ${gone.jobId}, task ${gone.taskId}`, 'task_unknown');
    said(`job ${unseen.jobId}, task ${unseen.taskId}`, 'paths_not_shown');
    said(`job ${failed.jobId}, task ${failed.taskId}`, 'given_up');
    said(`task ${orphan.taskId}`, 'orphan');
    assert.match(output, /\n0 followed, /);
  });

  it('does not take over from a service that runs', async (t) => {
    const scene = await open(t, { pollIntervalSeconds: 60 });
    const old = await scene.started();
    await scene.hasBegun(old.taskId);
    await reportOld(scene.facility, old, 'transferring');
    assert.match((await scene.adopt()).output, /would follow .*\n.*\n {2}still_reported: .*stop it/);
    assert.match((await scene.adopt('--yes')).output, /0 followed, 1 left out/);
  });

  it('looks into a database of an older version without changing it, and says so', async (t) => {
    const scene = await open(t);
    const old = await scene.started();
    await scene.hasBegun(old.taskId);
    scene.longAgo();
    const folder = join(scene.folder, 'var');
    const [first] = Object.entries(migrations);
    assert.ok(first !== undefined);
    const options = { durability: 'full', exclusive: true, migrations: Object.fromEntries([first]) } as const;
    await (await openDatabase({ url: `sqlite:${join(folder, 'transfers.sqlite')}`, ...options })).destroy();
    const before = contentOf(folder);
    const { code, output } = await scene.adopt();
    assert.equal(code, 0, output);
    assert.match(
      output,
      /1 would be followed, .*\nthe database is of an older version: .*\nnothing was changed/,
    );
    assert.deepEqual(contentOf(folder), before);
    assert.match((await scene.adopt('--yes')).output, /1 followed/);
  });

  it('does nothing while Beamgate runs on the same database, and says what to do; a look is free', async (t) => {
    const scene = await open(t);
    const old = await scene.started();
    await scene.hasBegun(old.taskId);
    scene.longAgo();
    await scene.serve();
    const before = scene.facility.scicat.job(old.jobId);
    const { code, output } = await scene.adopt('--yes');
    assert.equal(code, 1, output);
    assert.match(
      output,
      /^var\/transfers\.sqlite is in use by another process, so nothing was taken over: stop Beamgate/,
    );
    assert.doesNotMatch(output, /\n\s+at /, 'a stack is no help');
    assert.match((await scene.adopt()).output, /1 would be followed, 0 left out, 0 known already\nnothing/);
    assert.deepEqual(scene.facility.scicat.job(old.jobId), before);
  });

  it('changes nothing where SciCat or Globus is down, and says so', async (t) => {
    const scene = await open(t);
    await scene.started();
    scene.facility.globus.faults.add({ path: /v0\.10/, fault: { kind: 'status', status: 503 } });
    const { code, output } = await scene.adopt('--yes');
    assert.equal(code, 1);
    assert.match(output, /globus answered 503/);
  });
});
