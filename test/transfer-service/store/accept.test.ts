import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { requestCancel } from '../../../transfer-service/store/cancel.ts';
import { writeChange } from '../../../transfer-service/store/change.ts';
import { releaseDestination } from '../../../transfer-service/store/destination.ts';
import { findItems, findTransfer } from '../../../transfer-service/store/read.ts';
import { beginAttempt } from '../../../transfer-service/store/retry.ts';
import type { Store } from '../../../transfer-service/store/schema.ts';
import { accept, memoryStore, newTransfer, now } from './store.ts';

describe('a new transfer', () => {
  it('is read as it was authorised', async (t) => {
    const store = await memoryStore(t);
    const given = newTransfer('t1');
    await accept(store, given);
    const read = await findTransfer(store, 't1');
    assert.deepEqual(read?.authorised, given.authorised);
    assert.equal(read?.state, 'requested');
    assert.deepEqual([...(await findItems(store, 't1', 0))], given.items);
  });

  it('is cut into chunks of as many items as the file says', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1', {}, ['a', 'b', 'c']), { itemsPerTask: 2 });
    const read = await findTransfer(store, 't1');
    assert.deepEqual(
      read?.chunks.map(({ itemCount }) => itemCount),
      [2, 1],
    );
    assert.equal([...(await findItems(store, 't1', 1))][0]?.sourcePath, '/p1/run7/c');
  });

  it('tells of its request in its history', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1'));
    const events = await store.selectFrom('events').selectAll().execute();
    assert.deepEqual(
      events.map(({ kind, at }) => [kind, at]),
      [['requested', now]],
    );
  });
});

describe('a repeated request', () => {
  it('finds the open transfer, also when the files come in another order', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1', {}, ['a', 'b']));
    assert.deepEqual(await accept(store, newTransfer('t2', {}, ['b', 'a'])), { kind: 'repeated', id: 't1' });
  });

  it('at the same moment is one transfer', async (t) => {
    const store = await memoryStore(t);
    const requests = Array.from({ length: 20 }, (_, index) => accept(store, newTransfer(`t${index}`)));
    const kinds = (await Promise.all(requests)).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'accepted').length, 1);
    assert.equal(kinds.filter((kind) => kind === 'repeated').length, 19);
  });

  const others = {
    'another caller': newTransfer('t2', { subject: 'scicat:bob' }),
    'another source': newTransfer('t2', { sourceFacility: 'OTHER' }),
    'another destination': newTransfer('t2', { destinationFacility: 'OTHER' }),
    'other files': newTransfer('t2', {}, ['a']),
    'an archive job or none': newTransfer('t2', { autoArchive: false }),
    'the whole folder': { ...newTransfer('t2'), files: undefined },
  };
  for (const [name, other] of Object.entries(others)) {
    it(`is another transfer for ${name}`, async (t) => {
      const store = await memoryStore(t);
      await accept(store, newTransfer('t1'));
      assert.deepEqual(await accept(store, other), { kind: 'accepted' });
    });
  }

  it('is a new transfer once the first has ended, or is to be cancelled', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1'));
    await writeChange(store, { id: 't1', state: 'archiving', attempt: 1 }, { state: 'finished' }, now);
    assert.deepEqual(await accept(store, newTransfer('t2')), { kind: 'accepted' });
    await requestCancel(store, { id: 't2', subject: 'scicat:alice', deleteJob: false }, now);
    assert.deepEqual(await accept(store, newTransfer('t3')), { kind: 'accepted' });
  });
});

const other = newTransfer('t2', { pid: 'other' });

/** A task was sent, and ended without anything. */
async function endedStore(t: TestContext): Promise<Store> {
  const store = await memoryStore(t);
  await accept(store, newTransfer('t1'));
  const t1 = { id: 't1', state: 'submitting', attempt: 1 } as const;
  const sent = { chunk: { index: 0, attemptedAt: now, taskId: 'g1', status: 'failed' } } as const;
  await writeChange(store, t1, sent, now);
  await writeChange(store, t1, { state: 'failed' }, now);
  return store;
}

