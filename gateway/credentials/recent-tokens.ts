// Tokens that were here some seconds ago, taken apart and hashed already: the same few come with every request. They are
// kept as they are for so long only; whatever is kept longer is kept by their digest.
import { hash } from 'node:crypto';
import { Recent } from '../../platform/recent.ts';
import type { Verdict } from './cache.ts';
import { type Claimed, readClaimed } from './owner.ts';

export type SeenToken = {
  /** The key by which verdicts are kept: a heap dump or a debugger does not show a credential that nobody uses. */
  readonly digest: string;
  readonly claimed: Claimed | undefined;
  /** The last that was given of it, and whose it is. */
  verdict: { readonly of: string; readonly given: Verdict } | undefined;
};

/** @returns what is known of a token, at once where it was here a moment ago. */
export function createTokenReader(): (token: string) => SeenToken {
  const recent = new Recent<SeenToken>({ maxEntries: 20_000, generationMs: 5000 });
  return (token) => {
    const known = recent.get(token);
    if (known !== undefined) return known;
    const claimed = readClaimed(token);
    const seen: SeenToken = { digest: hash('sha256', token, 'base64'), claimed, verdict: undefined };
    // What nobody verifies is not worth its place; nor is what would take that of many.
    if (claimed !== undefined && token.length <= maxKeptLength) recent.set(token, seen);
    return seen;
  };
}

/** Of those that facilities issue few are half as long. */
const maxKeptLength = 4096;
