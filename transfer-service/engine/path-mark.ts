// Marks paths in eight bytes each, so that a list of any length can be remembered.
import { hash, randomBytes } from 'node:crypto';

/** @returns a function whose key nobody else has, so that nobody can make two paths that are taken for one. */
export function createPathMark(): (path: string) => bigint {
  const key = randomBytes(16).toString('hex');
  return (path) => hash('sha256', key + path, 'buffer').readBigUInt64LE(0);
}
