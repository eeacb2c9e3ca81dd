// The key that encrypts what the gateway keeps in its database: given by config, or a file made on the first start
// that only its owner may read. Without it a stolen database signs nothing.
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Secret } from '../../platform/config/secrets.ts';

export type EncryptionKeySource = { readonly secret: Secret } | { readonly generatedFile: string };

/** 32 bytes each: the first encrypts, all of them decrypt. */
export type EncryptionKeys = readonly [Uint8Array, ...Uint8Array[]];

/** @param previous those that were replaced. @throws as `readEncryptionKey`. */
export function readEncryptionKeys(source: EncryptionKeySource, previous: readonly Secret[]): EncryptionKeys {
  return [readEncryptionKey(source), ...previous.map((secret) => readEncryptionKey({ secret }))];
}

/** @returns 32 bytes. @throws Error that says where it looked and what a key looks like. */
export function readEncryptionKey(source: EncryptionKeySource): Uint8Array {
  if ('secret' in source) return decodeKey(source.secret.reveal(), source.secret.place);
  const file = source.generatedFile;
  if (!existsSync(file)) makeKeyFile(file);
  return decodeKey(readFileSync(file, 'utf8').trim(), file);
}

/** Whole or not at all, and never over another: of two starts at once one makes the key, and both read that one. */
function makeKeyFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(draft);
  }
}

function decodeKey(text: string, place: string): Uint8Array {
  const key = Buffer.from(text, 'base64url');
  if (key.length === 32) return key;
  throw new Error(
    `the encryption key in ${place} is not 32 bytes in base64url; make one with: openssl rand -base64 32 | tr '+/' '-_'`,
  );
}
