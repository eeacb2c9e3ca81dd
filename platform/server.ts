// Listening and ending: a node:http server on an address, and its end with the open requests answered.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { z } from 'zod';

export type Address = { readonly host: string; readonly port: number };

/** `127.0.0.1:8080`, `[::1]:8080`, `:8080` for every interface; port 0 takes a free one. */
export const addressSchema = z
  .string()
  .transform((text, context): Address => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text);
    const port = Number(match?.[3]);
    if (match !== null && port <= 65535) return { host: match[1] ?? (match[2] || '::'), port };
    context.addIssue({
      code: 'custom',
      message: `"${text}" is no address: write host:port, such as 127.0.0.1:8080`,
    });
    return z.NEVER;
  })
  .meta({ description: 'host:port' });

export type Listener = {
  readonly address: Address;
  readonly server: Server;
  /** Stops listening and waits for open requests; what is left after `graceMs` is cut off. */
  close(graceMs: number): Promise<void>;
};

/** A web-standard handler (Hono's `fetch`) as node:http calls it. */
export function fetchListener(fetch: (request: Request) => Response | Promise<Response>): RequestListener {
  return getRequestListener(fetch);
}

/**
 * @param attach what listens besides requests (upgrades); `end` is called when the server closes, which waits for them.
 * @param options.readsBodies whether the handler does.
 * @throws Error that names the address, when it is in use or not this machine's.
 */
export async function listen(
  address: Address,
  handler: RequestListener,
  attach: (server: Server) => { readonly end: () => void } = () => ({ end: () => {} }),
  { readsBodies }: { readonly readsBodies: boolean } = { readsBodies: true },
): Promise<Listener> {
  // A request without a body costs no stream then, and one is never to be piped on: it does not end, it has ended.
  const server = createServer({ ...serverOptions, optimizeEmptyRequests: !readsBodies }, handler);
  // Traefik keeps idle connections for 90 s: one that is closed on this side first becomes a 500 for somebody.
  server.keepAliveTimeout = 120_000;
  server.on('clientError', (_error, socket) => {
    endSocket(socket, unreadable);
  });
  const attached = attach(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`cannot listen on ${renderAddress(address)}: ${cause.message}`, { cause })),
    );
    server.listen(address.port, address.host, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return {
    address: { host: address.host, port },
    server,
    close: (graceMs) => close(server, graceMs, attached.end),
  };
}

export function renderAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const serverOptions = {
  maxHeaderSize: 65_536,
  headersTimeout: 30_000,
  requestTimeout: 300_000,
  // Node answers a request without `Host` itself, with nothing in it that says what is wrong.
  requireHostHeader: false,
} as const;

const unreadableBody = JSON.stringify({
  message: 'the request cannot be read: malformed, or its headers are too large',
  reason: 'unreadable_request',
});
const unreadable = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: application/json; charset=utf-8',
  `Content-Length: ${Buffer.byteLength(unreadableBody)}`,
  'Connection: close',
  '',
  unreadableBody,
].join('\r\n');

const lingerMs = 1000;

/**
 * The last words on a socket that no HTTP server looks after any more. It is not closed at once, which could take them
 * from a client that is still sending; nor left to the client, who could keep it for ever.
 */
export function endSocket(socket: Duplex, lastWords: string): void {
  if (socket.writable) socket.end(lastWords);
  socket.resume();
  const linger = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(linger));
}

async function close(server: Server, graceMs: number, endAttached: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  endAttached();
  // close() waits for keep-alive connections that nobody uses.
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
