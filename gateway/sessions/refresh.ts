// Keeps a session in step with its provider: before the access token ends, its refresh token is exchanged, once for all
// requests of all replicas, which hold a lease on the row in turn. Who comes before the end need not wait for it.
import type { Kysely } from 'kysely';
import type { Logger } from '../../platform/log.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import type { GatewayTables } from '../store/migrations.ts';
import type { Identity } from '../types.ts';
import type { EndedBy, SessionEvents } from './events.ts';
import type { Session, Tokens } from './session.ts';
import { fetchByKey, type StoredSession } from './store.ts';
import { deleteVersion, postponeRefresh, storeRefreshed, takeRefreshLease } from './store-refresh.ts';
import type { TokenSeal } from './token-seal.ts';

export type Refreshed = { readonly identity: Identity; readonly tokens: Tokens };

/**
 * Asks the provider. @returns `refused` where it does not know the session any more, or the provider is none of ours.
 * @throws Unavailable when it does not answer.
 */
export type RefreshTokens = (
  session: Pick<Session, 'provider' | 'identity'>,
  tokens: Tokens,
) => Promise<Refreshed | 'refused'>;

export type VouchesFor = (provider: string, digest: string) => boolean;

export type RefreshOutcome = 'changed' | 'unchanged' | 'ended';

export type Refreshing = {
  readonly db: Kysely<GatewayTables>;
  readonly seal: TokenSeal;
  readonly refreshTokens: RefreshTokens;
  readonly vouchesFor: VouchesFor;
  /** Tells everybody, this process too, to read the session again. */
  readonly changed: (key: string) => Promise<void>;
  /** It has changed, and whoever changed it tells: this process reads it again also where it is not told. */
  readonly stale: (key: string) => void;
  /** Resolves when the session has changed, or after a moment. */
  readonly untilChanged: (key: string) => Promise<void>;
  readonly events: SessionEvents;
  readonly now: () => number;
  readonly log: Logger;
};

/** Longer than a question to a provider may take. */
const leaseMs = 20_000;
/** Between two questions to a provider that is down. */
const retryMs = 30_000;
const aheadMs = 30_000;

export class Refresher {
  readonly #parts: Refreshing;
  readonly #running = new Map<string, Promise<RefreshOutcome>>();
  /** What a provider gave while the database was away: it may give nothing for the old token any more. */
  readonly #unstored = new Map<string, { readonly version: number; readonly refreshed: Refreshed }>();

  constructor(parts: Refreshing) {
    this.#parts = parts;
  }

  /** Whether its provider is still the one that it was begun with: another one of that name knows nothing of it. */
  isVouchedFor({ session, providerDigest }: StoredSession): boolean {
    return this.#parts.vouchesFor(session.provider, providerDigest);
  }

  /** What the session needs at this moment: to go on as it is, a refresh in the background, or one before it counts. */
  needOf(stored: StoredSession): 'nothing' | 'soon' | 'now' {
    if (!this.isVouchedFor(stored)) return 'now';
    const { refreshDueAtMs, accessExpiresAtMs } = stored;
    const nowMs = this.#parts.now();
    if (refreshDueAtMs === undefined || nowMs < refreshDueAtMs) return 'nothing';
    return nowMs < (accessExpiresAtMs ?? refreshDueAtMs) ? 'soon' : 'now';
  }

  /** One at a time for a session. @throws Unavailable where the database is away; a provider's outage changes nothing. */
  refresh(stored: StoredSession): Promise<RefreshOutcome> {
    const { key } = stored.session;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const begun = this.#inTurn(stored).finally(() => this.#running.delete(key));
    this.#running.set(key, begun);
    return begun;
  }

