// What `beamgate keys` does to a gateway's database, and what it says of it.
import type { GatewayConfig } from '../gateway/config.ts';
import { refreshEveryMs } from '../gateway/key-ring.ts';
import {
  bringRotationForward,
  type KeyStore,
  readKeys,
  type StoredKey,
  withdrawAll,
} from '../gateway/store/assertion-keys.ts';
import { readEncryptionKeys } from '../gateway/store/key-encryption.ts';
import { keysAt, nextOf, publishedAfterMs, stateOf } from '../gateway/store/key-schedule.ts';
import { type GatewayTables, migrations } from '../gateway/store/migrations.ts';
import { openSealedKey } from '../gateway/store/sealed-key.ts';
import { openDatabase } from '../platform/database.ts';
import { isPostgres } from '../platform/database-postgres.ts';
import { sqlitePath } from '../platform/database-sqlite.ts';

export type Surroundings = { readonly existsSync: (path: string) => boolean; readonly now: () => number };

type Work = (config: GatewayConfig, surroundings: Surroundings) => Promise<readonly string[]>;

/** Every key that was ever made, and its state. */
export const listKeys: Work = (config, surroundings) =>
  withDatabase(config, surroundings, async (db) => renderKeys(await readKeys(db), surroundings.now()));

/** The next key takes over as soon as every service can know it. */
export const rotateKeys: Work = (config, surroundings) =>
  withDatabase(config, surroundings, async (db) => {
    const nowMs = surroundings.now();
    const keys = await bringRotationForward(await storeOf(config, db), nowMs);
    const next = nextOf(keys, nowMs);
    return [
      ...renderKeys(keys, nowMs),
      '',
      `key ${next?.number} signs from ${renderTime(next?.signsFromMs)}; no request is refused`,
    ];
  });

/** Every key is withdrawn, and a new one signs at once. */
export const withdrawKeys: Work = (config, surroundings) =>
  withDatabase(config, surroundings, async (db) => {
    const nowMs = surroundings.now();
    const keys = await withdrawAll(await storeOf(config, db), nowMs);
    const seconds = refreshEveryMs / 1000;
    return [
      ...renderKeys(keys, nowMs),
      '',
      `every gateway on this database stops using the withdrawn keys within ${seconds} s;`,
      'a service believes them until it fetches the key set again: restart those that are to forget them now',
    ];
  });

type Database = KeyStore['db'];

async function withDatabase<Result>(
  { database, databasePassword }: GatewayConfig,
  { existsSync }: Surroundings,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const path = sqlitePath(database);
  // It would be made, and the gateway's own would stay as it is.
  if (!isPostgres(database) && !existsSync(path))
    throw new Error(`there is no database ${path}: run this in the folder that the gateway is started in`);
  const db = await openDatabase<GatewayTables>({
    url: database,
    password: databasePassword,
    durability: 'normal',
    exclusive: false,
    migrations,
  });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/** @throws Error when the encryption key is not the one of this database: gateways could not open what it makes. */
async function storeOf(
  { encryptionKey, previousEncryptionKeys, assertionRotateMs }: GatewayConfig,
  db: Database,
): Promise<KeyStore> {
  const encryptionKeys = readEncryptionKeys(encryptionKey, previousEncryptionKeys);
  const { signing } = keysAt(await readKeys(db), Number.MAX_SAFE_INTEGER);
  if (signing !== undefined) await openSealedKey(signing.sealed, encryptionKeys);
  return { db, encryptionKeys, rotateMs: assertionRotateMs };
}

function renderKeys(keys: readonly StoredKey[], nowMs: number): readonly string[] {
  const rows = keys.map((key) => [
    String(key.number),
    stateOf(key, keys, nowMs),
    renderTime(key.signsFromMs),
    renderTime(endOf(key, keys)),
    key.kid,
  ]);
  return [['no.', 'state', 'signs from', 'published until', 'kid'], ...rows].map((row) =>
    row.map((text, column) => text.padEnd([5, 11, 22, 22, 0][column] ?? 0)).join(''),
  );
}

function endOf(key: StoredKey, keys: readonly StoredKey[]): number | undefined {
  if (key.withdrawnAtMs !== undefined) return key.withdrawnAtMs;
  const after = keys.find(
    ({ withdrawnAtMs, signsFromMs }) => withdrawnAtMs === undefined && signsFromMs > key.signsFromMs,
  );
  return after === undefined ? undefined : after.signsFromMs + publishedAfterMs;
}

function renderTime(timeMs: number | undefined): string {
  return timeMs === undefined ? '-' : new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
