// One assertion key as the database keeps it: made, encrypted, and opened again. It knows no schedule.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';
import { decryptWithAny, encrypt } from './jwe.ts';
import type { EncryptionKeys } from './key-encryption.ts';

export type AssertionKey = {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** With `kid`, `alg` and `use`, as the JWKS publishes it (RFC 7517). */
  readonly publicJwk: JWK;
};

/** As text, for the columns of these names. */
export type SealedKey = {
  readonly kid: string;
  readonly public_jwk: string;
  readonly private_jwe: string;
};

const algorithm = 'ES256';
const jwkSchema = z.looseObject({ kty: z.literal('EC') });

export async function makeSealedKey([encryptionKey]: EncryptionKeys): Promise<SealedKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateText = JSON.stringify(await exportJWK(pair.privateKey));
  const privateJwe = await encrypt(new TextEncoder().encode(privateText), encryptionKey);
  const published = { ...publicJwk, kid, alg: algorithm, use: 'sig' };
  return { kid, public_jwk: JSON.stringify(published), private_jwe: privateJwe };
}

/** @throws Error when it was encrypted with none of the keys. */
export async function openSealedKey(
  sealed: SealedKey,
  encryptionKeys: EncryptionKeys,
): Promise<AssertionKey> {
  const plaintext = await open(sealed.private_jwe, encryptionKeys);
  const jwk = jwkSchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return { kid: sealed.kid, privateKey, publicJwk: jwkSchema.parse(JSON.parse(sealed.public_jwk)) };
}

/** @returns the private half encrypted anew; `undefined`: it is encrypted with the first key already. @throws as above. */
export async function sealAgain(
  { private_jwe: jwe }: Pick<SealedKey, 'private_jwe'>,
  encryptionKeys: EncryptionKeys,
): Promise<string | undefined> {
  const [current] = encryptionKeys;
  if ((await decryptWithAny(jwe, [current])) !== undefined) return undefined;
  return encrypt(await open(jwe, encryptionKeys), current);
}

async function open(jwe: string, keys: EncryptionKeys): Promise<Uint8Array> {
  const plaintext = await decryptWithAny(jwe, keys);
  if (plaintext !== undefined) return plaintext;
  throw new Error(
    'the assertion keys in the database were encrypted with another key than assertion.encryptionKey: give the old one back, as assertion.previousEncryptionKeys, or delete the rows of assertion_keys to start with new ones',
  );
}
