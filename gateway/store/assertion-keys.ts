// The keys that sign assertions, in the database: several gateways make, read and withdraw them together.
import type { Kysely, Transaction } from 'kysely';
import { lockTable } from '../../platform/lock-table.ts';
import { transact } from '../../platform/transact.ts';
import type { EncryptionKeys } from './key-encryption.ts';
import { nextStep, rotateSoon, type ScheduledKey, type Step } from './key-schedule.ts';
import type { GatewayTables } from './migrations.ts';
import { makeSealedKey, type SealedKey, sealAgain } from './sealed-key.ts';

export type StoredKey = ScheduledKey & { readonly sealed: SealedKey };

export type KeyStore = {
  readonly db: Kysely<GatewayTables>;
  readonly encryptionKeys: EncryptionKeys;
  /** How long a key's turn is. */
  readonly rotateMs: number;
};

/** Every key that was ever made, in the order in which they were. */
export async function readKeys(db: Kysely<GatewayTables>): Promise<readonly StoredKey[]> {
  const rows = await db.selectFrom('assertion_keys').selectAll().orderBy('number').execute();
  return rows.map((row) => ({
    kid: row.kid,
    number: row.number,
    createdAtMs: row.created_at_ms,
    signsFromMs: row.signs_from_ms,
    withdrawnAtMs: row.withdrawn_at_ms ?? undefined,
    sealed: { kid: row.kid, public_jwk: row.public_jwk, private_jwe: row.private_jwe },
  }));
}

/** Makes what is missing; the first call on a new database makes the first key and the next. @returns every key. */
export async function keepSchedule(store: KeyStore, nowMs: number): Promise<readonly StoredKey[]> {
  for (;;) {
    const keys = await readKeys(store.db);
    const decide = (known: readonly ScheduledKey[]) => nextStep(known, { nowMs, rotateMs: store.rotateMs });
    if (decide(keys).kind === 'none') return keys;
    await takeStep(store, decide, nowMs);
  }
}

/** The next key takes over as soon as it can without a refused request. */
export async function bringRotationForward(store: KeyStore, nowMs: number): Promise<readonly StoredKey[]> {
  await keepSchedule(store, nowMs);
  await takeStep(store, (known) => rotateSoon(known, nowMs), nowMs);
  return readKeys(store.db);
}

/**
 * For a leaked key. Who could read one of them could read all of them: every key is withdrawn, the one that waits for
 * its turn too, their private halves are removed, and a new one signs at once.
 */
export async function withdrawAll(store: KeyStore, nowMs: number): Promise<readonly StoredKey[]> {
  const made = await makeSealedKey(store.encryptionKeys);
  await transact(store.db, async (transaction) => {
    await lockTable(transaction, 'assertion_keys');
    const keys = await readKeys(transaction);
    const number = Math.max(0, ...keys.map((key) => key.number)) + 1;
    await transaction
      .updateTable('assertion_keys')
      .set({ withdrawn_at_ms: nowMs, private_jwe: '' })
      .where('withdrawn_at_ms', 'is', null)
      .execute();
    await insertKey(transaction, made, { number, createdAtMs: nowMs, signsFromMs: nowMs });
  });
  return keepSchedule(store, nowMs);
}

/** After `encryptionKey` was replaced: what an older one encrypts is encrypted with it. @throws where none of them opens it. */
export async function sealAllAgain({ db, encryptionKeys }: KeyStore): Promise<void> {
  for (const { kid, sealed } of await readKeys(db)) {
    const again = sealed.private_jwe === '' ? undefined : await sealAgain(sealed, encryptionKeys);
    if (again === undefined) continue;
    await db
      .updateTable('assertion_keys')
      .set({ private_jwe: again })
      .where('kid', '=', kid)
      // It may have been withdrawn in between.
      .where('private_jwe', '=', sealed.private_jwe)
      .execute();
  }
}

/** What is to be done is decided again inside the transaction: another gateway may have done it in the meantime. */
async function takeStep(
  { db, encryptionKeys }: KeyStore,
  decide: (keys: readonly ScheduledKey[]) => Step,
  nowMs: number,
): Promise<void> {
  const made = await makeSealedKey(encryptionKeys);
  const take = async (transaction: Transaction<GatewayTables>) => {
    await lockTable(transaction, 'assertion_keys');
    const step = decide(await readKeys(transaction));
    if (step.kind === 'make') await insertKey(transaction, made, { ...step, createdAtMs: nowMs });
    if (step.kind === 'reschedule')
      await transaction
        .updateTable('assertion_keys')
        .set({ signs_from_ms: step.signsFromMs })
        .where('kid', '=', step.kid)
        .execute();
  };
  await transact(db, take, { isIdempotent: true });
}

async function insertKey(
  db: Kysely<GatewayTables>,
  sealed: SealedKey,
  { number, createdAtMs, signsFromMs }: Pick<ScheduledKey, 'number' | 'createdAtMs' | 'signsFromMs'>,
): Promise<void> {
  await db
    .insertInto('assertion_keys')
    .values({
      ...sealed,
      number,
      created_at_ms: createdAtMs,
      signs_from_ms: signsFromMs,
      withdrawn_at_ms: null,
    })
    .execute();
}
