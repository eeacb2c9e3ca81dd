// One assertion key as the database keeps it: made, encrypted, and opened again. It knows no schedule.
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
import { z } from 'zod';

export type AssertionKey = {
  readonly kid: string;
  readonly privateKey: CryptoKey;
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

export async function makeSealedKey(encryptionKey: Uint8Array): Promise<SealedKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateText = JSON.stringify(await exportJWK(pair.privateKey));
  const privateJwe = await new CompactEncrypt(new TextEncoder().encode(privateText))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(encryptionKey);
  const published = { ...publicJwk, kid, alg: algorithm, use: 'sig' };
  return { kid, public_jwk: JSON.stringify(published), private_jwe: privateJwe };
}

/** @throws Error when it was encrypted with another key. */
export async function openSealedKey(sealed: SealedKey, encryptionKey: Uint8Array): Promise<AssertionKey> {
  const { plaintext } = await compactDecrypt(sealed.private_jwe, encryptionKey, {
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
  return { kid: sealed.kid, privateKey, publicJwk: jwkSchema.parse(JSON.parse(sealed.public_jwk)) };
}
