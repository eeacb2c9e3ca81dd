// Session ids, codes and nonces: 256 random bits, of which the database knows the hash alone.
import { hash, randomBytes } from 'node:crypto';

/** 43 characters of base64url. */
export function makeRandomText(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 suffices: what is hashed cannot be guessed. */
export function hashOf(text: string): string {
  return hash('sha256', text, 'base64url');
}
