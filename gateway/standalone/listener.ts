// Standalone mode: a listener that is itself the proxy. Requests and upgrades go through the same decision as a
// proxy's question, then to the app's own address; what lies below publicUrl is the gateway's own.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer, type ProxyTargetDetailed } from 'httpxy';
import { writeAnswer } from '../../platform/plain-answer.ts';
import { createSlots, type Slots } from '../../platform/slots.ts';
import { type Decided, decide, type Gate, refuseMalformed } from '../decide.ts';
import { gatewayAppName } from '../policy/app-index.ts';
import { malformed } from '../proxies/forwarded.ts';
import { json, renderBug } from '../proxies/render.ts';
import type { Answer, ForwardedRequest, Upstream } from '../types.ts';
import { cleanAnswerHeaders, cleanHeaders } from './clean-headers.ts';
import { watchStalls } from './connections.ts';
import { directOf } from './direct.ts';
import type { LimitNotes, StandaloneLimits } from './limits.ts';
import { watchPace } from './pace.ts';
import { answerSocket, type Passage, passRequest, passUpgrade, refusePassage } from './passage.ts';
import { readDirect } from './read.ts';
import { sharerOf } from './sharer.ts';
import { followStream, type Stream } from './streams.ts';
import { agentOf } from './upstream-agent.ts';
import { upstreamTarget } from './upstream-target.ts';

export type Standalone = {
  readonly gate: Gate;
  /** As clients see it, where no proxy says it. */
  readonly scheme: 'http' | 'https';
  readonly isTrustedProxy: (address: string) => boolean;
  /** Serves what lies below publicUrl. */
  readonly ownPages: RequestListener;
  readonly limits: StandaloneLimits;
  readonly notes: LimitNotes;
  /** How often a stream that ends with its credential is looked at. */
  readonly recheckMs: number;
};

type OnItsWay = Passage & {
  /** An event stream has begun: it takes nobody's place, and may have to end before its time. */
  readonly streams: () => void;
  /** Its address. */
  readonly client: string;
};

