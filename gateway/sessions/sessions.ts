// Everybody's sessions: begun at sign-in, found by the id in a cookie, carried to other hosts, ended on every replica. An
// id is known to one browser alone; the database knows its hash.
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { Kysely } from 'kysely';
import type { TimeSource } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Notices } from '../../platform/notices.ts';
import type { NowOrLater } from '../../platform/now-or-later.ts';
import { transact } from '../../platform/transact.ts';
import type { GatewayTables } from '../store/migrations.ts';
import { endAllOf, endByLogout, endSession } from './ending.ts';
import type { EndedBy, SessionEvents } from './events.ts';
import { SessionFinder } from './find.ts';
import { type Handover, redeemHandover, storeHandover } from './handover.ts';
import type { Logout } from './logout-token.ts';
import { hashOf, makeRandomText } from './random.ts';
import { Refresher, type RefreshTokens, refreshTimes, type VouchesFor } from './refresh.ts';
import type { Account, Lifetime, Session, SignedIn } from './session.ts';
import { SessionCache } from './session-cache.ts';
import { insertId, insertSession, listSessions, type SessionFilter, type Whose } from './store.ts';
import type { TokenSeal } from './token-seal.ts';

export type SessionSettings = {
  readonly lifetime: Lifetime;
  /** On a computer that others use too. */
  readonly sharedLifetime: Lifetime;
  /** How long one that was looked up counts without a look into the database. */
  readonly cacheMs: number;
};

export type SessionsOptions = {
  readonly db: Kysely<GatewayTables>;
  readonly notices: Notices;
  /** Asked anew each time: a reload may have changed them. */
  readonly settings: () => SessionSettings;
  readonly seal: TokenSeal;
  readonly refreshTokens: RefreshTokens;
  /** Whether the provider of that name is still what the digest was made of. Asked anew each time. */
  readonly vouchesFor: VouchesFor;
  readonly events: SessionEvents;
  readonly clock: TimeSource;
  readonly log: Logger;
};

/** What the provider needs to be told of a session that has ended. */
export type Ended = { readonly provider: string; readonly idToken: string | undefined };

