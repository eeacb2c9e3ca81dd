// A TCP proxy between a client and its server that breaks connections in every way in which networks do.
import { createServer, connect as open, type Server, type Socket } from 'node:net';

export type TcpProxy = {
  readonly port: number;
  /** Connections that are open through it. */
  readonly open: () => number;
  /** Answers every open connection with RST, as a host that has restarted. */
  reset(): void;
  /** Nothing of the open connections arrives any more, and neither side hears of it, as behind a firewall that forgot them. */
  blackhole(): void;
  /** The same for new connections, until `heal`. */
  swallowNew(): void;
  /** New connections are refused or reset until `heal`. */
  refuseNew(): void;
  heal(): void;
  stop(): Promise<void>;
};

type Pair = { readonly client: Socket; readonly server: Socket };

export async function startTcpProxy(to: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const swallowed = new Set<Socket>();
  let fate: 'pass' | 'swallow' | 'refuse' = 'pass';
  const proxy = createServer((client) => {
    client.on('error', () => client.destroy());
    if (fate === 'refuse') return void client.resetAndDestroy();
    if (fate === 'swallow') return void swallowed.add(client.pause());
    const server = open(to);
    const pair = { client, server };
    pairs.add(pair);
    for (const [from, other] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true).pipe(other);
      from.on('error', () => other.destroy());
      from.on('close', () => {
        pairs.delete(pair);
        if (!swallowed.has(other)) other.destroy();
      });
    }
  });
  await listen(proxy);
  return {
    port: portOf(proxy),
    open: () => pairs.size,
    reset: () => {
      for (const { client, server } of pairs) {
        client.resetAndDestroy();
        server.destroy();
      }
    },
    blackhole: () => {
      for (const { client, server } of pairs) {
        swallowed.add(client).add(server);
        client.unpipe(server).pause();
        server.unpipe(client).pause();
      }
      pairs.clear();
    },
    swallowNew: () => {
      fate = 'swallow';
    },
    refuseNew: () => {
      fate = 'refuse';
    },
    heal: () => {
      fate = 'pass';
    },
    stop: async () => {
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      for (const socket of swallowed) socket.destroy();
      await new Promise<void>((resolve) => proxy.close(() => resolve()));
    },
  };
}

async function listen(proxy: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
}

function portOf(proxy: Server): number {
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}
