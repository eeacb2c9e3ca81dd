import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { openDatabase } from '../../../platform/database.ts';
import { findKnown } from '../../../transfer-service/store/adopt.ts';
import { migrations } from '../../../transfer-service/store/migrations.ts';
import { openStore, openStoreCopy } from '../../../transfer-service/store/open.ts';
import { findTransfer } from '../../../transfer-service/store/read.ts';
import { contentOf } from '../../folder-content.ts';
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

const names = Object.keys(migrations);

for (let had = 1; had <= names.length; had += 1) {
  it(`looks into a database of its first ${had} migrations, which stays as it is to the byte`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'beamgate-store-'));
    t.after(() => rm(folder, { recursive: true }));
    const url = `sqlite:${join(folder, 'transfers.sqlite')}`;
    const first = Object.fromEntries(Object.entries(migrations).slice(0, had));
    const options = { url, durability: 'full', exclusive: true } as const;
    await (await openDatabase({ ...options, migrations: first })).destroy();
    const before = contentOf(folder);
    const { store, isOlder, close } = await openStoreCopy(url);
    assert.deepEqual(await findKnown(store), { jobs: new Set(), tasks: new Set() });
    assert.equal(isOlder, had < names.length);
    await close();
    assert.deepEqual(contentOf(folder), before);
  });
}

it('looks into none that a newer version has written, and names the file itself', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'beamgate-store-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'transfers.sqlite');
  const url = `sqlite:${path}`;
  const newer = { ...migrations, '9999-newer': { up: async () => {} } };
  await (await openDatabase({ url, durability: 'full', exclusive: true, migrations: newer })).destroy();
  await assert.rejects(openStoreCopy(url), (error) => {
    assert.ok(error instanceof Error && error.message.startsWith(`database ${path}: `), String(error));
    assert.match(error.message, /run that version or a newer one/);
    return true;
  });
});

it('refuses a value that no version has written', async (t) => {
  const store = await openStore('sqlite::memory:');
  t.after(() => store.destroy());
  await accept(store, newTransfer('t1'));
  await store.updateTable('transfers').set({ state: 'unheard of' }).execute();
  await assert.rejects(findTransfer(store, 't1'), /cannot have written/);
});
