// Standalone mode: a listener that is itself the proxy. Requests and upgrades go through the same decision as a
// proxy's question, then to the app's own address; what lies below publicUrl is the gateway's own.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer } from 'httpxy';
import { gatewayAppName } from '../config-apps.ts';
import { type Decided, decide, type Gate, refuseMalformed } from '../decide.ts';
import { json } from '../proxies/render.ts';
import { writeAnswer } from '../respond.ts';
import type { Answer, ForwardedRequest } from '../types.ts';
import { cleanHeaders } from './clean-headers.ts';
import { readDirect } from './read.ts';

export type Standalone = {
  readonly gate: Gate;
  /** As clients see it. */
  readonly scheme: 'http' | 'https';
  /** Serves what lies below publicUrl. */
  readonly ownPages: RequestListener;
  /** From the end of the request to the first byte of the app's answer. */
  readonly upstreamTimeoutMs: number;
};

export function createStandalone(standalone: Standalone): {
  readonly onRequest: RequestListener;
  readonly attachUpgrades: (server: Server) => { readonly end: () => void };
} {
  const proxy = createProxyServer({ xfwd: false });
  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = await judge(standalone, request, false);
    if ('status' in asked) return writeAnswer(response, asked);
    const { upstream } = asked.decided.decision.app;
    if (upstream === undefined) return ownOrNothing(standalone, asked, request, response);
    request.headers = cleanHeaders(
      asked.request,
      asked.decided.passport,
      standalone.gate.site.credentialHeaders,
    );
    await watchTime(standalone, request, response, asked.request, () =>
      proxy.web(request, response, { target: upstream }),
    );
  };
  const upgrade = async (request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> => {
    const asked = await judge(standalone, request, true);
    if ('status' in asked) return endSocket(socket, asked);
    const { upstream } = asked.decided.decision.app;
    if (upstream === undefined)
      return endSocket(socket, json(404, { reason: 'not_found', requestId: asked.request.requestId }));
    request.headers = cleanHeaders(
      asked.request,
      asked.decided.passport,
      standalone.gate.site.credentialHeaders,
    );
    await proxy
      .ws(request, socket, { target: upstream, upgradeTimeout: standalone.upstreamTimeoutMs }, head)
      .catch((error: unknown) => {
        endSocket(socket, unreachable(standalone, asked.request, error));
      });
  };
  return {
    onRequest: (request, response) => void passOn(request, response),
    attachUpgrades: (server) => {
      const sockets = new Set<Duplex>();
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => sockets.delete(socket));
        if (socket instanceof Socket) void upgrade(request, socket, head);
        else socket.destroy();
      });
      return { end: () => sockets.forEach((socket) => void socket.destroy()) };
    },
  };
}

type Passed = { readonly request: ForwardedRequest; readonly decided: Extract<Decided, { kind: 'pass' }> };

async function judge(
  { gate, scheme }: Standalone,
  message: IncomingMessage,
  isUpgrade: boolean,
): Promise<Passed | Answer> {
  const requestId = randomUUID();
  const request = readDirect({
    method: message.method ?? '',
    target: message.url ?? '',
    headers: message.rawHeaders,
    peerAddress: message.socket.remoteAddress ?? '',
    isUpgrade,
    scheme,
    requestId,
  });
  if ('outcome' in request) return refuseMalformed(request, requestId, gate);
  const decided = await decide(request, gate);
  return decided.kind === 'pass' ? { request, decided } : decided.answer;
}

function ownOrNothing(
  standalone: Standalone,
  asked: Passed,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (asked.decided.decision.app.name === gatewayAppName) standalone.ownPages(request, response);
  else writeAnswer(response, json(404, { reason: 'not_found', requestId: asked.request.requestId }));
}

/** httpxy's own time-out looks like a reset connection; this one says what it is. */
async function watchTime(
  standalone: Standalone,
  request: IncomingMessage,
  response: ServerResponse,
  forwarded: ForwardedRequest,
  pass: () => Promise<unknown>,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  request.once('end', () => {
    timer = setTimeout(() => {
      if (response.headersSent) return;
      writeAnswer(response, json(504, { reason: 'upstream_timeout', requestId: forwarded.requestId }));
    }, standalone.upstreamTimeoutMs);
  });
  try {
    await pass();
  } catch (error) {
    const answer = unreachable(standalone, forwarded, error);
    if (response.headersSent) response.destroy();
    else writeAnswer(response, answer);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable({ gate }: Standalone, request: ForwardedRequest, error: unknown): Answer {
  gate.log.warn({ requestId: request.requestId, reason: 'upstream_unreachable', error }, 'passing on failed');
  return json(502, { reason: 'upstream_unreachable', requestId: request.requestId });
}

function endSocket(socket: Duplex, answer: Answer): void {
  if (!socket.writable) return;
  const lines = [
    `HTTP/1.1 ${answer.status} Refused`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(answer.body)}`,
  ];
  for (let index = 0; index + 1 < answer.headers.length; index += 2)
    lines.push(`${answer.headers[index]}: ${answer.headers[index + 1]}`);
  socket.end(`${lines.join('\r\n')}\r\n\r\n${answer.body}`);
}