  /** Never throws. */
  begin(stored: StoredSession): void {
    const { key } = stored.session;
    if (this.#running.has(key)) return;
    this.refresh(stored).then(
      () => this.#parts.stale(key),
      (error: unknown) => this.#parts.log.warn({ session: key, error }, 'a session could not be refreshed'),
    );
  }

  /** A token that was exchanged is stored before this resolves. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }

  async #inTurn(stored: StoredSession): Promise<RefreshOutcome> {
    const { db, now, untilChanged } = this.#parts;
    const { key } = stored.session;
    for (;;) {
      if (!this.isVouchedFor(stored)) return this.#endOfAnother(stored);
      const nowMs = now();
      const isOurs = await takeRefreshLease(db, stored, { nowMs, untilMs: nowMs + leaseMs });
      if (isOurs) return this.#exchange(stored);
      const current = await fetchByKey(db, key, nowMs);
      if (current === undefined) return 'ended';
      if (current.version !== stored.version) return 'changed';
      if (this.needOf(current) !== 'now') return 'unchanged';
      await untilChanged(key);
    }
  }

  async #exchange(stored: StoredSession): Promise<RefreshOutcome> {
    const { db, refreshTokens, seal, changed, events, now, log } = this.#parts;
    const { key, provider } = stored.session;
    const before = stored.sealedTokens === undefined ? undefined : await seal.open(stored.sealedTokens);
    if (before?.refreshToken === undefined) return this.#endRefused(stored, 'its tokens cannot be opened');
    // Another one would be shown a token that is not for it.
    if (!this.isVouchedFor(stored)) return this.#endOfAnother(stored);
    try {
      const unstored = this.#unstored.get(key);
      const refreshed =
        unstored?.version === stored.version
          ? unstored.refreshed
          : await refreshTokens(stored.session, before);
      if (refreshed === 'refused') return this.#endRefused(stored, 'its provider refuses to go on with it');
      // OpenID Connect Core 1.0 section 12.2: it is the same person, or a mix-up.
      if (!isSamePerson(refreshed.identity, stored.session.identity))
        return this.#endRefused(stored, 'its provider named somebody else');
      this.#unstored.set(key, { version: stored.version, refreshed });
      const tokens = {
        refreshToken: refreshed.tokens.refreshToken ?? before.refreshToken,
        idToken: refreshed.tokens.idToken ?? before.idToken,
        accessExpiresAtMs: refreshed.tokens.accessExpiresAtMs,
      };
      const identity = { ...refreshed.identity, expiresAt: stored.session.identity.expiresAt };
      const isStored = await storeRefreshed(db, stored, {
        identity,
        sealedTokens: await seal.seal(tokens),
        ...refreshTimes(tokens, now()),
      });
      this.#unstored.delete(key);
      events.refreshed(provider, 'renewed');
      if (!isStored) return 'ended';
      await changed(key);
      return 'changed';
    } catch (error) {
      if (!(error instanceof Unavailable) || error.dependency === 'database') throw error;
      events.refreshed(provider, 'outage');
      log.warn({ session: key, provider, reason: error.reason, error }, 'a session could not be refreshed');
      await postponeRefresh(db, stored, now() + retryMs);
      await changed(key);
      return 'unchanged';
    }
  }

  #endRefused(stored: StoredSession, why: string): Promise<'ended'> {
    this.#parts.events.refreshed(stored.session.provider, 'refused');
    return this.#end(stored, 'refresh', why);
  }

  #endOfAnother(stored: StoredSession): Promise<'ended'> {
    return this.#end(stored, 'provider', 'its provider is another one by now');
  }

  async #end(stored: StoredSession, by: EndedBy, why: string): Promise<'ended'> {
    const { db, changed, events, log } = this.#parts;
    const { key, provider } = stored.session;
    log.info({ session: key, provider, why }, 'session ended');
    if (await deleteVersion(db, stored)) events.ended(by, 1);
    await changed(key);
    return 'ended';
  }
}

/** From when it is refreshed in the background, and from when a request waits for that; none without a refresh token. */
export function refreshTimes(
  { refreshToken, accessExpiresAtMs }: Tokens,
  nowMs: number,
): Pick<StoredSession, 'refreshDueAtMs' | 'accessExpiresAtMs'> {
  if (refreshToken === undefined || accessExpiresAtMs === undefined)
    return { refreshDueAtMs: undefined, accessExpiresAtMs: undefined };
  const livesMs = Math.max(0, accessExpiresAtMs - nowMs);
  return {
    refreshDueAtMs: Math.floor(accessExpiresAtMs - Math.min(aheadMs, livesMs / 4)),
    accessExpiresAtMs,
  };
}

function isSamePerson(one: Identity, other: Identity): boolean {
  return one.provider === other.provider && one.id === other.id;
}
