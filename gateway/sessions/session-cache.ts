// Sessions that were looked up a moment ago, in this process alone. Whoever hears that one has changed marks it as
// stale; a notice that is lost costs the cache's few seconds.
import { LRUCache } from 'lru-cache';
import type { Session } from './session.ts';
import type { StoredSession } from './store.ts';

/** Times are epoch milliseconds, but for `freshUntilMs`. */
export type Known = {
  readonly stored: StoredSession;
  /** The same object for as long as identity and tokens do not change: what is made from it is kept by it. */
  readonly session: Session;
  /** By the clock that nobody sets: until then the database is not asked. */
  freshUntilMs: number;
  lastSeenAtMs: number;
  useStoredAtMs: number;
};

/** It is read again on its own: its session may live on without it. */
type KnownId = { readonly key: string; readonly host: string; readonly freshUntilMs: number };

/** When it was read, and what had been heard until then: what was read before the last of it may be stale already. */
export type Begun = { readonly atMs: number; readonly changes: number };

const maxSessions = 20_000;

export class SessionCache {
  readonly #cacheMs: () => number;
  readonly #elapsed: () => number;
  readonly #sessions = new LRUCache<string, Known>({ max: maxSessions });
  /** By the hash of each id. */
  readonly #ids = new LRUCache<string, KnownId>({ max: 2 * maxSessions });
  #changes = 0;

  constructor(cacheMs: () => number, elapsed: () => number) {
    this.#cacheMs = cacheMs;
    this.#elapsed = elapsed;
  }

  /** For what is read from now on. */
  begin(): Begun {
    return { atMs: this.#elapsed(), changes: this.#changes };
  }

  /** Of an id on its host, which was read a moment ago; its session may be stale. */
  get(idHash: string, host: string): Known | undefined {
    const id = this.#ids.get(idHash);
    if (id === undefined || id.host !== host || !this.isFresh(id)) return undefined;
    return this.#sessions.get(id.key);
  }

  isFresh({ freshUntilMs }: Pick<Known, 'freshUntilMs'>): boolean {
    return freshUntilMs > this.#elapsed();
  }

  keep(
    { idHash, host, ...stored }: StoredSession & { readonly idHash: string; readonly host: string },
    begun: Begun,
  ): Known {
    const { session } = stored;
    const before = this.#sessions.peek(session.key);
    const known: Known = {
      stored,
      session: before?.stored.version === stored.version ? before.session : session,
      freshUntilMs: begun.changes === this.#changes ? begun.atMs + this.#cacheMs() : 0,
      lastSeenAtMs: Math.max(session.lastSeenAtMs, before?.lastSeenAtMs ?? 0),
      useStoredAtMs: session.lastSeenAtMs,
    };
    this.#ids.set(idHash, { key: session.key, host, freshUntilMs: begun.atMs + this.#cacheMs() });
    this.#sessions.set(session.key, known);
    return known;
  }

  forgetId(idHash: string): void {
    this.#ids.delete(idHash);
  }

  /** To be read again before they count; without keys: all of them. */
  markStale(keys: Iterable<string> = this.#sessions.keys()): void {
    this.#changes += 1;
    for (const key of keys) {
      const known = this.#sessions.peek(key);
      if (known !== undefined) known.freshUntilMs = 0;
    }
  }
}
