// Listening and ending: a node:http server on an address, and its end with the open requests answered.
import { createServer, type RequestListener, type Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
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
  /**
   * Stops listening and waits for open requests, whose answers tell the client to connect anew for its next one; what
   * is left after `graceMs` is cut off.
   */
  close(graceMs: number): Promise<void>;
};

/** What a server has besides its requests. */
export type Attached = {
  /** The server closes, and waits for it. */
  readonly end: () => void;
  /** Connections that node:http does not know of. */
  readonly closeIdle?: () => void;
  readonly closeAll?: () => void;
};

export type ListenOptions = {
  /** Another process may listen on the same address, before this one or after it. */
  readonly reusePort?: boolean;
  readonly bounds?: RequestBounds;
  /** Hears of every request that was refused unread. */
  readonly onUnreadable?: (why: Unreadable, socket: Socket) => void;
};

/** What one connection may take. */
export type RequestBounds = {
  readonly maxHeaderBytes: number;
  /** From the connection, or the answer before, to the end of a request's headers. */
  readonly headersMs: number;
  /** To the end of the request's body; 0: as long as it takes. */
  readonly requestMs: number;
  /** Without a request on it. */
  readonly idleMs: number;
};

/** Traefik keeps idle connections for 90 s: one that is closed on this side first becomes a 500 for somebody. */
export const usualBounds: RequestBounds = {
  maxHeaderBytes: 65_536,
  headersMs: 30_000,
  requestMs: 300_000,
  idleMs: 120_000,
};

export type Unreadable = 'malformed' | 'headers_too_large' | 'request_too_slow';

/** A web-standard handler (Hono's `fetch`) as node:http calls it: with a request whose address is one, or not at all. */
export function fetchListener(fetch: Parameters<typeof getRequestListener>[0]): RequestListener {
  return getRequestListener(
    (request, bindings) => (URL.canParse(request.url) ? fetch(request, bindings) : refuseUnreadable()),
    { errorHandler: (error) => (error instanceof RequestError ? refuseUnreadable() : refuseBroken()) },
  );
}

function refuseUnreadable(): Response {
  return Response.json(unreadableRequest, { status: 400 });
}

/** What the handler has not answered itself. */
function refuseBroken(): Response {
  return Response.json({ message: 'an internal error', reason: 'internal_error' }, { status: 500 });
}

/**
 * @param attach what listens besides requests: upgrades, connections.
 * @throws Error that names the address, when it is in use or not this machine's.
 */
export async function listen(
  address: Address,
  handler: RequestListener,
  attach: (server: Server) => Attached = () => ({ end: () => {} }),
  { reusePort = false, bounds = usualBounds, onUnreadable = () => {} }: ListenOptions = {},
): Promise<Listener> {
  const server = createServer(optionsOf(bounds), handler);
  // Some versions of Node leave out, without a word, what comes after so many: the size bounds them.
  server.maxHeadersCount = 0;
  const refused = new WeakSet<Socket>();
  // Node would answer 417 itself, with an empty body; an expectation that nobody knows may be ignored (RFC 9110 section 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // node:http says it again of every piece that comes behind what it could not read.
    if (refused.has(socket)) return;
    refused.add(socket);
    const why = unreadableFor(error.code);
    onUnreadable(why, socket);
    endSocket(socket, why === 'request_too_slow' ? tooSlow : unreadable);
  });
  // Such as too many open files on accept: without a listener the second one would end the process.
  server.on('error', () => undefined);
  const attached = attach(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`cannot listen on ${renderAddress(address)}: ${cause.message}`, { cause })),
    );
    server.listen({ port: address.port, host: address.host, reusePort }, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return {
    address: { host: address.host, port },
    server,
    close: (graceMs) => close(server, graceMs, attached),
  };
}

export function renderAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function optionsOf({ maxHeaderBytes, headersMs, requestMs, idleMs }: RequestBounds) {
  return {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: Math.min(headersMs, 5000),
    // Node answers a request without `Host` itself, with nothing in it that says what is wrong.
    requireHostHeader: false,
  };
}

function unreadableFor(code: string | undefined): Unreadable {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_too_slow';
  return code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'malformed';
}

function lastWords(status: string, refusal: { readonly message: string; readonly reason: string }): string {
  const body = JSON.stringify(refusal);
  return [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

const unreadableRequest = {
  message: 'the request cannot be read: malformed, or its headers are too large',
  reason: 'unreadable_request',
};
const unreadable = lastWords('400 Bad Request', unreadableRequest);
const tooSlow = lastWords('408 Request Timeout', {
  message: 'the request came too slowly',
  reason: 'request_too_slow',
});

const lingerMs = 1000;

/**
 * The last words on a socket that no HTTP server looks after any more. It is not closed at once, which could take them
 * from a client that is still sending; nor left to the client, who could keep it for ever.
 */
export function endSocket(socket: Duplex, lastWords: string | Buffer): void {
  if (socket.writable) socket.end(lastWords);
  socket.resume();
  const linger = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(linger));
}

async function close(server: Server, graceMs: number, attached: Attached): Promise<void> {
  await emptyBacklog(server);
  // http's own close() would also hang up on every connection that is idle just then, while a client sends its next
  // request on it: only some clients send it again.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  attached.end();
  const closeIdle = (): void => {
    server.closeIdleConnections();
    attached.closeIdle?.();
  };
  const idle = setTimeout(
    () => {
      const again = setInterval(closeIdle, 100);
      void closed.then(() => clearInterval(again));
      closeIdle();
    },
    Math.min(idleGraceMs, graceMs / 4),
  );
  const cut = setTimeout(() => {
    server.closeAllConnections();
    attached.closeAll?.();
  }, graceMs);
  await closed;
  clearTimeout(idle);
  clearTimeout(cut);
}

/** How long a client that has work may take to use its connection once more, and be told to leave it. */
const idleGraceMs = 500;

/**
 * Connections that the system has taken and nobody here has accepted yet are reset when the listener closes. One is
 * accepted in a turn of the event loop: after a short turn without one there was none.
 */
async function emptyBacklog(server: Server): Promise<void> {
  let hasAccepted = false;
  const note = (): void => {
    hasAccepted = true;
  };
  server.on('connection', note);
  for (let turnsLeft = 1000; turnsLeft > 0; turnsLeft -= 1) {
    hasAccepted = false;
    const startedAt = performance.now();
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (!hasAccepted && performance.now() - startedAt < shortTurnMs) break;
  }
  server.off('connection', note);
}

const shortTurnMs = 0.1;
