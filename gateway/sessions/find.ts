// From a cookie's id to its session: through the cache, with one question to the database for all who wait, and as a
// use that keeps it alive. Where the database is away it throws Unavailable: nobody gets in, and nobody is signed out.
import type { Kysely } from 'kysely';
import type { Logger } from '../../platform/log.ts';
import type { NowOrLater } from '../../platform/now-or-later.ts';
import { Recent } from '../../platform/recent.ts';
import type { GatewayTables } from '../store/migrations.ts';
import { isRandomText } from './cookies.ts';
import { hashOf } from './random.ts';
import type { Refresher } from './refresh.ts';
import type { Session } from './session.ts';
import type { Begun, Known, SessionCache } from './session-cache.ts';
import { fetchById, storeUse } from './store.ts';

export type Finding = {
  readonly db: Kysely<GatewayTables>;
  readonly cache: SessionCache;
  readonly refresher: Refresher;
  readonly now: () => number;
  readonly log: Logger;
};

type Read = { readonly known: Known; readonly host: string };
type Reading = { readonly begun: Begun; readonly read: Promise<Read | undefined> };

const useIsStoredEveryMs = 60_000;

export class SessionFinder {
  readonly #parts: Finding;
  readonly #storing = new Set<Promise<void>>();
  readonly #hashes = new Recent<{ readonly idHash: string }>({
    maxEntries: 20_000,
    maxCharacters: 20_000 * 43,
    generationMs: 5000,
  });
  readonly #reading = new Map<string, Reading>();

  constructor(parts: Finding) {
    this.#parts = parts;
  }

  /** At once for one that was looked up a moment ago. */
  find(id: string, host: string): NowOrLater<Session | undefined> {
    if (!isRandomText(id)) return undefined;
    const idHash = this.#hashOf(id);
    return this.#findKnown(idHash, host) ?? this.#fetch(idHash, host);
  }

  /** A browser sends the same id with every request. Nowhere else does an id stay in memory, and here for seconds. */
  #hashOf(id: string): string {
    const known = this.#hashes.get(id);
    if (known !== undefined) return known.idHash;
    const idHash = hashOf(id);
    this.#hashes.set(id, { idHash });
    return idHash;
  }

  async settle(): Promise<void> {
    await Promise.all(this.#storing);
  }

  #findKnown(idHash: string, host: string): Session | undefined {
    const { cache, refresher } = this.#parts;
    const known = cache.get(idHash, host);
    if (known === undefined || !cache.isFresh(known) || !this.#isAlive(known)) return undefined;
    return refresher.needOf(known.stored) === 'now' ? undefined : this.#use(known);
  }

  async #fetch(idHash: string, host: string): Promise<Session | undefined> {
    const { refresher } = this.#parts;
    const read = await this.#readOnce(idHash, host);
    if (read === undefined) return undefined;
    const outcome =
      refresher.needOf(read.stored) === 'now' ? await refresher.refresh(read.stored) : 'unchanged';
    if (outcome === 'ended') return undefined;
    const current = outcome === 'changed' ? await this.#readOnce(idHash, host) : read;
    // A reload may have come in between.
    return current !== undefined && refresher.isVouchedFor(current.stored) ? this.#use(current) : undefined;
  }

  /** @returns `undefined` also for an id of another host. */
  async #readOnce(idHash: string, host: string): Promise<Known | undefined> {
    const reading = this.#reading.get(idHash);
    // One that began before the last change may be on its way with a session that has ended since.
    const { read } =
      reading?.begun.changes === this.#parts.cache.begin().changes ? reading : this.#begin(idHash);
    const found = await read;
    return found?.host === host ? found.known : undefined;
  }

  #begin(idHash: string): Reading {
    const begun = this.#parts.cache.begin();
    const read = this.#read(idHash, begun).finally(() => {
      if (this.#reading.get(idHash) === reading) this.#reading.delete(idHash);
    });
    const reading = { begun, read };
    this.#reading.set(idHash, reading);
    return reading;
  }

  async #read(idHash: string, begun: Begun): Promise<Read | undefined> {
    const { db, cache, now } = this.#parts;
    const read = await fetchById(db, idHash, now());
    if (read !== undefined) return { known: cache.keep({ ...read, idHash }, begun), host: read.host };
    cache.forgetId(idHash);
    return undefined;
  }

  #isAlive({ session, stored, lastSeenAtMs }: Known): boolean {
    const nowMs = this.#parts.now();
    return nowMs < session.expiresAtMs && nowMs < lastSeenAtMs + stored.idleMs;
  }

  #use(known: Known): Session {
    const { db, refresher, now, log } = this.#parts;
    const nowMs = now();
    known.lastSeenAtMs = nowMs;
    if (refresher.needOf(known.stored) === 'soon') refresher.begin(known.stored);
    if (nowMs - known.useStoredAtMs >= useIsStoredEveryMs) {
      known.useStoredAtMs = nowMs;
      const storing = storeUse(db, known.stored, nowMs)
        .catch((error: unknown) => {
          log.warn({ session: known.session.key, error }, 'the use of a session could not be stored');
        })
        .finally(() => this.#storing.delete(storing));
      this.#storing.add(storing);
    }
    return known.session;
  }
}