describe('a destination folder', () => {
  const used = {
    kind: 'refused',
    reason: 'destination_used',
    usedBy: {
      ...{ id: 't1', pid: newTransfer('t1').authorised.pid, ownerGroup: 'p1', ownerSubject: 'scicat:alice' },
      ...{ jobId: undefined, facility: 'ARCHIVE', folder: '/received/p1/run7', hasEnded: false },
    },
  };

  it('that another dataset is on its way to is refused', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1'));
    assert.deepEqual(await accept(store, newTransfer('t2', { pid: 'other' })), used);
  });

  it('that another dataset was written to is refused for ever', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1'));
    const sent = { chunk: { index: 0, attemptedAt: now } };
    await writeChange(store, { id: 't1', state: 'submitting', attempt: 1 }, sent, now);
    await writeChange(store, { id: 't1', state: 'submitting', attempt: 1 }, { state: 'failed' }, now);
    const refused = { ...used, usedBy: { ...used.usedBy, hasEnded: true } };
    assert.deepEqual(await accept(store, newTransfer('t2', { pid: 'other' })), refused);
  });

  it('that a task was sent to, and has ended without writing anything, is free again', async (t) => {
    for (const status of ['failed', 'cancelled', 'refused', 'expired'] as const) {
      const store = await memoryStore(t);
      await accept(store, newTransfer('t1'));
      const sent = { chunk: { index: 0, attemptedAt: now, taskId: 'g1', status } };
      await writeChange(store, { id: 't1', state: 'submitting', attempt: 1 }, sent, now);
      await writeChange(store, { id: 't1', state: 'submitting', attempt: 1 }, { state: 'failed' }, now);
      assert.deepEqual(
        await accept(store, newTransfer('t2', { pid: 'other' })),
        { kind: 'accepted' },
        status,
      );
    }
  });

  it('is not free while nobody knows what a task has written', async (t) => {
    for (const status of ['submitting', 'active', 'vanished', 'dropped', 'succeeded'] as const) {
      const store = await memoryStore(t);
      await accept(store, newTransfer('t1'));
      const sent = { chunk: { index: 0, attemptedAt: now, status } };
      await writeChange(store, { id: 't1', state: 'submitting', attempt: 1 }, sent, now);
      await writeChange(store, { id: 't1', state: 'submitting', attempt: 1 }, { state: 'failed' }, now);
      assert.equal((await accept(store, newTransfer('t2', { pid: 'other' }))).kind, 'refused', status);
    }
  });

  it('is not free where files were skipped, or an expired task may have written some', async (t) => {
    const counts = [
      { files_skipped: 1 },
      { files_transferred: 1 },
      { bytes_transferred: 1 },
      { resubmissions: 1 },
    ];
    for (const count of counts) {
      const store = await endedStore(t);
      await store.updateTable('tasks').set(count).execute();
      assert.equal((await accept(store, other)).kind, 'refused', JSON.stringify(count));
    }
  });

  it('is free where a chunk was never sent to Globus', async (t) => {
    for (const status of ['waiting', 'submitting', 'dropped'] as const) {
      const store = await endedStore(t);
      await store.updateTable('tasks').set({ status, attempted_at: null, task_id: null }).execute();
      assert.deepEqual(await accept(store, other), { kind: 'accepted' }, status);
    }
  });

  const attempts = {
    'wrote nothing': [{}, 'accepted'],
    'moved a file': [{ files_transferred: 1 }, 'refused'],
    'moved a part of a file': [{ bytes_transferred: 1 }, 'refused'],
    'found a file there': [{ files_skipped: 1 }, 'refused'],
    'had a task that vanished': [{ is_uncertain: 1 }, 'refused'],
    'is of a version that did not keep what was uncertain': [{ is_uncertain: null }, 'refused'],
  } as const;
  for (const [how, [columns, kind]] of Object.entries(attempts))
    it(`whose earlier attempt ${how} is ${kind === 'accepted' ? 'free' : 'not free'}`, async (t) => {
      const store = await endedStore(t);
      const past = { transfer_id: 't1', attempt: 1, began_at: now, ended_at: now, state: 'failed' };
      const nothing = { files_transferred: 0, files_skipped: 0, bytes_transferred: 0, is_uncertain: 0 };
      const row = { ...past, ...nothing, reason: null, message: null, task_ids: '[]', ...columns };
      await store.insertInto('attempts').values(row).execute();
      assert.equal((await accept(store, other)).kind, kind);
    });

  it('keeps of an attempt that its task has vanished, whatever else failed', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1', {}, ['a', 'b']), { itemsPerTask: 1 });
    const t1 = { id: 't1', state: 'transferring', attempt: 1 } as const;
    for (const [index, status] of (['refused', 'vanished'] as const).entries())
      await writeChange(store, t1, { chunk: { index, attemptedAt: now, status } }, now);
    await writeChange(store, t1, { state: 'failed', reason: 'submission_refused' }, now);
    const wish = { id: 't1', attempt: undefined, subject: 'scicat:alice', scopes: [] };
    const noUsers = { sourceLocalUser: undefined, destinationLocalUser: undefined };
    const unlimited = { maxOpen: 0, maxOpenPerUser: 0 };
    assert.deepEqual(await beginAttempt(store, { ...wish, ...noUsers }, unlimited, now), { kind: 'begun' });
    await writeChange(store, { ...t1, attempt: 2 }, { state: 'failed' }, now);
    assert.equal((await accept(store, other)).kind, 'refused');
  });

  it('is free once it was released, which is in its history, and not while it is under way', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1'));
    const release = { id: 't1', why: 'operator', by: 'root' } as const;
    const sent = { chunk: { index: 0, attemptedAt: now, status: 'vanished' } } as const;
    await writeChange(store, { id: 't1', state: 'submitting', attempt: 1 }, sent, now);
    assert.equal(await releaseDestination(store, release, now), false);
    await writeChange(store, { id: 't1', state: 'submitting', attempt: 1 }, { state: 'failed' }, now);
    assert.equal(await releaseDestination(store, release, now), true);
    assert.equal(await releaseDestination(store, release, now), false);
    assert.deepEqual(await accept(store, newTransfer('t2', { pid: 'other' })), { kind: 'accepted' });
    const events = await store
      .selectFrom('events')
      .select(['kind', 'detail'])
      .where('transfer_id', '=', 't1')
      .execute();
    assert.deepEqual(
      { ...events.at(-1) },
      {
        kind: 'destination_released',
        detail: '{"why":"operator","by":"root"}',
      },
    );
  });

  it('that nothing was ever written to is free again', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1'));
    await writeChange(store, { id: 't1', state: 'requested', attempt: 1 }, { state: 'failed' }, now);
    assert.deepEqual(await accept(store, newTransfer('t2', { pid: 'other' })), { kind: 'accepted' });
  });

  it('of the same dataset, or in another collection, is free', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1'));
    assert.deepEqual(await accept(store, newTransfer('t2', {}, ['c'])), { kind: 'accepted' });
    const elsewhere = newTransfer('t3', { pid: 'other', destinationCollection: 'elsewhere' });
    assert.deepEqual(await accept(store, elsewhere), { kind: 'accepted' });
  });

  const nested = {
    'lies in': '/received/p1/run7/sub',
    holds: '/received/p1',
    'is beside': '/received/p1/run70',
  };
  for (const [how, destinationFolder] of Object.entries(nested)) {
    const expected = how === 'is beside' ? { kind: 'accepted' } : used;
    it(`of another group that ${how} it is ${how === 'is beside' ? 'free' : 'refused'}`, async (t) => {
      const store = await memoryStore(t);
      await accept(store, newTransfer('t1'));
      const ofOthers = newTransfer('t2', { pid: 'other', ownerGroup: 'p2', destinationFolder });
      assert.deepEqual(await accept(store, ofOthers), expected);
      const own = newTransfer('t3', { pid: 'another', destinationFolder: `${destinationFolder}/x` });
      const other = { id: 't2', pid: 'other', ownerGroup: 'p2', folder: destinationFolder };
      const ofTheOther = { ...used, usedBy: { ...used.usedBy, ...other } };
      assert.deepEqual(await accept(store, own), how === 'is beside' ? ofTheOther : { kind: 'accepted' });
    });
  }

  it('is found by an index', async (t) => {
    const store = await memoryStore(t);
    const plan =
      await sql`explain query plan select id from transfers where destination_collection = 'x' and destination_folder = 'y'`.execute(
        store,
      );
    assert.match(
      JSON.stringify(plan.rows),
      /USING INDEX transfers_by_destination_collection_and_destination_folder/,
    );
  });
});

describe('a full queue', () => {
  it('takes no more than the bound, and a repeated request all the same', async (t) => {
    const store = await memoryStore(t);
    const limits = { maxOpen: 1 };
    await accept(store, newTransfer('t1'), limits);
    const other = newTransfer('t2', { pid: 'other', destinationFolder: '/other' });
    assert.deepEqual(await accept(store, other, limits), { kind: 'refused', reason: 'queue_full' });
    assert.deepEqual(await accept(store, newTransfer('t3'), limits), { kind: 'repeated', id: 't1' });
  });

  it('counts no transfer that Globus is done with', async (t) => {
    const store = await memoryStore(t);
    await accept(store, newTransfer('t1'), { maxOpen: 1 });
    await writeChange(store, { id: 't1', state: 'transferring', attempt: 1 }, { state: 'concluding' }, now);
    const other = newTransfer('t2', { pid: 'other', destinationFolder: '/other' });
    assert.deepEqual(await accept(store, other, { maxOpen: 1 }), { kind: 'accepted' });
  });
});
