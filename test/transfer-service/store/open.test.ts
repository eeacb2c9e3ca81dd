import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { openStore } from '../../../transfer-service/store/open.ts';
import { findTransfer } from '../../../transfer-service/store/read.ts';
import { accept, newTransfer } from './store.ts';

it('keeps what was written for the next start', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'beamgate-store-'));
  t.after(() => rm(folder, { recursive: true }));
  const url = `sqlite:${join(folder, 'transfers.sqlite')}`;
  const first = await openStore(url);
  await accept(first, newTransfer('t1'));
  await first.destroy();
  const second = await openStore(url);
  assert.equal((await findTransfer(second, 't1'))?.id, 't1');
  await second.destroy();
});

it('refuses a file that is no database, and says what to do', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'beamgate-store-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'transfers.sqlite');
  await writeFile(path, 'x'.repeat(8192));
  await assert.rejects(openStore(`sqlite:${path}`), /restore it from a backup/);
});

it('refuses a value that no version has written', async (t) => {
  const store = await openStore('sqlite::memory:');
  t.after(() => store.destroy());
  await accept(store, newTransfer('t1'));
  await store.updateTable('transfers').set({ state: 'unheard of' }).execute();
  await assert.rejects(findTransfer(store, 't1'), /cannot have written/);
});
