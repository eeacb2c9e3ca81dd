// A sign-in that has begun and is not finished: it lies in a cookie of the browser that began it, encrypted, and nowhere
// else, so that a flood of them costs the gateway nothing, and nobody else's browser can finish it.
import { hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { makeRandomText } from '../sessions/random.ts';
import { decryptWithAny, encrypt } from '../store/jwe.ts';
import type { EncryptionKeys } from '../store/key-encryption.ts';

const pendingSchema = z.object({
  provider: z.string(),
  /** What the provider gives back with its answer (RFC 6749 section 10.12). */
  state: z.string(),
  /** What the ID token has to repeat (OpenID Connect Core 1.0 section 3.1.2.1). */
  nonce: z.string(),
  /** RFC 7636 */
  verifier: z.string(),
  createdAtMs: z.number(),
  /** What `/login` was asked for, read anew when the sign-in is done. */
  parameters: z.record(z.string(), z.string()),
});

export type PendingLogin = z.output<typeof pendingSchema>;

export type PendingSeal = {
  seal(pending: PendingLogin): Promise<string>;
  /** `undefined`: it was not sealed by this gateway, or is altered. */
  open(sealed: string): Promise<PendingLogin | undefined>;
};

/** A page of a provider that is left open overnight is no sign-in any more. */
export const pendingLivesMs = 10 * 60_000;

/** The name of a pending login, which its cookie's name and its `state` begin with; it tells when it was made. */
export function makePendingId(nowMs: number): string {
  return `${nowMs.toString(36)}-${randomBytes(9).toString('base64url')}`;
}

export function makePendingLogin(
  id: string,
  wanted: Pick<PendingLogin, 'provider' | 'parameters' | 'createdAtMs'>,
): PendingLogin {
  return {
    ...wanted,
    state: `${id}.${makeRandomText()}`,
    nonce: makeRandomText(),
    verifier: makeRandomText(),
  };
}

/** @returns the id that a `state` names; of anything else `undefined`. */
export function idOfState(state: string): string | undefined {
  return /^([0-9a-z]{6,12}-[A-Za-z0-9_-]{12})\.[A-Za-z0-9_-]{43}$/.exec(state)?.[1];
}

export function createPendingSeal([first, ...replaced]: EncryptionKeys): PendingSeal {
  // Keys of its own: what is sealed for another purpose is no pending login, and the other way round.
  const current = deriveKey(first);
  const keys: EncryptionKeys = [current, ...replaced.map(deriveKey)];
  return {
    // Deep links are long, a cookie is not.
    seal: (pending) => encrypt(deflateRawSync(JSON.stringify(pending)), current),
    open: async (sealed) => {
      const plaintext = await decryptWithAny(sealed, keys);
      return plaintext && pendingSchema.parse(JSON.parse(inflateRawSync(plaintext).toString('utf8')));
    },
  };
}

function deriveKey(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', 'beamgate pending login', 32));
}
