// Notices over PostgreSQL's LISTEN/NOTIFY, on a connection of its own that is made anew when it breaks.
import { EventEmitter } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { type QueryExecutorProvider, sql } from 'kysely';
import pg from 'pg';
import type { DatabaseOptions } from './database.ts';
import { connectionOf } from './database-postgres.ts';
import type { Logger } from './log.ts';
import type { Notices } from './notices.ts';

export type PostgresNotices = Pick<DatabaseOptions, 'url' | 'password'> & {
  readonly db: QueryExecutorProvider;
  readonly log: Logger;
};

/** Topic and text together, in bytes: PostgreSQL refuses a payload of 8000 or more. */
const maxNoticeBytes = 7900;
const channel = 'beamgate';
const retryMs = 250;
const pingMs = 5_000;

/** @returns notices that try to connect until they are closed; a database that is away at the start is a gap. */
export function noticesOfPostgres(options: PostgresNotices): Notices {
  const topics = new EventEmitter().setMaxListeners(0);
  const gaps = new EventEmitter().setMaxListeners(0);
  const closing = new AbortController();
  const opened = Promise.withResolvers<void>();
  const running = listenOn(options, closing.signal, {
    heard: (payload) => {
      const [topic = '', text = ''] = split(payload);
      topics.emit(nameOf(topic), text);
    },
    missed: () => {
      gaps.emit('gap');
      opened.resolve();
    },
  });
  return {
    opened: opened.promise,
    publish: async (topic, text) => {
      const payload = `${topic} ${text}`;
      if (Buffer.byteLength(payload) > maxNoticeBytes) throw new RangeError('a notice is too long');
      await sql`select pg_notify(${channel}, ${payload})`.execute(options.db);
    },
    subscribe: (topic, listener) => void topics.on(nameOf(topic), listener),
    onGap: (listener) => void gaps.on('gap', listener),
    close: async () => {
      closing.abort();
      await running;
      opened.resolve();
    },
  };
}

/** Anybody with the database can send a notice: one of the topic `error` would end the process. */
function nameOf(topic: string): string {
  return `topic ${topic}`;
}

function split(payload: string): readonly [string, string] {
  const space = payload.indexOf(' ');
  return [payload.slice(0, space), payload.slice(space + 1)];
}

type Heard = { readonly heard: (payload: string) => void; readonly missed: () => void };

async function listenOn(options: PostgresNotices, signal: AbortSignal, told: Heard): Promise<void> {
  let isFirst = true;
  while (!signal.aborted) {
    try {
      await listenOnce(options, signal, told, () => {
        if (!isFirst) options.log.info('the database’s notices are heard again');
        // Whatever was said before this moment has not been heard.
        told.missed();
      });
    } catch (error) {
      if (!signal.aborted) options.log.warn({ error }, 'the database’s notices are not heard');
      told.missed();
    }
    isFirst = false;
    await setTimeout(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Resolves when it is to end, rejects when the connection breaks. */
async function listenOnce(
  options: PostgresNotices,
  signal: AbortSignal,
  { heard }: Heard,
  connected: () => void,
): Promise<void> {
  const client = new pg.Client({
    ...connectionOf(options),
    connectionTimeoutMillis: pingMs,
    query_timeout: pingMs,
  });
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined);
  client.on('error', (error) => ended.reject(error));
  client.on('end', () => ended.reject(new Error('the connection has ended')));
  client.on('notification', ({ payload }) => heard(payload ?? ''));
  const stop = () => ended.resolve();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
    await client.query(`listen ${channel}`);
    connected();
    if (signal.aborted) return;
    await Promise.race([ended.promise, keepAsking(client, signal)]);
  } finally {
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => undefined);
  }
}

/** A connection that is silently gone (a firewall, a dead host) is noticed only by who asks. */
async function keepAsking(client: pg.Client, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await setTimeout(pingMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) await client.query('select 1');
  }
}
