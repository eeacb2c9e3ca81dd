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

export type RecentTokens = {
  /** @returns what is known of a token, at once where it was remembered a moment ago. */
  read(token: string): SeenToken;
  /** For tokens with a verdict alone: anybody can write one, and of what nobody verified nothing stays. */
  remember(token: string, seen: SeenToken): void;
};

export function createRecentTokens(): RecentTokens {
  const recent = new Recent<SeenToken>({ maxEntries: 20_000, maxCharacters: 16_777_216, generationMs: 5000 });
  return {
    read: (token) =>
      recent.get(token) ?? {
        digest: hash('sha256', token, 'base64'),
        claimed: readClaimed(token),
        verdict: undefined,
      },
    remember: (token, seen) => {
      // One that would take the place of many is taken apart each time.
      if (token.length <= maxKeptLength) recent.set(token, seen);
    },
  };
}

/** Of those that facilities issue few are half as long. */
const maxKeptLength = 4096;
