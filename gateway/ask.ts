// The `proxies` listener: a question in, its answer out, and nothing that a question holds can end the process.
import { randomUUID } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import type { Networks } from '../platform/networks.ts';
import { andThen, orElse } from '../platform/now-or-later.ts';
import { answer } from './answer.ts';
import type { Gate } from './decide.ts';
import { renderBug } from './proxies/render.ts';
import { writeAnswer } from './respond.ts';
import type { Answer } from './types.ts';

/** @param current what is in force at this moment: a reload comes between two questions. */
export function createProxyListener(
  current: () => { readonly gate: Gate; readonly trustedProxies: Networks },
): RequestListener {
  return (request, response) => {
    const { gate, trustedProxies } = current();
    // A proxy may send the request's body along; it decides nothing, and unread it would block the connection.
    if (!request.readableEnded) request.resume();
    const asked = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.rawHeaders,
      peerAddress: request.socket.remoteAddress ?? '',
    };
    const told = (given: Answer): void => writeAnswer(response, given);
    const failed = (error: unknown): void => answerBug(error, response, gate);
    void orElse(() => andThen(answer(asked, gate, trustedProxies), told), failed);
  };
}

/** Left alone it would be an unhandled rejection, and end the process with every app's door. */
function answerBug(error: unknown, response: ServerResponse, gate: Gate): void {
  const requestId = randomUUID();
  gate.log.error({ requestId, outcome: 'error', reason: 'internal_error', error }, 'decision');
  if (response.headersSent) response.destroy();
  else writeAnswer(response, renderBug(requestId));
}
