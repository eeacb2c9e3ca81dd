// What a session is, and what it is made from. Types only.
import type { Identity } from '../types.ts';

/** Somebody has just signed in. Times are epoch milliseconds. */
export type SignedIn = {
  readonly identity: Identity;
  /** Of the provider that vouched for it. */
  readonly providerDigest: string;
  /** The provider's name for its own session, for back-channel logout. */
  readonly sid: string | undefined;
  /** When the provider last saw the person prove who they are. */
  readonly authTimeMs: number;
  readonly acr: string | undefined;
  /** What the provider gave besides; `undefined`: nothing to refresh. */
  readonly tokens: Tokens | undefined;
  /** The browser, in words for its owner. */
  readonly device: string;
  readonly address: string | undefined;
  /** On a computer that others use too: it ends sooner. */
  readonly isShared: boolean;
};

export type Tokens = {
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  readonly accessExpiresAtMs: number | undefined;
};

/** Times are epoch milliseconds. */
export type Session = {
  /** A random name that grants nothing: pages and log lines may show it. */
  readonly key: string;
  /** The same object for as long as nothing of it changes. */
  readonly identity: Identity;
  readonly provider: string;
  readonly sid: string | undefined;
  readonly authTimeMs: number;
  readonly acr: string | undefined;
  readonly createdAtMs: number;
  /** To the minute. */
  readonly lastSeenAtMs: number;
  /** However much it is used, it ends then. */
  readonly expiresAtMs: number;
  readonly device: string;
  readonly address: string | undefined;
  readonly isShared: boolean;
};

/** Whose sessions: one account at one provider. */
export type Account = { readonly provider: string; readonly subject: string };

/** How long a session lasts, in milliseconds: without a request, and at most. */
export type Lifetime = { readonly idleMs: number; readonly maxMs: number };
