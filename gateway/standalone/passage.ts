// A request that may pass, on its way to an app: what its sender is told where the app does not answer.
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { writeAnswer } from '../../platform/plain-answer.ts';
import { endSocket } from '../../platform/server.ts';
import type { Gate } from '../decide.ts';
import { pairsOf } from '../proxies/headers.ts';
import { toKnownStatus } from '../proxies/known-status.ts';
import { json } from '../proxies/render.ts';
import { explainPassage, type Obstacle } from '../refusal.ts';
import type { Answer, App, ForwardedRequest } from '../types.ts';
import type { LimitNotes, StandaloneLimits } from './limits.ts';

export type Passing = {
  readonly gate: Pick<Gate, 'log' | 'refusals'>;
  readonly limits: Pick<StandaloneLimits, 'connectMs' | 'answerMs'>;
  readonly notes: LimitNotes;
};

export type Passage = {
  readonly begun: (upstreamRequest: ClientRequest) => void;
  readonly failed: (error: unknown) => void;
  /** Too late, by this limit. */
  readonly giveUp: (limit: TimeLimit) => void;
  /** The client has had its answer from somebody else: the app need not go on. */
  readonly abandon: () => void;
  readonly ended: () => void;
};

type TimeLimit = 'connectMs' | 'answerMs' | 'stalledMs';

export type Way = {
  readonly forwarded: ForwardedRequest;
  readonly app: Pick<App, 'name' | 'statuses'>;
};

/** httpxy's own time-out looks like a reset connection; these say what they are. */
export function passRequest(
  { gate, limits, notes }: Passing,
  { forwarded, app }: Way,
  request: IncomingMessage,
  response: ServerResponse,
): Passage {
  let upstreamRequest: ClientRequest | undefined;
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (limit: TimeLimit): void => {
    if (response.headersSent) return;
    notes.note(limit, { app: app.name });
    writeAnswer(
      response,
      refusePassage(gate, { forwarded, app }, 'upstream_timeout', { limit: `standalone.${limit}` }),
    );
    upstreamRequest?.destroy();
  };
  const limitTo = (limit: 'connectMs' | 'answerMs'): void => {
    clearTimeout(timer);
    timer = setTimeout(() => giveUp(limit), limits[limit]);
  };
  request.once('end', () => {
    if (upstreamRequest?.socket?.connecting !== true) limitTo('answerMs');
  });
  return {
    begun: (begun) => {
      upstreamRequest = begun;
      const { socket } = begun;
      if (socket === null || !socket.connecting) return;
      limitTo('connectMs');
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        if (request.readableEnded) limitTo('answerMs');
      });
    },
    failed: (error) => {
      if (response.writableEnded) return;
      const answer = refusePassage(gate, { forwarded, app }, 'upstream_unreachable', { error });
      if (response.headersSent) response.destroy();
      else writeAnswer(response, answer);
    },
    giveUp,
    abandon: () => void upstreamRequest?.destroy(),
    ended: () => clearTimeout(timer),
  };
}

export function passUpgrade({ gate }: Passing, way: Way, socket: Socket): Passage {
  const bytesBefore = socket.bytesWritten;
  return {
    begun: () => {},
    failed: (error) => {
      // Once the app has answered, what goes over this socket is no HTTP any more.
      if (socket.bytesWritten > bytesBefore) return;
      const isLate =
        error instanceof Error && 'code' in error && error.code === 'ERR_UPSTREAM_UPGRADE_TIMEOUT';
      const reason = isLate ? 'upstream_timeout' : 'upstream_unreachable';
      answerSocket(socket, refusePassage(gate, way, reason, { error }));
    },
    giveUp: () => {},
    abandon: () => {},
    ended: () => {},
  };
}

export function refusePassage(
  gate: Passing['gate'],
  { forwarded, app }: Way,
  reason: 'upstream_unreachable' | 'upstream_timeout',
  obstacle: Obstacle,
): Answer {
  const { requestId } = forwarded;
  const code = gate.refusals.enter(reason, explainPassage(reason, obstacle, forwarded));
  gate.log.warn({ requestId, code, reason, ...obstacle }, 'passing on failed');
  const answer = json(reason === 'upstream_timeout' ? 504 : 502, { reason, requestId, code });
  return toKnownStatus(answer, app, forwarded.method);
}

/** An answer on a socket that has been taken from the HTTP server. */
export function answerSocket(socket: Duplex, answer: Answer): void {
  const lines = [
    `HTTP/1.1 ${answer.status} Refused`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(answer.body)}`,
  ];
  for (const [name, value] of pairsOf(answer.headers)) lines.push(`${name}: ${value}`);
  endSocket(socket, `${lines.join('\r\n')}\r\n\r\n${answer.body}`);
}
