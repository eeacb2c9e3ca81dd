// The keys that sign assertions: made on the first start, kept encrypted in the database.
import {
  CompactEncrypt,
  type CryptoKey,
  calculateJwkThumbprint,
  compactDecrypt,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { GatewayTables } from './migrations.ts';

export type AssertionKey = {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** With `kid`, `alg` and `use`, as the JWKS publishes it (RFC 7517). */
  readonly publicJwk: JWK;
};

const algorithm = 'ES256';
const jwkSchema = z.looseObject({ kty: z.literal('EC') });

/**
 * Every key of the database, the newest first; the first start makes one.
 * @throws Error when the encryption key is not the one that the keys were encrypted with.
 */
export async function loadAssertionKeys(
  db: Kysely<GatewayTables>,
  encryptionKey: Uint8Array,
  now: () => number = Date.now,
): Promise<readonly [AssertionKey, ...AssertionKey[]]> {
  await ensureKey(db, encryptionKey, now());
  const rows = await db.selectFrom('assertion_keys').selectAll().orderBy('created_at_ms', 'desc').execute();
  const [first, ...others] = await Promise.all(rows.map((row) => decryptKey(row, encryptionKey)));
  if (first === undefined)
    throw new Error('the database has no assertion key although one has just been made');
  return [first, ...others];
}

/** In one transaction: two gateways that start at once on one database make one key between them. */
async function ensureKey(db: Kysely<GatewayTables>, encryptionKey: Uint8Array, nowMs: number): Promise<void> {
  const made = await makeKey(encryptionKey, nowMs);
  await db.transaction().execute(async (transaction) => {
    const known = await transaction.selectFrom('assertion_keys').select('kid').limit(1).executeTakeFirst();
    if (known === undefined) await transaction.insertInto('assertion_keys').values(made).execute();
  });
}

async function makeKey(encryptionKey: Uint8Array, nowMs: number): Promise<GatewayTables['assertion_keys']> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwe = await new CompactEncrypt(
    new TextEncoder().encode(JSON.stringify(await exportJWK(pair.privateKey))),
  )
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(encryptionKey);
  const published = { ...publicJwk, kid, alg: algorithm, use: 'sig' };
  return { kid, public_jwk: JSON.stringify(published), private_jwe: privateJwe, created_at_ms: nowMs };
}

async function decryptKey(
  row: GatewayTables['assertion_keys'],
  encryptionKey: Uint8Array,
): Promise<AssertionKey> {
  const { plaintext } = await compactDecrypt(row.private_jwe, encryptionKey, {
    keyManagementAlgorithms: ['dir'],
  }).catch((cause) => {
    if (!(cause instanceof errors.JOSEError)) throw cause;
    throw new Error(
      'the assertion keys in the database were encrypted with another key than assertion.encryptionKey: give the old one back, or delete the rows of assertion_keys to start with new ones',
      { cause },
    );
  });
  const privateKey = await importJWK(
    jwkSchema.parse(JSON.parse(new TextDecoder().decode(plaintext))),
    algorithm,
  );
  if (privateKey instanceof Uint8Array) throw new TypeError('an EC key was read as a symmetric one');
  return { kid: row.kid, privateKey, publicJwk: jwkSchema.parse(JSON.parse(row.public_jwk)) };
}
