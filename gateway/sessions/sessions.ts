// Everybody's sessions: begun at sign-in, found by the id in a cookie, carried to other hosts, ended. The cookie's id is
// known to the browser alone; the database knows its hash.
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { GatewayTables } from '../store/migrations.ts';
import { isRandomText } from './cookies.ts';
import { type Handover, redeemHandover, storeHandover } from './handover.ts';
import { hashOf, makeRandomText } from './random.ts';
import type { Account, Lifetime, Session, SignedIn, Tokens } from './session.ts';
import {
  deleteAllOf,
  deleteSession,
  fetchById,
  insertId,
  insertSession,
  listSessions,
  storeUse,
  type Whose,
} from './store.ts';

export type SessionSettings = {
  readonly lifetime: Lifetime;
  /** On a computer that others use too. */
  readonly sharedLifetime: Lifetime;
};

export type SessionsOptions = {
  readonly db: Kysely<GatewayTables>;
  /** Asked anew each time: a reload may have changed them. */
  readonly settings: () => SessionSettings;
  readonly tokens: TokenSeal;
  readonly now?: () => number;
};

/** Encrypts tokens for the database, and opens them again. */
export type TokenSeal = {
  seal(tokens: Tokens): Promise<string>;
  /** `undefined`: the key is gone that sealed them. */
  open(sealed: string): Promise<Tokens | undefined>;
};

/** What the provider needs to be told of a session that has ended. */
export type Ended = { readonly provider: string; readonly idToken: string | undefined };

const useIsStoredEveryMs = 60_000;

export class Sessions {
  readonly #db: Kysely<GatewayTables>;
  readonly #settings: () => SessionSettings;
  readonly #tokens: TokenSeal;
  readonly #now: () => number;

  constructor({ db, settings, tokens, now = Date.now }: SessionsOptions) {
    this.#db = db;
    this.#settings = settings;
    this.#tokens = tokens;
    this.#now = now;
  }

  /** Always with a new id: one that was there before the sign-in is worth nothing afterwards. @param host of `cookiePlace`. */
  async begin(signedIn: SignedIn, host: string): Promise<{ readonly id: string; readonly session: Session }> {
    const nowMs = this.#now();
    const { lifetime, sharedLifetime } = this.#settings();
    const { idleMs, maxMs } = signedIn.isShared ? sharedLifetime : lifetime;
    const session = sessionOf(signedIn, { nowMs, expiresAtMs: nowMs + maxMs });
    const { tokens } = signedIn;
    const sealedTokens = tokens === undefined ? undefined : await this.#tokens.seal(tokens);
    const refreshDueAtMs = tokens?.refreshToken === undefined ? undefined : tokens.accessExpiresAtMs;
    const id = makeRandomText();
    await this.#db.transaction().execute(async (transaction) => {
      await insertSession(transaction, { session, idleMs, sealedTokens, refreshDueAtMs });
      await insertId(transaction, { idHash: hashOf(id), sessionKey: session.key, host, nowMs });
    });
    return { id, session };
  }

  /** The session of a cookie's value, which counts as its use. @returns `undefined`: none that lives, or another host's id. */
  async find(id: string, host: string): Promise<Session | undefined> {
    if (!isRandomText(id)) return undefined;
    const nowMs = this.#now();
    const stored = await fetchById(this.#db, hashOf(id), nowMs);
    if (stored === undefined || stored.host !== host) return undefined;
    if (nowMs - stored.session.lastSeenAtMs >= useIsStoredEveryMs) await storeUse(this.#db, stored, nowMs);
    return stored.session;
  }

  /** @returns a code that is good once, for 30 s, on that host and with that nonce. */
  handOver(session: Session, to: Handover): Promise<string> {
    return storeHandover(this.#db, session.key, to, this.#now());
  }

  /** @returns the id for that host's cookie and the page that was wanted; `undefined`: the code is good for nothing. */
  redeem(
    code: string,
    at: { readonly host: string; readonly nonce: string },
  ): Promise<{ readonly id: string; readonly returnTo: string } | undefined> {
    return redeemHandover(this.#db, code, at, this.#now());
  }

  /** @param owner where somebody may end their own sessions only. @returns `undefined`: there is no such session. */
  async end(key: string, owner?: Account): Promise<Ended | undefined> {
    const stored = await deleteSession(this.#db, key, owner);
    if (stored === undefined) return undefined;
    const { sealedTokens, session } = stored;
    const tokens = sealedTokens === undefined ? undefined : await this.#tokens.open(sealedTokens);
    return { provider: session.provider, idToken: tokens?.idToken };
  }

  /** @returns how many there were. */
  endBySid(provider: string, sid: string): Promise<number> {
    return this.#endAllOf({ provider, sid });
  }

  /** @returns how many there were. */
  endBySubject(provider: string, subject: string): Promise<number> {
    return this.#endAllOf({ provider, subject });
  }

  /** Somebody's own, the last used first. */
  listOf(account: Account): Promise<readonly Session[]> {
    return listSessions(this.#db, { account, limit: maxListed }, this.#now());
  }

  /** Everybody's, the last used first. @param username only of those whose user name contains it. */
  listAll(filter: { readonly username?: string } = {}): Promise<readonly Session[]> {
    return listSessions(this.#db, { ...filter, limit: maxListed }, this.#now());
  }

  async #endAllOf(whose: Whose): Promise<number> {
    return (await deleteAllOf(this.#db, whose)).length;
  }
}

const maxListed = 200;

function sessionOf(
  signedIn: SignedIn,
  { nowMs, expiresAtMs }: { readonly nowMs: number; readonly expiresAtMs: number },
): Session {
  const { identity, sid, authTimeMs, acr, device, address, isShared } = signedIn;
  return {
    key: randomUUID(),
    // What is signed of it ends with the session at the latest, and not with the token that it began with.
    identity: { ...identity, expiresAt: Math.floor(expiresAtMs / 1000) },
    provider: identity.provider,
    sid,
    authTimeMs,
    acr,
    createdAtMs: nowMs,
    lastSeenAtMs: nowMs,
    expiresAtMs,
    device: device.slice(0, 200),
    address,
    isShared,
  };
}
