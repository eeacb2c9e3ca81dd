// One transfer and many through the engine, between fakes: the main path, ends, outages, places, cancelling.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CallName, Strike } from './fake-services.ts';
import { Stage } from './stage.ts';

function once(name: CallName, strike: Strike): (called: CallName) => Strike {
  let isLeft = true;
  return (called) => {
    if (called !== name || !isLeft) return undefined;
    isLeft = false;
    return strike;
  };
}

const refusal = { kind: 'refused', code: 'PermissionDenied', message: 'no' } as const;

describe('a transfer', () => {
  it('goes from the request to the archive job in the name of who asked', async (t) => {
    const stage = await Stage.open(t);
    const transfer = await stage.untilSettled(await stage.request());
    assert.equal(transfer.state, 'finished');
    assert.equal(stage.services.latestReport()?.statusCode, '003');
    assert.equal(stage.services.archivable, 1);
    assert.deepEqual(
      stage.services.archiveJobs.map(({ username }) => username),
      ['alice'],
    );
  });

  it('has its SciCat job before Globus is asked for anything', async (t) => {
    const stage = await Stage.open(t);
    await stage.untilSettled(await stage.request());
    const { calls } = stage.services;
    assert.ok(
      calls.indexOf('scicat.createTransferJob') < calls.findIndex((name) => name.startsWith('globus.')),
    );
  });

  it('makes no archive job that nobody asked for', async (t) => {
    const stage = await Stage.open(t);
    const transfer = await stage.untilSettled(await stage.request({ authorised: { autoArchive: false } }));
    assert.equal(transfer.archive.isMarked, true);
    assert.deepEqual(stage.services.archiveJobs, []);
  });

  it('of many files is several tasks under one job, counted together', async (t) => {
    const stage = await Stage.open(t);
    const transfer = await stage.untilSettled(await stage.request({ limits: { itemsPerTask: 1 } }));
    assert.equal(stage.services.tasks.size, 3);
    assert.equal(stage.services.jobs.length, 1);
    assert.equal(transfer.state, 'finished');
    assert.equal(transfer.reason, undefined);
    assert.equal(stage.services.latestReport()?.result.filesTransferred, 3);
  });

  it('carries its id in the label of its task', async (t) => {
    const stage = await Stage.open(t);
    const id = await stage.request();
    await stage.untilSettled(id);
    assert.ok([...stage.services.tasks.values()].every(({ label }) => label.includes(id)));
  });

  it('reports progress no more often than the interval, and the end at once', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    for (let second = 1; second <= 90; second += 1) {
      stage.services.changeTask('task-0', { bytesTransferred: second });
      const elapsed = stage.clock.elapsed() + 1_000;
      await stage.until('a second has passed', () => stage.clock.elapsed() >= elapsed);
    }
    const reports = stage.services.jobs[0]?.updates.length ?? 0;
    assert.ok(reports >= 3 && reports <= 5, `${reports} reports in 90 s`);
    stage.services.endTask('task-0');
    await stage.untilSettled(id);
    assert.equal(stage.services.latestReport()?.statusCode, '003');
  });
});

