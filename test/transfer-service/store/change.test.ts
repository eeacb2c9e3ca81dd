import assert from 'node:assert/strict';
import { it } from 'node:test';
import { requestCancel } from '../../../transfer-service/store/cancel.ts';
import { writeChange } from '../../../transfer-service/store/change.ts';
import { findTransfer, findTransferByJob, findUnsettled } from '../../../transfer-service/store/read.ts';
import { findActiveTasks, writeNews } from '../../../transfer-service/store/tasks.ts';
import { accept, memoryStore, newTransfer, now } from './store.ts';

const progress = {
  niceStatus: 'OK',
  isPaused: false,
  faults: 1,
  files: 2,
  filesTransferred: 1,
  filesSkipped: 0,
  bytesTransferred: 10,
};

it('writes a change and its event, or neither', async (t) => {
  const store = await memoryStore(t);
  await accept(store, newTransfer('t1'));
  await store.schema.alterTable('events').renameTo('elsewhere').execute();
  const event = { kind: 'job_created', detail: {} } as const;
  const change = { state: 'recorded', jobId: 'job-1', event } as const;
  await assert.rejects(writeChange(store, { id: 't1', state: 'requested', attempt: 1 }, change, now));
  const transfer = await findTransfer(store, 't1');
  assert.deepEqual([transfer?.state, transfer?.job.id], ['requested', undefined]);
});

it('numbers the events of a transfer in their order', async (t) => {
  const store = await memoryStore(t);
  await accept(store, newTransfer('t1'));
  for (const kind of ['job_created', 'ended'] as const) {
    await writeChange(
      store,
      { id: 't1', state: 'requested', attempt: 1 },
      { event: { kind, detail: {} } },
      now,
    );
  }
  const events = await store.selectFrom('events').select(['sequence', 'kind']).orderBy('sequence').execute();
  assert.deepEqual(
    events.map(({ sequence, kind }) => `${sequence} ${kind}`),
    ['1 requested', '2 job_created', '3 ended'],
  );
});

it('finds a transfer by its job and by its own id', async (t) => {
  const store = await memoryStore(t);
  await accept(store, newTransfer('t1'));
  await writeChange(store, { id: 't1', state: 'requested', attempt: 1 }, { jobId: 'job-1' }, now);
  assert.equal((await findTransferByJob(store, 'job-1'))?.id, 't1');
  assert.equal((await findTransferByJob(store, 't1'))?.id, 't1');
  assert.equal(await findTransferByJob(store, 'job-2'), undefined);
});

it('forgets an obstacle with the next thing that happens', async (t) => {
  const store = await memoryStore(t);
  await accept(store, newTransfer('t1'));
  const transfer = { id: 't1', state: 'requested', attempt: 1 } as const;
  await writeChange(store, transfer, { obstacle: 'waits' }, now);
  await writeChange(store, transfer, { jobAttemptedAt: now }, now);
  assert.equal((await findTransfer(store, 't1'))?.obstacle, 'waits');
  await writeChange(store, transfer, { event: { kind: 'job_created', detail: {} } }, now);
  assert.equal((await findTransfer(store, 't1'))?.obstacle, undefined);
});

it('follows on what has ended until it is settled', async (t) => {
  const store = await memoryStore(t);
  await accept(store, newTransfer('t1'));
  await writeChange(store, { id: 't1', state: 'archiving', attempt: 1 }, { state: 'finished' }, now);
  assert.deepEqual(await findUnsettled(store), ['t1']);
  const settled = await findTransfer(store, 't1');
  assert.ok(settled !== undefined);
  await writeChange(store, settled, { settled }, now);
  assert.deepEqual(await findUnsettled(store), []);
});

it('settles nothing that its job was wished away from since it was read, for the first time or again', async (t) => {
  const store = await memoryStore(t);
  await accept(store, newTransfer('t1'));
  await writeChange(store, { id: 't1', state: 'archiving', attempt: 1 }, { state: 'finished' }, now);
  for (let time = 1; time <= 2; time += 1) {
    const settled = await findTransfer(store, 't1');
    assert.ok(settled !== undefined);
    await requestCancel(store, { id: 't1', subject: 's', deleteJob: true }, now + time);
    const event = { kind: 'report_given_up', detail: {} } as const;
    await writeChange(store, settled, { settled, event }, now + time);
    assert.deepEqual(await findUnsettled(store), ['t1']);
  }
  const events = await store.selectFrom('events').select('kind').orderBy('sequence').execute();
  assert.ok(events.every(({ kind }) => kind !== 'report_given_up'));
});

it('goes through the tasks in flight some at a time, each once, those of one transfer together', async (t) => {
  const store = await memoryStore(t);
  const paths = ['a', 'b', 'c'];
  for (let number = 0; number < 200; number += 1) {
    const to = `/p1/run-${number}`;
    const what = { pid: `p-${number}`, sourceFolder: to, destinationFolder: to };
    await accept(store, newTransfer(`t${number}`, what, paths), { itemsPerTask: 1 });
  }
  await store
    .updateTable('tasks')
    .set(({ ref }) => ({ status: 'active', task_id: ref('transfer_id') }))
    .where('chunk', '<', 2)
    .execute();
  const pages = await Array.fromAsync(findActiveTasks(store));
  const found = pages.flat().map(({ transferId, chunk }) => `${transferId} ${chunk}`);
  assert.ok(pages.length > 1 && pages.every((page) => page.length <= 250));
  assert.deepEqual([found.length, new Set(found).size], [400, 400]);
});

it('writes what a poll learned, once: a task that has ended stays as it is', async (t) => {
  const store = await memoryStore(t);
  await accept(store, newTransfer('t1'));
  const chunk = { index: 0, status: 'active', taskId: 'task-1' } as const;
  await writeChange(
    store,
    { id: 't1', state: 'submitting', attempt: 1 },
    { state: 'transferring', chunk },
    now,
  );
  assert.equal((await Array.fromAsync(findActiveTasks(store))).flat()[0]?.taskId, 'task-1');
  const news = {
    transferId: 't1',
    chunk: 0,
    taskId: 'task-1',
    progress,
    status: 'succeeded',
    ...{ hasMoved: true, hasNewStanding: false },
    ...{ problem: undefined, trouble: undefined },
  } as const;
  await writeNews(store, [news, { ...news, status: 'failed' }], now);
  const read = await findTransfer(store, 't1');
  assert.equal(read?.chunks[0]?.status, 'succeeded');
  assert.deepEqual(read?.chunks[0]?.progress, progress);
  assert.deepEqual(await Array.fromAsync(findActiveTasks(store)), []);
  const ends = await store.selectFrom('events').selectAll().where('kind', '=', 'task_ended').execute();
  assert.equal(ends.length, 1);
});
