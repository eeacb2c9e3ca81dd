// Tokens that were here some seconds ago, taken apart and hashed already: the same few come with every request. They are
// kept as they are for so long only; whatever is kept longer is kept by their digest.
import { hash } from 'node:crypto';
import { Recent } from '../../platform/recent.ts';
import { type Claimed, readClaimed } from './owner.ts';

export type SeenToken = {
  /** The key by which verdicts are kept: a heap dump or a debugger does not show a credential that nobody uses. */
  readonly digest: string;
  readonly claimed: Claimed | undefined;
};

/** @returns what is known of a token, at once where it was here a moment ago. */
export function createTokenReader(): (token: string) => SeenToken {
  const recent = new Recent<SeenToken>({ maxEntries: 20_000, generationMs: 5000 });
  return (token) => {
    const known = recent.get(token);
    if (known !== undefined) return known;
    const seen = { digest: hash('sha256', token, 'base64'), claimed: readClaimed(token) };
    // What nobody verifies is not worth its place; nor is what would take that of many.
    if (seen.claimed !== undefined && token.length <= maxKeptLength) recent.set(token, seen);
    return seen;
  };
}

/** Of those that facilities issue few are half as long. */
const maxKeptLength = 4096;