describe('a transfer that comes to another end', () => {
  it('fails when SciCat refuses its job, with what SciCat said', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = once('scicat.createTransferJob', refusal);
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'job_refused']);
    assert.equal(stage.services.tasks.size, 0);
  });

  it('fails when the dataset was deleted before its turn', async (t) => {
    const stage = await Stage.open(t);
    stage.services.dataset = undefined;
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'dataset_gone']);
    assert.equal(stage.services.tasks.size, 0);
    assert.equal(stage.services.latestReport()?.statusCode, '998');
  });

  for (const change of [{ ownerGroup: 'p2' }, { sourceFolder: '/data/p2/secret' }]) {
    it(`fails when the dataset has another ${Object.keys(change)} just before the submit`, async (t) => {
      const stage = await Stage.open(t);
      const { dataset } = stage.services;
      assert.ok(dataset !== undefined);
      stage.services.dataset = { ...dataset, ...change };
      const transfer = await stage.untilSettled(await stage.request());
      assert.deepEqual([transfer.state, transfer.reason], ['failed', 'dataset_changed']);
      assert.equal(stage.services.tasks.size, 0);
    });
  }

  it('cancels what a lost submit may have begun when the dataset has changed meanwhile', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    stage.services.strike = (name) => {
      if (name !== 'globus.submit') return undefined;
      const { dataset } = stage.services;
      stage.services.dataset = dataset === undefined ? undefined : { ...dataset, ownerGroup: 'p2' };
      return 'answer_lost';
    };
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'dataset_changed']);
    assert.equal(stage.services.tasks.get('task-0')?.fatalError?.code, 'CANCELED');
  });

  it('fails when Globus refuses it, and says whom to ask', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = once('globus.submit', refusal);
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'submission_refused']);
    assert.match(transfer.message ?? '', /administrators/);
  });

  it('fails when its task fails, after the tasks beside it have ended', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request({ limits: { itemsPerTask: 1 } });
    await stage.until('all are submitted', () => stage.services.tasks.size === 3);
    stage.services.failTask('task-1', 'PERMISSION_DENIED');
    await stage.until('it is known', async () => (await stage.read(id)).chunks[1]?.status === 'failed');
    assert.equal((await stage.read(id)).state, 'transferring');
    stage.services.tasksEnd = true;
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'task_failed']);
    assert.equal(stage.services.latestReport()?.statusCode, '998');
  });

  it('fails when Globus knows its task no more', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.services.tasks.clear();
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'task_vanished']);
  });

  it('is let be while Globus does not know its task yet', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    const tasks = [...stage.services.tasks];
    stage.services.tasks.clear();
    await stage.until('it was asked for', () => stage.services.calls.includes('globus.fetchTask'));
    for (const [taskId, task] of tasks) stage.services.tasks.set(taskId, task);
    stage.services.tasksEnd = true;
    assert.equal((await stage.untilSettled(id)).state, 'finished');
  });

  it('is cancelled when its task was cancelled at Globus by somebody else', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.services.failTask('task-0', 'CANCELED');
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['cancelled', 'cancelled_at_globus']);
    assert.equal(stage.services.latestReport()?.statusCode, '004');
  });

  it('finishes with 997 and without an archive job when something is missing', async (t) => {
    const stage = await Stage.open(t);
    const transfer = await stage.untilSettled(await stage.request({ files: ['a', 'b'] }));
    assert.deepEqual([transfer.state, transfer.reason], ['finished', 'incomplete']);
    assert.match(transfer.message ?? '', /not asked for.*: c/);
    assert.equal(stage.services.latestReport()?.statusCode, '997');
    assert.deepEqual([stage.services.archivable, stage.services.archiveJobs.length], [0, 0]);
  });

  it('finishes with 997 when the dataset is gone by then', async (t) => {
    const stage = await Stage.open(t);
    stage.services.files = undefined;
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, transfer.reason], ['finished', 'incomplete']);
  });

  it('finishes with 997 when the dataset was given to another group while its data moved', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    const { dataset } = stage.services;
    assert.ok(dataset !== undefined);
    stage.services.dataset = { ...dataset, ownerGroup: 'p2' };
    stage.services.tasksEnd = true;
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['finished', 'dataset_changed']);
    assert.equal(stage.services.latestReport()?.statusCode, '997');
    assert.deepEqual([stage.services.archivable, stage.services.archiveJobs.length], [0, 0]);
  });

  it('finishes with 997 when SciCat’s list cannot be used; a retry moves nothing again', async (t) => {
    const stage = await Stage.open(t);
    stage.services.listProblem = { kind: 'refused', code: 'x', message: 'the list is too long' };
    const id = await stage.request();
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['finished', 'file_list_invalid']);
    assert.match(transfer.message ?? '', /too long\. Mend that in SciCat, then retry/);
    assert.equal(stage.services.latestReport()?.statusCode, '997');
    stage.services.listProblem = undefined;
    await stage.retry(id);
    assert.equal((await stage.untilSettled(id)).reason, undefined);
    assert.deepEqual([stage.services.tasks.size, stage.services.archivable], [1, 1]);
  });

  it('finishes with 997 when SciCat refuses to mark the dataset archivable', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = once('scicat.markArchivable', refusal);
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, transfer.reason], ['finished', 'archivable_refused']);
    assert.equal(stage.services.latestReport()?.statusCode, '997');
    assert.deepEqual(stage.services.archiveJobs, []);
  });

  it('finishes and says so when SciCat refuses the archive job', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = once('scicat.createArchiveJob', refusal);
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, transfer.reason], ['finished', 'archive_job_refused']);
    assert.equal(stage.services.latestReport()?.statusCode, '003');
  });
});

