import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import {
  bringRotationForward,
  keepSchedule,
  readKeys,
  sealAllAgain,
  withdrawAll,
} from '../../../gateway/store/assertion-keys.ts';
import { publishedAheadMs, settleMs } from '../../../gateway/store/key-schedule.ts';
import { type GatewayTables, migrations } from '../../../gateway/store/migrations.ts';
import { openDatabase } from '../../../platform/database.ts';
import { describeOnEachDatabase } from '../../real-parts/databases.ts';

const rotateMs = 1_000_000_000;
const startMs = 1_800_000_000_000;
const encryptionKeys = [randomBytes(32)] as const;

async function open(t: TestContext, url: string, some = migrations) {
  const options = {
    url,
    durability: 'normal',
    exclusive: false,
    migrations: some,
  } as const;
  const db = await openDatabase<GatewayTables>(options);
  t.after(() => db.destroy());
  return { db, encryptionKeys, rotateMs };
}

describeOnEachDatabase('the keys that sign assertions', (newDatabase) => {
  it('are made on the first start, one that signs and the next, and are the same on every other', async (t) => {
    const url = await newDatabase(t);
    const first = await keepSchedule(await open(t, url), startMs);
    assert.deepEqual(
      first.map(({ number, signsFromMs }) => [number, signsFromMs]),
      [
        [1, startMs],
        [2, startMs + rotateMs],
      ],
    );
    assert.deepEqual(await keepSchedule(await open(t, url), startMs + 1), first);
  });

  it('are made once by several gateways that start or rotate at the same time', async (t) => {
    const url = await newDatabase(t);
    const stores = await Promise.all([1, 2, 3].map(() => open(t, url)));
    for (const [count, nowMs] of [
      [2, startMs],
      [3, startMs + rotateMs],
    ] as const) {
      const loaded = await Promise.all(stores.map((store) => keepSchedule(store, nowMs)));
      for (const keys of loaded) assert.deepEqual(keys, loaded[0]);
      assert.equal(loaded[0]?.length, count);
    }
  });

  it('of the first version go on signing', async (t) => {
    const url = await newDatabase(t);
    const { '001-assertion-keys': first } = migrations;
    assert.ok(first !== undefined);
    const { db } = await open(t, url, { '001-assertion-keys': first });
    await sql`insert into assertion_keys (kid, public_jwk, private_jwe, created_at_ms)
      values ('b', '{}', 'sealed', 2000), ('a', '{}', 'sealed', 1000)`.execute(db);
    const keys = await readKeys((await open(t, url)).db);
    assert.deepEqual(
      keys.map(({ kid, number, signsFromMs, withdrawnAtMs }) => [kid, number, signsFromMs, withdrawnAtMs]),
      [
        ['a', 1, 1000, undefined],
        ['b', 2, 2000, undefined],
      ],
    );
  });

  it('rotate on demand: the next one takes over once everybody knows it, and another waits', async (t) => {
    const store = await open(t, await newDatabase(t));
    await keepSchedule(store, startMs);
    const nowMs = startMs + publishedAheadMs;
    const keys = await bringRotationForward(store, nowMs);
    assert.deepEqual(
      keys.map(({ signsFromMs }) => signsFromMs),
      [startMs, nowMs + settleMs],
    );
    const after = await keepSchedule(store, nowMs + settleMs);
    assert.equal(after[2]?.signsFromMs, nowMs + settleMs + rotateMs);
  });

  it('are encrypted with the new key after that was replaced, but for those that were withdrawn', async (t) => {
    const store = await open(t, await newDatabase(t));
    await keepSchedule(store, startMs);
    await withdrawAll(store, startMs + 5);
    const rotated = { ...store, encryptionKeys: [randomBytes(32), ...encryptionKeys] as const };
    await sealAllAgain(rotated);
    const current = { ...store, encryptionKeys: [rotated.encryptionKeys[0]] as const };
    await sealAllAgain(current);
    const states = (await readKeys(store.db)).map(({ sealed }) => sealed.private_jwe === '');
    assert.deepEqual(states, [true, true, false, false]);
    await assert.rejects(sealAllAgain(store), /assertion\.previousEncryptionKeys/);
  });

  it('are all withdrawn when one has leaked, and nothing of them is left to leak', async (t) => {
    const store = await open(t, await newDatabase(t));
    await keepSchedule(store, startMs);
    const keys = await withdrawAll(store, startMs + 5);
    assert.deepEqual(
      keys.map(({ number, signsFromMs, withdrawnAtMs, sealed }) => [
        number,
        signsFromMs,
        withdrawnAtMs,
        sealed.private_jwe === '',
      ]),
      [
        [1, startMs, startMs + 5, true],
        [2, startMs + rotateMs, startMs + 5, true],
        [3, startMs + 5, undefined, false],
        [4, startMs + 5 + rotateMs, undefined, false],
      ],
    );
  });
});

describe('the keys in a database file', () => {
  it('lie in the database encrypted', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'beamgate-keys-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'db.sqlite');
    await keepSchedule(await open(t, `sqlite:${file}`), startMs);
    const bytes = [file, `${file}-wal`].map((name) => readFileSync(name, 'latin1')).join('');
    assert.doesNotMatch(bytes, /"d":/);
    assert.match(bytes, /"kty":"EC"/, 'the public half is readable');
  });
});
