// A provider's tokens as the database keeps them: a JWE by a key of the config, `dir` with A256GCM (RFC 7516, RFC 7518
// section 5.3). A key that was replaced still opens what it has sealed.
import { createHash } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, errors } from 'jose';
import { z } from 'zod';
import type { EncryptionKeys } from '../store/key-encryption.ts';
import type { Tokens } from './session.ts';

/** Encrypts tokens for the database, and opens them again. */
export type TokenSeal = {
  seal(tokens: Tokens): Promise<string>;
  /** `undefined`: the key is gone that sealed them. */
  open(sealed: string): Promise<Tokens | undefined>;
};

const tokensSchema = z.object({
  refreshToken: z.string().optional(),
  idToken: z.string().optional(),
  accessExpiresAtMs: z.number().optional(),
});

export function createTokenSeal(keys: EncryptionKeys): TokenSeal {
  const [current] = keys;
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]));
  return {
    seal: (tokens) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(tokens)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: keyIdOf(current) })
        .encrypt(current),
    open: async (sealed) => {
      const plaintext = await decrypt(sealed, ({ kid }) => byId.get(kid ?? '') ?? current);
      if (plaintext === undefined) return undefined;
      const { refreshToken, idToken, accessExpiresAtMs } = readTokens(plaintext);
      return { refreshToken, idToken, accessExpiresAtMs };
    },
  };
}

async function decrypt(
  sealed: string,
  keyOf: (header: { readonly kid?: string }) => Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    const { plaintext } = await compactDecrypt(sealed, keyOf, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return plaintext;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function readTokens(plaintext: Uint8Array): Partial<Tokens> {
  return tokensSchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
}

/** Says which key, and nothing about it. */
function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update('beamgate-key-id').update(key).digest('base64url').slice(0, 12);
}
