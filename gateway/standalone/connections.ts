// The connections of clients in standalone mode: how many there may be, and what becomes of one on which nothing moves.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOfClient } from '../../platform/networks.ts';
import type { LimitNotes, StandaloneLimits } from './limits.ts';

export type Guarding = {
  readonly limits: StandaloneLimits;
  readonly notes: LimitNotes;
  /** A proxy of ours speaks for many clients. */
  readonly isExempt: (address: string) => boolean;
};

/** Closes each connection above the limits at once: an answer to it would cost what the limit is to save. */
export function countConnections(server: Server, { limits, notes, isExempt }: Guarding): void {
  const openOf = new Map<string, number>();
  let openInAll = 0;
  const limitOf = (address: string, client: string) => {
    if (openInAll >= limits.maxConnections) return 'maxConnections';
    const isOver = (openOf.get(client) ?? 0) >= limits.maxConnectionsPerClient;
    return isOver && !isExempt(address) ? 'maxConnectionsPerClient' : undefined;
  };
  const add = (client: string, count: number): void => {
    openInAll += count;
    const open = (openOf.get(client) ?? 0) + count;
    if (open === 0) openOf.delete(client);
    else openOf.set(client, open);
  };
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const client = networkOfClient(address);
    const limit = limitOf(address, client);
    if (limit !== undefined) {
      notes.note(limit, { client });
      socket.destroy();
      return;
    }
    add(client, 1);
    socket.once('close', () => add(client, -1));
  });
}

/** Who keeps the other one waiting: the client does not send, the app does not take, the client does not take. */
export type Stall = 'client_sends' | 'app_takes' | 'client_takes';

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

/**
 * Tells of each request whose body, or whose answer's, has not moved for `stalledMs`. An app that has yet to answer and
 * an event stream that is silent are no stall.
 */
export function watchStalls(
  server: Server,
  stalledMs: number,
  onStall: (stall: Stall, exchange: Exchange) => void,
): void {
  const exchanges = new WeakMap<Socket, Exchange>();
  server.prependListener('request', (request, response) => {
    exchanges.set(request.socket, { request, response });
  });
  server.setTimeout(stalledMs, (socket) => {
    const exchange = exchanges.get(socket);
    // Between two requests: Node has set `idleMs` for that.
    if (exchange === undefined || exchange.response.writableFinished) return void socket.destroy();
    const stall = stallOf(exchange, socket);
    if (stall !== undefined) onStall(stall, exchange);
  });
}

function stallOf({ request, response }: Exchange, socket: Socket): Stall | undefined {
  if (socket.writableLength > 0) return 'client_takes';
  if (request.complete || response.headersSent || request.readableFlowing === null) return undefined;
  return request.readableFlowing ? 'client_sends' : 'app_takes';
}
