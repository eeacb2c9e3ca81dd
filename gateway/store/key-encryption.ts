// The key that encrypts what the gateway keeps in its database: given by config, or a file made on the first start
// that only its owner may read. Without it a stolen database signs nothing.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Secret } from '../../platform/config/secrets.ts';

export type EncryptionKeySource = { readonly secret: Secret } | { readonly generatedFile: string };

/** @returns 32 bytes. @throws Error that says where it looked and what a key looks like. */
export function readEncryptionKey(source: EncryptionKeySource): Uint8Array {
  if ('secret' in source) return decodeKey(source.secret.reveal(), source.secret.place);
  const file = source.generatedFile;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    // Fails where the file is there already, so that two starts at once cannot each make one.
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return decodeKey(readFileSync(file, 'utf8').trim(), file);
}

function decodeKey(text: string, place: string): Uint8Array {
  const key = Buffer.from(text, 'base64url');
  if (key.length === 32) return key;
  throw new Error(
    `the encryption key in ${place} is not 32 bytes in base64url; make one with: openssl rand -base64 32 | tr '+/' '-_'`,
  );
}