describe('an outage', () => {
  const steps: readonly CallName[] = [
    'scicat.createTransferJob',
    'globus.fetchUnavailableScopes',
    'globus.fetchSubmissionId',
    'scicat.fetchDataset',
    'globus.submit',
    'globus.fetchOpenTasks',
    'globus.fetchTask',
    'scicat.fetchFiles',
    'scicat.markArchivable',
    'scicat.createArchiveJob',
    'scicat.updateJob',
  ];

  for (const name of steps) {
    for (const strike of ['outage', 'answer_lost'] as const) {
      it(`of ${name} (${strike}) delays a transfer, and doubles nothing`, async (t) => {
        const stage = await Stage.open(t);
        let struck = 0;
        stage.services.strike = (called) => {
          if (called !== name || struck === 3) return undefined;
          struck += 1;
          return strike;
        };
        const transfer = await stage.untilSettled(await stage.request());
        assert.deepEqual([transfer.state, transfer.reason, struck], ['finished', undefined, 3]);
        const { jobs, tasks, archiveJobs } = stage.services;
        assert.deepEqual([jobs.length, tasks.size, archiveJobs.length], [1, 1, 1]);
        assert.equal(stage.services.latestReport()?.statusCode, '003');
      });
    }
  }

  it('of a whole day delays a transfer: its job catches up', async (t) => {
    const stage = await Stage.open(t);
    const id = await stage.request();
    stage.services.strike = (name) => (name.startsWith('scicat.') ? 'outage' : undefined);
    const dayLater = stage.clock.elapsed() + 86_400_000;
    await stage.until('a day has passed', () => stage.clock.elapsed() >= dayLater, 60_000);
    assert.match((await stage.read(id)).obstacle ?? '', /waits for a fake/);
    stage.services.strike = () => undefined;
    assert.equal((await stage.untilSettled(id)).state, 'finished');
    assert.equal((await stage.read(id)).obstacle, undefined);
  });

  it('of the reports alone stops no transfer', async (t) => {
    const stage = await Stage.open(t);
    const id = await stage.request();
    stage.services.strike = (name) => (name === 'scicat.updateJob' ? 'outage' : undefined);
    const transfer = await stage.untilState(id, 'finished');
    assert.equal(transfer.isSettled, false);
    stage.services.strike = () => undefined;
    await stage.untilSettled(id);
    assert.equal(stage.services.latestReport()?.statusCode, '003');
  });

  it('is told to whoever waits for the job', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = once('scicat.createTransferJob', 'outage');
    const { id } = await stage.accept();
    const job = stage.engine.follow(id, ({ job }) => job.id !== undefined, new AbortController().signal);
    await assert.rejects(job, { name: 'Unavailable' });
    await stage.untilSettled(id);
  });

  it('of one facility’s scopes holds up no transfer of the others', async (t) => {
    const stage = await Stage.open(t, { maxConcurrency: 1 });
    stage.services.unavailableScopes = ['another scope'];
    const stuck = await stage.request();
    await stage.until('it was hindered', async () => (await stage.read(stuck)).obstacle !== undefined);
    stage.services.unavailableScopes = [];
    const other = await stage.request({ authorised: { pid: 'other', destinationFolder: '/other' } });
    await stage.untilState(other, 'finished');
    await stage.untilSettled(stuck);
  });

  it('never comes of a report that SciCat refuses: somebody has deleted the job', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = (name) => (name === 'scicat.updateJob' ? refusal : undefined);
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, transfer.report.isRefused], ['finished', true]);
    const tried = stage.services.calls.filter((name) => name === 'scicat.updateJob').length;
    assert.ok(tried <= 3, `${tried} refused updates`);
  });

  it('of the rights to update jobs ends with the next status', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = once('scicat.updateJob', refusal);
    const transfer = await stage.untilSettled(await stage.request());
    assert.equal(transfer.report.isRefused, false);
    assert.equal(stage.services.latestReport()?.statusCode, '003');
  });
});