const topic = 'sessions';
/** Of 36 characters each, in a notice of less than 8000. */
const maxKeysInNotice = 200;
const maxListed = 200;
const waitForReplicaMs = 200;

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #cache: SessionCache;
  readonly #refresher: Refresher;
  readonly #finder: SessionFinder;
  readonly #changes = new EventEmitter().setMaxListeners(0);

  constructor(options: SessionsOptions) {
    const { db, notices, seal, refreshTokens, vouchesFor, events, clock, log } = options;
    this.#options = options;
    this.#cache = new SessionCache(
      () => options.settings().cacheMs,
      () => clock.elapsed(),
    );
    const changed = (key: string) => this.#tell([key]);
    const untilChanged = (key: string) => this.#untilChanged(key);
    const stale = (key: string) => this.#cache.markStale([key]);
    const now = () => clock.now();
    const refreshing = {
      db,
      seal,
      refreshTokens,
      vouchesFor,
      changed,
      stale,
      untilChanged,
      events,
      now,
      log,
    };
    this.#refresher = new Refresher(refreshing);
    this.#finder = new SessionFinder({ db, cache: this.#cache, refresher: this.#refresher, now, log });
    notices.subscribe(topic, (keys) => this.#hear(keys.split(' ')));
    notices.onGap(() => this.#cache.markStale());
  }

  /** Always with a new id: one that was there before the sign-in is worth nothing afterwards. @param host of `cookiePlace`. */
  async begin(signedIn: SignedIn, host: string): Promise<{ readonly id: string; readonly session: Session }> {
    const { db, settings, seal, clock } = this.#options;
    const nowMs = clock.now();
    const { lifetime, sharedLifetime } = settings();
    const { idleMs, maxMs } = signedIn.isShared ? sharedLifetime : lifetime;
    // Of a provider that renews nothing (SciCat), its token's end is the session's.
    const { expiresAt = Number.POSITIVE_INFINITY } = signedIn.identity;
    const session = sessionOf(signedIn, {
      nowMs,
      expiresAtMs: Math.min(nowMs + maxMs, Math.floor(expiresAt * 1000)),
    });
    const { tokens = noTokens, providerDigest } = signedIn;
    const sealedTokens = tokens === noTokens ? undefined : await seal.seal(tokens);
    const stored = { session, providerDigest, idleMs, sealedTokens, ...refreshTimes(tokens, nowMs) };
    const id = makeRandomText();
    const insert = async (transaction: Kysely<GatewayTables>) => {
      await insertSession(transaction, stored);
      await insertId(transaction, { idHash: hashOf(id), sessionKey: session.key, host, nowMs });
    };
    await transact(db, insert, { isIdempotent: true });
    return { id, session };
  }

  /**
   * The session of a cookie's value, which counts as its use, and refreshes it when that is due.
   * @returns `undefined`: none that lives, or another host's id. @throws Unavailable where the database is away.
   */
  find(id: string, host: string): NowOrLater<Session | undefined> {
    return this.#finder.find(id, host);
  }

  /** @returns a code that is good once, for 30 s, on that host and with that nonce; `undefined`: the session has ended. */
  async handOver({ key }: Session, to: Handover): Promise<string | undefined> {
    const code = await storeHandover(this.#options.db, key, to, this.#options.clock.now());
    // It was known here all the same: whoever is sent to sign in would be taken for signed in, and sent on again.
    if (code === undefined) this.#cache.markStale([key]);
    return code;
  }

  /** @returns the id for that host's cookie and the page that was wanted; `undefined`: the code is good for nothing. */
  redeem(
    code: string,
    at: { readonly host: string; readonly nonce: string },
  ): Promise<{ readonly id: string; readonly returnTo: string } | undefined> {
    return redeemHandover(this.#options.db, code, at, this.#options.clock.now());
  }

  /** @param owner where somebody may end their own sessions only. @returns `undefined`: there is no such session. */
  async end(key: string, owner?: Account): Promise<Ended | undefined> {
    const { db, seal } = this.#options;
    const stored = await endSession(db, key, owner);
    if (stored === undefined) return undefined;
    await this.#over('person', [key]);
    const { sealedTokens, session } = stored;
    const tokens = sealedTokens === undefined ? undefined : await seal.open(sealedTokens);
    return { provider: session.provider, idToken: tokens?.idToken };
  }

  /** By its provider's word, which counts once. @returns how many sessions there were. */
  async logOut(logout: Logout & Whose): Promise<number | 'seen_before'> {
    const keys = await endByLogout(this.#options.db, logout);
    if (keys === undefined) return 'seen_before';
    await this.#over('logout', keys);
    return keys.length;
  }

  /** All of somebody's. @returns how many there were. */
  async endBySubject(provider: string, subject: string): Promise<number> {
    const keys = await endAllOf(this.#options.db, { provider, subject, sid: undefined });
    await this.#over('person', keys);
    return keys.length;
  }

  /** Somebody's own, the last used first. */
  listOf(account: Account): Promise<readonly Session[]> {
    return listSessions(this.#options.db, { account, limit: maxListed }, this.#options.clock.now());
  }

  /** Everybody's, the last used first. @param filter only of those whose user name contains it. */
  listAll(filter: Pick<SessionFilter, 'username'> = {}): Promise<readonly Session[]> {
    return listSessions(this.#options.db, { ...filter, limit: maxListed }, this.#options.clock.now());
  }

  /** Resolves when what is under way is stored: new tokens, and when each was last used. */
  async settle(): Promise<void> {
    await Promise.all([this.#refresher.settle(), this.#finder.settle()]);
  }

  async #over(by: EndedBy, keys: readonly string[]): Promise<void> {
    this.#options.events.ended(by, keys.length);
    await this.#tell(keys);
  }

  /** Everybody reads them again before they count; a replica that does not hear it does so within `cacheMs`. */
  async #tell(keys: readonly string[]): Promise<void> {
    this.#hear(keys);
    const { notices, log } = this.#options;
    try {
      for (let at = 0; at < keys.length; at += maxKeysInNotice)
        await notices.publish(topic, keys.slice(at, at + maxKeysInNotice).join(' '));
    } catch (error) {
      log.warn({ error }, 'the other gateways were not told of a session that has changed');
    }
  }

  #hear(keys: readonly string[]): void {
    this.#cache.markStale(keys);
    for (const key of keys) this.#changes.emit(`session ${key}`);
  }

  async #untilChanged(key: string): Promise<void> {
    await once(this.#changes, `session ${key}`, { signal: AbortSignal.timeout(waitForReplicaMs) }).catch(
      () => undefined,
    );
  }
}

const noTokens = { refreshToken: undefined, idToken: undefined, accessExpiresAtMs: undefined };

function sessionOf(
  signedIn: SignedIn,
  { nowMs, expiresAtMs }: { readonly nowMs: number; readonly expiresAtMs: number },
): Session {
  const { identity, sid, authTimeMs, acr, device, address, isShared } = signedIn;
  return {
    key: randomUUID(),
    // What is signed of it ends with the session at the latest.
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
