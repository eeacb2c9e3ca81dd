// A provider's tokens as the database keeps them: encrypted with a key of the config. A key that was replaced still opens
// what it has sealed.
import { z } from 'zod';
import { decryptWithAny, encrypt } from '../store/jwe.ts';
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
  return {
    seal: (tokens) => encrypt(new TextEncoder().encode(JSON.stringify(tokens)), current),
    open: async (sealed) => {
      const plaintext = await decryptWithAny(sealed, keys);
      if (plaintext === undefined) return undefined;
      const { refreshToken, idToken, accessExpiresAtMs } = readTokens(plaintext);
      return { refreshToken, idToken, accessExpiresAtMs };
    },
  };
}

function readTokens(plaintext: Uint8Array): Partial<Tokens> {
  return tokensSchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
}
