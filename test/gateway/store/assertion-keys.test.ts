import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadAssertionKeys } from '../../../gateway/store/assertion-keys.ts';
import { type GatewayTables, migrations } from '../../../gateway/store/migrations.ts';
import { openDatabase } from '../../../platform/database.ts';

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'db.sqlite');
}

async function open(t: TestContext, file: string) {
  const options = { url: `sqlite:${file}`, durability: 'normal', exclusive: false, migrations } as const;
  const db = await openDatabase<GatewayTables>(options);
  t.after(() => db.destroy());
  return db;
}

describe('the keys that sign assertions', () => {
  const encryptionKey = randomBytes(32);

  it('are made on the first start and the same on every other', async (t) => {
    const file = place(t);
    const [first] = await loadAssertionKeys(await open(t, file), encryptionKey);
    const [second, ...others] = await loadAssertionKeys(await open(t, file), encryptionKey);
    assert.equal(first.kid, second.kid);
    assert.deepEqual(others, []);
  });

  it('are made once by two gateways that start at the same time', async (t) => {
    const file = place(t);
    const databases = await Promise.all([1, 2, 3].map(() => open(t, file)));
    const loaded = await Promise.all(databases.map((db) => loadAssertionKeys(db, encryptionKey)));
    assert.equal(new Set(loaded.map(([key]) => key.kid)).size, 1);
    assert.deepEqual(
      loaded.map((keys) => keys.length),
      [1, 1, 1],
    );
  });

  it('publish nothing that signs', async (t) => {
    const [key] = await loadAssertionKeys(await open(t, place(t)), encryptionKey);
    assert.deepEqual(Object.keys(key.publicJwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    assert.deepEqual([key.publicJwk.alg, key.publicJwk.use, key.publicJwk.kid], ['ES256', 'sig', key.kid]);
    assert.equal(key.privateKey.extractable, false);
  });

  it('lie in the database encrypted', async (t) => {
    const file = place(t);
    await loadAssertionKeys(await open(t, file), encryptionKey);
    const bytes = [file, `${file}-wal`].map((name) => readFileSync(name, 'latin1')).join('');
    assert.doesNotMatch(bytes, /"d":/);
    assert.match(bytes, /"kty":"EC"/, 'the public half is readable');
  });

  it('cannot be had with another encryption key, and it is said what to do', async (t) => {
    const file = place(t);
    await loadAssertionKeys(await open(t, file), encryptionKey);
    await assert.rejects(async () => loadAssertionKeys(await open(t, file), randomBytes(32)), {
      message: /another key than assertion\.encryptionKey: give the old one back, or delete the rows/,
    });
  });

  it('are listed the newest first', async (t) => {
    const db = await open(t, place(t));
    await loadAssertionKeys(db, encryptionKey, () => 1000);
    const [known] = await db.selectFrom('assertion_keys').selectAll().execute();
    assert.ok(known !== undefined);
    await db
      .insertInto('assertion_keys')
      .values({ ...known, kid: 'newer', created_at_ms: 2000 })
      .execute();
    const keys = await loadAssertionKeys(db, encryptionKey);
    assert.deepEqual(
      keys.map(({ kid }) => kid),
      ['newer', known.kid],
    );
  });
});