describe('a conflict at Globus', () => {
  const conflict = { kind: 'refused', code: 'ClientError.Conflict', message: 'identical paths' } as const;

  it('takes up the task that an earlier submit has made', async (t) => {
    const stage = await Stage.open(t);
    const strikes: Strike[] = ['answer_lost', conflict];
    stage.services.strike = (name) => (name === 'globus.submit' ? strikes.shift() : undefined);
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, stage.services.tasks.size], ['finished', 1]);
  });

  it('waits where the paths are another task’s', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = once('globus.submit', conflict);
    const transfer = await stage.untilSettled(await stage.request());
    assert.deepEqual([transfer.state, stage.services.tasks.size], ['finished', 1]);
  });
});

describe('many transfers of one user', () => {
  it('do not keep another’s one from its turn', async (t) => {
    const stage = await Stage.open(t, { maxConcurrency: 2 });
    stage.services.tasksEnd = false;
    const other = (index: number) => ({ authorised: { destinationFolder: `/received/${index}` } });
    for (let index = 0; index < 30; index += 1) await stage.request(other(index));
    await stage.until('two run', () => stage.services.tasks.size === 2);
    const bobs = await stage.request({
      authorised: { subject: 'scicat:bob', destinationFolder: '/received/bob' },
    });
    stage.services.endTask('task-0');
    await stage.untilState(bobs, 'transferring');
    assert.equal(stage.services.tasks.size, 3);
  });

  it('are as many at Globus as a user’s and a facility’s limits allow, also after a restart', async (t) => {
    const ofFacilities = new Map([['TAPE', 1]]);
    const stage = await Stage.open(t, { maxConcurrency: 10, maxConcurrencyPerUser: 2, ofFacilities });
    stage.services.tasksEnd = false;
    const to = (name: string, index: number) => ({
      authorised: { destinationFacility: name, destinationFolder: `/received/${index}` },
    });
    await stage.request(to('TAPE', 0));
    await stage.until('one runs', () => stage.services.tasks.size === 1);
    await stage.request(to('TAPE', 1));
    for (let index = 2; index < 6; index += 1) await stage.request(to('ARCHIVE', index));
    await stage.until('two run', () => stage.services.tasks.size === 2);
    await stage.restart();
    const until = stage.clock.elapsed() + 60_000;
    await stage.until('a minute has passed', () => stage.clock.elapsed() >= until);
    assert.equal(stage.services.tasks.size, 2);
    stage.services.tasksEnd = true;
    await stage.until('all have had their turn', () => stage.services.tasks.size === 6);
    assert.equal(stage.services.mostAtOnce, 2);
  });
});

describe('places at Globus', () => {
  it('are as many as the file says, and taken in the order of asking', async (t) => {
    const stage = await Stage.open(t, { maxConcurrency: 2 });
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      ids.push(await stage.request({ authorised: { pid: `pid-${index}`, destinationFolder: `/${index}` } }));
    }
    for (const id of ids) await stage.untilSettled(id);
    assert.equal(stage.services.mostAtOnce, 2);
    assert.deepEqual(
      [...stage.services.tasks.values()].map(({ label }) => label.split(' ')[1]),
      ids,
    );
  });

  it('are counted in tasks, so that one large transfer cannot take more', async (t) => {
    const stage = await Stage.open(t, { maxConcurrency: 2 });
    await stage.untilSettled(await stage.request({ limits: { itemsPerTask: 1 } }));
    assert.equal(stage.services.mostAtOnce, 2);
  });

  it('are known again after a restart', async (t) => {
    const stage = await Stage.open(t, { maxConcurrency: 1 });
    stage.services.tasksEnd = false;
    const first = await stage.request();
    await stage.untilState(first, 'transferring');
    await stage.restart();
    const second = await stage.request({ authorised: { pid: 'other', destinationFolder: '/other' } });
    await stage.untilState(second, 'recorded');
    const later = stage.clock.elapsed() + 60_000;
    await stage.until('a minute has passed', () => stage.clock.elapsed() >= later);
    assert.equal(stage.services.tasks.size, 1);
    stage.services.tasksEnd = true;
    await stage.untilSettled(second);
  });
});

