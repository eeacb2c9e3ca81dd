// Requests without pause through a proxy, from a few connections at once, and what became of each.
import { Pool } from 'undici';
import { waitFor } from './wait-for.ts';

export type Load = {
  /** Until so many more have been answered 200. */
  served(count: number): Promise<void>;
  /** Ends it. @returns what was not answered 200. */
  stop(): Promise<readonly Failure[]>;
};

export type Failure = { readonly what: string; readonly startedAtMs: number; readonly endedAtMs: number };

export type LoadOptions = {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
};

/** @param options.port of a TLS entry point on this machine. */
export function startLoad({ port, path, headers, connections }: LoadOptions): Load {
  const pool = new Pool(`https://127.0.0.1:${port}`, {
    connections,
    connect: { rejectUnauthorized: false, servername: 'lab.localhost' },
  });
  const failures: Failure[] = [];
  let [count, isOver] = [0, false];
  const once = async (): Promise<string> => {
    const answer = await pool.request({
      method: 'GET',
      path,
      headers: { host: 'lab.localhost', ...headers },
    });
    const body = await answer.body.text();
    return answer.statusCode === 200 ? 'served' : `${answer.statusCode} ${body.slice(0, 200)}`;
  };
  const repeat = async (): Promise<void> => {
    while (!isOver) {
      const startedAtMs = Date.now();
      const what = await once().catch((error: Error) => error.message);
      if (what === 'served') count += 1;
      else failures.push({ what, startedAtMs, endedAtMs: Date.now() });
    }
  };
  const running = Promise.all(Array.from({ length: connections }, repeat));
  return {
    served: (more) => {
      const wanted = count + more;
      return waitFor(`${more} more are served`, () => count >= wanted, 60_000);
    },
    stop: async () => {
      isOver = true;
      await running;
      if (!pool.closed) await pool.close();
      return failures;
    },
  };
}
