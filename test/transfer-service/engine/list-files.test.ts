// A folder of very many files, handed over as SciCat's list of them.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { CallName } from './fake-services.ts';
import { Stage } from './stage.ts';

const filesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    path: `sub/${index}`,
    sizeBytes: 10,
    kind: 'file' as const,
  }));

const tooLong = { kind: 'refused', code: 'file_list_unusable', message: 'the list is too long' } as const;

async function open(t: TestContext, count = 7): Promise<Stage> {
  const stage = await Stage.open(t, { itemsPerTask: 3 });
  stage.services.files = filesOf(count);
  return stage;
}

const submitted = ({ services }: Stage) =>
  [...services.submissions.values()].flatMap(({ submission }) =>
    submission.items.map(({ sourcePath, destinationPath }) => `${sourcePath} ${destinationPath}`),
  );

const expected = filesOf(7).map(({ path }) => `/p1/run7/${path} /received/p1/run7/${path}`);

describe('a folder of very many files', () => {
  it('is several tasks under one job, counted together, each file once', async (t) => {
    const stage = await open(t);
    const transfer = await stage.untilSettled(await stage.request({ isListed: true }));
    assert.deepEqual([transfer.state, transfer.reason, transfer.filesTotal], ['finished', undefined, 7]);
    assert.deepEqual([stage.services.tasks.size, stage.services.jobs.length], [3, 1]);
    assert.deepEqual(submitted(stage), expected);
    assert.equal(stage.services.latestReport()?.result.filesTransferred, 7);
  });

  it('takes SciCat’s absolute paths for what they are', async (t) => {
    const stage = await open(t);
    stage.services.files = filesOf(7).map((file) => ({ ...file, path: `/data/p1/run7/${file.path}` }));
    await stage.untilSettled(await stage.request({ isListed: true }));
    assert.deepEqual(submitted(stage), expected);
  });

  it('is read again from the beginning when the list was interrupted, by an outage or a crash', async (t) => {
    const stage = await open(t);
    stage.services.listBreaksAfter = 3;
    const id = await stage.request({ isListed: true });
    await stage.until('a chunk is stored', async () => (await stage.read(id)).chunks.length > 0);
    assert.equal(stage.services.tasks.size, 0);
    await stage.restart();
    stage.services.listBreaksAfter = Number.POSITIVE_INFINITY;
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['finished', undefined]);
    assert.deepEqual(submitted(stage), expected);
  });

  for (const path of ['../p2/secret', '/data/p2/secret', 'a//b', '~/x', '']) {
    it(`fails for a list with "${path}", and hands nothing over`, async (t) => {
      const stage = await open(t);
      stage.services.files = [...filesOf(7), { path, sizeBytes: 1, kind: 'file' as const }];
      const transfer = await stage.untilSettled(await stage.request({ isListed: true }));
      assert.deepEqual([transfer.state, transfer.reason], ['failed', 'file_list_invalid']);
      assert.equal(stage.services.tasks.size, 0);
      assert.equal(stage.services.latestReport()?.statusCode, '998');
    });
  }

  it('fails for a list that cannot be used, instead of asking for it again', async (t) => {
    const stage = await open(t);
    stage.services.listProblem = tooLong;
    const id = await stage.request({ isListed: true });
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, transfer.reason], ['failed', 'file_list_invalid']);
    assert.match(transfer.message ?? '', /too long\. Mend that in SciCat, then retry/);
    assert.equal(stage.services.tasks.size, 0);
    stage.services.listProblem = undefined;
    await stage.retry(id);
    const repeated = await stage.untilSettled(id);
    assert.deepEqual([repeated.state, repeated.reason], ['finished', undefined]);
    assert.deepEqual(submitted(stage), expected);
  });

  it('fails for an empty list, and for a dataset that is gone or another’s by then', async (t) => {
    const stage = await open(t, 0);
    const empty = await stage.untilSettled(await stage.request({ isListed: true }));
    assert.deepEqual([empty.state, empty.reason], ['failed', 'file_list_invalid']);
    const other = await open(t);
    other.services.dataset = undefined;
    const gone = await other.untilSettled(await other.request({ isListed: true }));
    assert.deepEqual([gone.state, gone.reason], ['failed', 'dataset_gone']);
  });

  it('falls short when SciCat lists other files in the end; a retry lists them anew', async (t) => {
    const stage = await open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request({ isListed: true });
    await stage.untilState(id, 'transferring');
    stage.services.files = filesOf(7).map((file, index) => (index === 3 ? { ...file, path: 'new' } : file));
    stage.services.tasksEnd = true;
    const short = await stage.untilSettled(id);
    assert.deepEqual([short.reason, short.state], ['incomplete', 'finished']);
    assert.match(short.message ?? '', /other files/);
    assert.deepEqual(await stage.retry(id), { kind: 'begun' });
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.reason, transfer.attempt], [undefined, 2]);
    assert.ok(submitted(stage).some((item) => item.startsWith('/p1/run7/new ')));
  });

  it('hands over again only the task that failed', async (t) => {
    const stage = await open(t);
    stage.services.tasksEnd = false;
    const id = await stage.request({ isListed: true });
    await stage.until('all run', async () => stage.services.tasks.size === 3);
    stage.services.failTask('task-1', 'PERMISSION_DENIED');
    stage.services.tasksEnd = true;
    await stage.untilSettled(id);
    await stage.retry(id);
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.reason, stage.services.tasks.size], [undefined, 4]);
  });

  it('can be cancelled while its list is read, which is then read no further', async (t) => {
    const stage = await Stage.open(t, { itemsPerTask: 10 });
    const { services } = stage;
    let parts = 0;
    async function* long(id: string) {
      for (; parts < 200; parts += 1) {
        if (parts === 20) await stage.cancel(id);
        yield [{ path: `file-${parts}`, sizeBytes: 1, kind: 'file' as const }];
      }
    }
    t.mock.method(services.scicat, 'fetchFiles', async () => long('transfer-0'));
    const id = await stage.request({ isListed: true });
    assert.equal((await stage.untilSettled(id)).state, 'cancelled');
    assert.equal(services.tasks.size, 0);
    assert.ok(parts < 40, `${parts} parts are read`);
  });

  it('can be cancelled while it waits for its list', async (t) => {
    const stage = await open(t);
    stage.services.strike = (name) => (name === 'scicat.fetchFiles' ? 'outage' : undefined);
    const id = await stage.request({ isListed: true });
    await stage.until('it waits', async () => (await stage.read(id)).obstacle !== undefined);
    await stage.cancel(id);
    const transfer = await stage.untilSettled(id);
    assert.deepEqual([transfer.state, stage.services.tasks.size], ['cancelled', 0]);
  });

  for (const moment of ['hang_before', 'hang_after', 'answer_lost'] as const) {
    it(`is listed and moved once whatever call a crash strikes (${moment})`, async (t) => {
      for (let at = 0; at < 20; at += 1) {
        const stage = await open(t);
        const struck: CallName[] = [];
        stage.services.strike = (name, called) => {
          if (called !== at) return undefined;
          struck.push(name);
          return moment;
        };
        const id = await stage.request({ isListed: true });
        const isOver = async () => struck.length > 0 || (await stage.read(id)).isSettled;
        await stage.until('it is struck, or at its end', isOver);
        await stage.restart();
        const transfer = await stage.untilSettled(id);
        const where = `${moment} ${struck[0]} (${at})`;
        assert.deepEqual([transfer.state, transfer.reason], ['finished', undefined], where);
        const { jobs, tasks, archiveJobs } = stage.services;
        assert.deepEqual([jobs.length, tasks.size, archiveJobs.length], [1, 3, 1], where);
      }
    });
  }
});
