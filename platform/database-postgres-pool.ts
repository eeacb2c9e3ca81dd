// Connections to PostgreSQL that may break at any time. A broken one ends no process, is never used again, and what can be
// repeated without harm is repeated on a new one, so that the end of a connection fails no request.
import { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { PostgresPool } from 'kysely';
import pg from 'pg';
import {
  isLostConnection,
  isPoolBusy,
  isReadTimeout,
  outageOf,
  refuse,
} from './database-postgres-outages.ts';

/** How long others are tried after a connection was lost: a server that restarts after a crash is back within seconds. */
const patienceMs = 3000;
const retryMs = 50;
/** For the first attempt of what can be repeated: a connection into nowhere never answers. */
const firstAttemptMs = 2000;
/** How often one statement is repeated: it may be the very one that ends its connection. */
const maxRepeats = 2;

export function openPostgresPool(config: pg.PoolConfig): PostgresPool {
  const connections = new Connections(config);
  return {
    options: connections.options,
    connect: async () => new Lease(connections, await connections.checkOut()).client(),
    end: () => connections.end(),
  };
}

/** `query_timeout`: in milliseconds, shorter than the pool's. */
type Asked = pg.QueryConfig & { readonly query_timeout?: number };

class Connections {
  readonly #pool: pg.Pool;
  readonly #sockets = new Set<Socket>();
  readonly #connectedAtMs = new WeakMap<pg.PoolClient, number>();
  /** What was connected before is taken for lost too: nobody should have to find out for each. */
  #newestLostMs = Number.NEGATIVE_INFINITY;
  /** Since when nothing was answered. */
  #downSinceMs: number | undefined;

  constructor(config: pg.PoolConfig) {
    this.#pool = new pg.Pool({ ...config, stream: () => this.#makeSocket() });
    // Without a listener an `error` event ends the process. The pool has one on idle connections alone; of what breaks
    // while it is used, the query tells.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => {
      this.#connectedAtMs.set(client, performance.now());
      client.on('error', () => undefined);
    });
  }

  get options(): object {
    return this.#pool.options;
  }

  /** @throws Unavailable where no connection comes about while it is worth trying. */
  async checkOut(connectedAfterMs = Number.NEGATIVE_INFINITY): Promise<pg.PoolClient> {
    const startedAtMs = performance.now();
    for (;;) {
      try {
        const client = await this.#pool.connect();
        if (this.#isAfter(client, connectedAfterMs) && this.#isAfter(client, this.#newestLostMs))
          return client;
        client.release(true);
      } catch (error) {
        const isTemporary = isLostConnection(error) || isPoolBusy(error);
        if (!isTemporary || !this.isWorthRetry(startedAtMs)) return refuse(error);
        await setTimeout(retryMs);
      }
    }
  }

  /** In an outage that lasts, nobody waits any more. */
  isWorthRetry(startedAtMs: number): boolean {
    const nowMs = performance.now();
    this.#downSinceMs ??= nowMs;
    return !this.#pool.ending && nowMs - Math.min(this.#downSinceMs, startedAtMs) < patienceMs;
  }

  answered(): void {
    this.#downSinceMs = undefined;
  }

  lost(client: pg.PoolClient): void {
    this.#newestLostMs = Math.max(this.#newestLostMs, this.#connectedAtMs.get(client) ?? 0);
  }

  release(client: pg.PoolClient, isBroken: boolean): void {
    client.release(isBroken || !this.#isAfter(client, this.#newestLostMs));
  }

  /** A server that is gone would never answer the farewell. */
  async end(): Promise<void> {
    await this.#pool.end();
    for (const socket of this.#sockets) socket.destroySoon();
  }

  #isAfter(client: pg.PoolClient, timeMs: number): boolean {
    return (this.#connectedAtMs.get(client) ?? 0) > timeMs;
  }

  #makeSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
    return socket;
  }
}

/** One connection for as long as kysely has it, or several in turn: a lost one is replaced outside of transactions. */
class Lease {
  readonly #connections: Connections;
  #client: pg.PoolClient;
  #isReleased = false;
  #isBroken = false;
  #isInTransaction = false;

  constructor(connections: Connections, client: pg.PoolClient) {
    this.#connections = connections;
    this.#client = client;
  }

  /** As kysely takes it for pg's own. */
  client(): pg.PoolClient {
    const query = (text: string, values: readonly unknown[]) => this.#query({ text, values: [...values] });
    const release = () => this.#release();
    return new Proxy(this.#client, {
      get: (_first, name) => {
        if (name === 'query') return query;
        if (name === 'release') return release;
        return Reflect.get(this.#client, name, this.#client);
      },
    });
  }

  async #query(asked: Asked): Promise<pg.QueryResult> {
    // The connection is gone, and the transaction with it: nobody is there to be asked.
    if (this.#isBroken && asked.text === 'rollback') return rolledBack;
    if (this.#isInTransaction || !repeatable.test(asked.text)) return this.#ask(asked).catch(refuse);
    return this.#askRepeatedly(asked);
  }

  async #askRepeatedly(asked: Asked): Promise<pg.QueryResult> {
    for (let repeats = 0; ; repeats += 1) {
      const startedAtMs = performance.now();
      try {
        return await this.#ask(repeats === 0 ? { ...asked, query_timeout: firstAttemptMs } : asked);
      } catch (error) {
        const isWorthIt = repeats < maxRepeats && this.#connections.isWorthRetry(performance.now());
        if (!isWorthIt || !(isLostConnection(error) || (repeats === 0 && isReadTimeout(error))))
          return refuse(error);
        await this.#replace(startedAtMs);
      }
    }
  }

  async #ask(asked: Asked): Promise<pg.QueryResult> {
    try {
      const result = await this.#client.query(asked);
      this.#connections.answered();
      if (begins.test(asked.text)) this.#isInTransaction = true;
      if (ends.test(asked.text)) this.#isInTransaction = false;
      return result;
    } catch (error) {
      // What did not answer in time may still answer: that would be taken for the next one's.
      if (outageOf(error) !== undefined) this.#isBroken = true;
      if (isLostConnection(error)) this.#connections.lost(this.#client);
      throw error;
    }
  }

  /** The place in the pool is given back first: others may be waiting for one to replace theirs. */
  async #replace(connectedAfterMs: number): Promise<void> {
    this.#release();
    this.#client = await this.#connections.checkOut(connectedAfterMs);
    this.#isReleased = false;
    this.#isBroken = false;
  }

  #release(): void {
    if (!this.#isReleased) this.#connections.release(this.#client, this.#isBroken);
    this.#isReleased = true;
  }
}

/** A read changes nothing, and a transaction that has not begun neither. */
const repeatable = /^(?:select|begin|start transaction)\b(?!.*\bfor (?:no key )?update\b)/is;
const begins = /^(?:begin|start transaction)\b/i;
const ends = /^(?:commit|rollback)$/i;
const rolledBack: pg.QueryResult = { command: 'ROLLBACK', rowCount: 0, oid: 0, fields: [], rows: [] };
