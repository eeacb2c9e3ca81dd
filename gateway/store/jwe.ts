// What the gateway keeps for itself outside its memory, encrypted with a key of the config: a compact JWE, `dir` with
// A256GCM and nothing else (RFC 7516, RFC 7518 section 5.3).
import { CompactEncrypt, compactDecrypt, errors } from 'jose';
import type { EncryptionKeys } from './key-encryption.ts';

export function encrypt(plaintext: Uint8Array, key: Uint8Array): Promise<string> {
  return new CompactEncrypt(plaintext).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);
}

/** @returns `undefined`: it was encrypted with none of the keys, or is altered. */
export async function decryptWithAny(jwe: string, keys: EncryptionKeys): Promise<Uint8Array | undefined> {
  for (const key of keys) {
    const plaintext = await decrypt(jwe, key);
    if (plaintext !== undefined) return plaintext;
  }
  return undefined;
}

const accepted = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };

async function decrypt(jwe: string, key: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return (await compactDecrypt(jwe, key, accepted)).plaintext;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
