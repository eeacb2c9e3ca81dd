import assert from 'node:assert/strict';
import { it } from 'node:test';
import { writeChange } from '../../../transfer-service/store/change.ts';
import { type ListQuestion, listTransfers } from '../../../transfer-service/store/list.ts';
import type { Store } from '../../../transfer-service/store/schema.ts';
import { accept, memoryStore, newTransfer, now } from './store.ts';

const everything = { states: undefined, pid: undefined, limit: 50, offset: 0 } as const;

async function ids(store: Store, question: Partial<ListQuestion>): Promise<readonly string[]> {
  const page = await listTransfers(store, {
    ...everything,
    subject: 'scicat:alice',
    groups: [],
    ...question,
  });
  return page.transfers.map(({ id }) => id);
}

async function filled(store: Store): Promise<void> {
  await accept(store, newTransfer('a', { destinationFolder: '/a' }));
  await accept(store, newTransfer('b', { subject: 'scicat:bob', destinationFolder: '/b', pid: 'b' }));
  await accept(store, newTransfer('c', { subject: 'scicat:eve', ownerGroup: 'p2', destinationFolder: '/c' }));
}

it('lists a caller’s own, and those of the caller’s groups', async (t) => {
  const store = await memoryStore(t);
  await filled(store);
  assert.deepEqual(await ids(store, {}), ['a']);
  assert.deepEqual(await ids(store, { groups: ['p1'] }), ['a', 'b']);
  assert.deepEqual(await ids(store, { subject: 'scicat:nobody' }), []);
});

it('filters by state and dataset', async (t) => {
  const store = await memoryStore(t);
  await filled(store);
  await writeChange(store, { id: 'a', state: 'requested', attempt: 1 }, { state: 'failed' }, now);
  assert.deepEqual(await ids(store, { groups: ['p1'], states: ['failed'] }), ['a']);
  assert.deepEqual(await ids(store, { groups: ['p1'], pid: 'b' }), ['b']);
  assert.deepEqual(await ids(store, { groups: ['p1'], states: [] }), []);
});

it('turns pages, and says how many there are in all', async (t) => {
  const store = await memoryStore(t);
  await filled(store);
  const question = { ...everything, subject: 'x', groups: ['p1', 'p2'], limit: 2, offset: 2 };
  const page = await listTransfers(store, question);
  assert.deepEqual([page.total, page.transfers.length], [3, 1]);
  assert.equal(page.transfers[0]?.chunks.length, 1);
});