export function createStandalone(standalone: Standalone): {
  readonly onRequest: RequestListener;
  readonly attachUpgrades: (server: Server) => { readonly end: () => void };
} {
  const proxy = createProxyServer({ xfwd: false });
  const passages = new WeakMap<IncomingMessage, OnItsWay>();
  const slots = new WeakMap<Upstream, Slots>();
  const slotsOf = (upstream: Upstream): Slots => {
    const known = slots.get(upstream) ?? slotsFor(standalone.limits.maxConnectionsPerApp);
    slots.set(upstream, known);
    return known;
  };
  const follow = (stream: Stream, closing: Duplex | ServerResponse): void => {
    if (!stream.decision.app.endsStreams) return;
    const { recheckMs } = standalone;
    const stop = followStream({ gate: () => standalone.gate, recheckMs }, stream);
    closing.once('close', stop);
  };
  proxy.on('proxyReq', (upstreamRequest, request) => passages.get(request)?.begun(upstreamRequest));
  // httpxy passes on the end of a client's connection, and not that it was cut off here.
  proxy.on('proxyReqWs', (upstreamRequest, _request, socket) => {
    upstreamRequest.once('upgrade', (_answer, upstreamSocket: Socket) => {
      socket.once('close', () => upstreamSocket.destroySoon());
    });
  });
  proxy.on('proxyRes', (answer, request, response) => {
    cleanAnswerHeaders(answer.headers, response.shouldKeepAlive ? 'keep-alive' : 'close');
    if (/^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')) passages.get(request)?.streams();
  });
  // Synchronous on purpose: after an upgrade that failed, httpxy hangs up without a word.
  proxy.on('error', (error, request) => {
    if (request !== undefined) passages.get(request)?.failed(error);
  });
  /** The client does not send what it has announced. */
  const cutOff = (request: IncomingMessage, response: ServerResponse): void => {
    const passage = passages.get(request);
    const client = passage?.client ?? request.socket.remoteAddress ?? '';
    standalone.notes.note('stalledMs', { client });
    // A page of the gateway's own writes its answer itself, once it has read what never comes.
    if (passage === undefined) return void response.destroy();
    response.shouldKeepAlive = false;
    writeAnswer(response, json(408, { reason: 'request_too_slow', requestId: randomUUID() }));
    passage.abandon();
  };
  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // One request goes by one configuration from its beginning to its end.
    const asking = { ...standalone };
    const asked = await judge(asking, request, false);
    if ('status' in asked) {
      if (unreadable.has(request.socket)) response.shouldKeepAlive = false;
      return writeAnswer(response, asked);
    }
    const { upstream } = asked.decided.decision.app;
    if (upstream === undefined) return ownOrNothing(asking, asked, request, response);
    const { decision } = asked.decided;
    const way = { forwarded: asked.request, app: decision.app };
    const sharer = sharerOf(asked.request, asking.isTrustedProxy);
    const giveBack = await slotsOf(upstream).take(sharer, asking.limits.connectMs);
    if (typeof giveBack === 'string') {
      const client = giveBack === 'share' && sharer !== undefined ? { client: sharer } : {};
      asking.notes.note('maxConnectionsPerApp', { app: decision.app.name, ...client });
      const refusal = refusePassage(asking.gate, way, 'upstream_timeout', noPlaceFor[giveBack]);
      return writeAnswer(response, refusal);
    }
    response.once('close', giveBack);
    if (response.closed) return giveBack();
    request.headers = headersFor(asking, asked);
    request.url = upstreamTarget(asked.request, decision.app);
    const passage = passRequest(asking, way, request, response);
    const streams = (): void => {
      giveBack();
      follow({ forwarded: asked.request, decision, end: () => response.destroy() }, response);
    };
    const { clientAddress: client = '' } = asked.request;
    passages.set(request, { ...passage, streams, client });
    if (!request.complete)
      watchPace(request, asking.limits.stalledMs, () => {
        // Its body may be a conversation with the app.
        if (!response.headersSent) cutOff(request, response);
      });
    await proxy.web(request, response, { target: targetOf(upstream.url), agent: agentOf(upstream) });
    passage.ended();
  };
  const upgrade = async (request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> => {
    // One request goes by one configuration from its beginning to its end.
    const asking = { ...standalone };
    const asked = await judge(asking, request, true);
    if ('status' in asked) return answerSocket(socket, asked);
    const { upstream } = asked.decided.decision.app;
    if (upstream === undefined)
      return answerSocket(socket, json(404, { reason: 'not_found', requestId: asked.request.requestId }));
    request.headers = headersFor(asking, asked);
    const { decision } = asked.decided;
    request.url = upstreamTarget(asked.request, decision.app);
    const passage = passUpgrade(asking, { forwarded: asked.request, app: decision.app }, socket);
    passages.set(request, { ...passage, streams: () => {}, client: asked.request.clientAddress ?? '' });
    follow({ forwarded: asked.request, decision, end: () => socket.destroy() }, socket);
    const way = { target: targetOf(upstream.url), agent: agentOf(upstream) };
    await proxy.ws(request, socket, { ...way, upgradeTimeout: asking.limits.answerMs }, head);
  };
  const bug = (error: unknown): Answer => {
    const requestId = randomUUID();
    standalone.gate.log.error({ requestId, reason: 'internal_error', error }, 'passing on failed');
    return renderBug(requestId);
  };
  const refuse = (socket: Duplex, detail: string): void => {
    const decision = malformed('unsupported_request', detail);
    answerSocket(socket, refuseMalformed(decision, randomUUID(), standalone.gate));
  };
  return {
    onRequest: (request, response) => {
      if (unreadable.has(request.socket)) return void request.resume();
      passOn(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else writeAnswer(response, bug(error));
      });
    },
    attachUpgrades: (server) => {
      watchStalls(server, standalone.limits.stalledMs, (stall, { request, response }) => {
        const passage = passages.get(request);
        if (stall === 'app_takes' && passage !== undefined) return passage.giveUp('stalledMs');
        if (stall !== 'client_takes') return cutOff(request, response);
        standalone.notes.note('stalledMs', { client: passage?.client ?? request.socket.remoteAddress ?? '' });
        response.destroy();
      });
      const sockets = new Set<Duplex>();
      const keep = (socket: Duplex): void => {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => sockets.delete(socket));
      };
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        keep(socket);
        if (socket instanceof Socket)
          upgrade(request, socket, head).catch((error: unknown) => answerSocket(socket, bug(error)));
        // Node gives another stream where a body is still to come.
        else refuse(socket, 'a websocket begins with a GET without a body');
      });
      server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
        keep(socket);
        refuse(socket, 'CONNECT is not served');
      });
      return { end: () => sockets.forEach((socket) => void socket.destroy()) };
    },
  };
}

/** Connections on which something came that can be read in two ways: nobody knows where it ends and the next begins. */
const unreadable = new WeakSet<Socket>();

/** A client with its share waits for its own places alone. */
function slotsFor(count: number): Slots {
  return createSlots({ count, share: Math.max(1, Math.floor(count / 4)) });
}

/** Whoever is told the code would look for the fault in the app. */
const noPlaceFor = {
  all: { limit: 'standalone.maxConnectionsPerApp: all places on the way to the app were taken' },
  share: {
    limit: 'standalone.maxConnectionsPerApp: its client had its share of the places, a quarter, already',
  },
} as const;

type Passed = { readonly request: ForwardedRequest; readonly decided: Extract<Decided, { kind: 'pass' }> };

async function judge(
  { gate, scheme, isTrustedProxy }: Standalone,
  message: IncomingMessage,
  isUpgrade: boolean,
): Promise<Passed | Answer> {
  const requestId = randomUUID();
  const request = readDirect(directOf(message, { isTrustedProxy, isUpgrade, scheme, requestId }));
  if ('outcome' in request) {
    unreadable.add(message.socket);
    return refuseMalformed(request, requestId, gate);
  }
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

function headersFor({ gate }: Standalone, { request, decided }: Passed) {
  return cleanHeaders(request, decided.passport, gate.site.credentialHeaders);
}

/** httpxy hands the brackets of an IPv6 address on, and node:http looks them up as a name. */
function targetOf({ protocol, hostname, port, pathname }: URL): ProxyTargetDetailed {
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, pathname };
}