describe('cancelling', () => {
  it('ends a transfer that waits, without asking Globus', async (t) => {
    const stage = await Stage.open(t, { maxConcurrency: 1 });
    stage.services.tasksEnd = false;
    await stage.untilState(await stage.request(), 'transferring');
    const id = await stage.request({ authorised: { pid: 'other', destinationFolder: '/other' } });
    await stage.untilState(id, 'recorded');
    await stage.cancel(id);
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['cancelled', 'cancelled_by_user']);
    assert.equal(stage.services.tasks.size, 1);
    assert.equal(stage.services.latestReport()?.statusCode, '004');
  });

  it('ends every task of a transfer that runs', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request({ limits: { itemsPerTask: 1 } });
    await stage.until('all are submitted', () => stage.services.tasks.size === 3);
    await stage.cancel(id);
    assert.equal((await stage.untilSettled(id)).state, 'cancelled');
    assert.ok([...stage.services.tasks.values()].every(({ fatalError }) => fatalError?.code === 'CANCELED'));
    assert.equal(stage.services.archivable, 0);
  });

  it('that comes too late is finished, and archives nothing', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.services.strike = (name) => {
      if (name === 'globus.cancel') stage.services.endTask('task-0');
      return undefined;
    };
    await stage.cancel(id);
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['finished', 'cancelled_too_late']);
    assert.equal(stage.services.latestReport()?.statusCode, '997');
    assert.equal(stage.services.archivable, 0);
  });

  it('that Globus refuses says 996 and goes on; wished again, it is tried again', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request();
    await stage.untilState(id, 'transferring');
    stage.services.strike = once('globus.cancel', refusal);
    await stage.cancel(id);
    await stage.until('the job says so', () => stage.services.latestReport()?.statusCode === '996');
    assert.equal((await stage.read(id)).state, 'transferring');
    await stage.cancel(id);
    assert.equal((await stage.untilSettled(id)).state, 'cancelled');
    assert.equal(stage.services.latestReport()?.statusCode, '004');
  });

  it('finds and ends the task of a submit whose answer was lost', async (t) => {
    const stage = await Stage.open(t);
    stage.services.tasksEnd = false;
    stage.services.strike = (name) => (name === 'globus.submit' ? 'answer_lost' : undefined);
    const id = await stage.request();
    await stage.until('it was sent', () => stage.services.tasks.size === 1);
    await stage.cancel(id);
    assert.equal((await stage.untilSettled(id)).state, 'cancelled');
    assert.equal(stage.services.tasks.get('task-0')?.fatalError?.code, 'CANCELED');
  });

  it('waits until a submit that got no answer cannot arrive any more', async (t) => {
    const stage = await Stage.open(t);
    stage.services.strike = (name) => (name === 'globus.submit' ? 'outage' : undefined);
    const id = await stage.request();
    await stage.until(
      'it was tried',
      async () => (await stage.read(id)).chunks[0]?.attemptedAt !== undefined,
    );
    const before = stage.clock.now();
    await stage.cancel(id);
    await stage.untilSettled(id);
    const { attemptedAt } = (await stage.read(id)).chunks[0] ?? {};
    assert.ok(stage.clock.now() - (attemptedAt ?? before) >= 60_000);
  });

  it('removes the job as well where that is wished, also of one that has ended', async (t) => {
    const stage = await Stage.open(t);
    const id = await stage.request();
    await stage.untilSettled(id);
    await stage.cancel(id, { deleteJob: true });
    await stage.until('the job is gone', () => stage.services.jobs.length === 0);
    const transfer = await stage.untilSettled(id);
    assert.equal(transfer.state, 'finished');
  });

  it('of a request that SciCat has not been told of leaves no job', async (t) => {
    const stage = await Stage.open(t);
    const { id } = await stage.accept();
    await stage.cancel(id);
    assert.equal((await stage.untilSettled(id)).state, 'cancelled');
    assert.equal(stage.services.jobs.length, 0);
  });
});
