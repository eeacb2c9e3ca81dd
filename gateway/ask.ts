// The `proxies` listener: a question in, its answer out, and nothing that a question holds can end the process.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Networks } from '../platform/networks.ts';
import { answer } from './answer.ts';
import type { Gate } from './decide.ts';
import { renderBug } from './proxies/render.ts';
import { writeAnswer } from './respond.ts';

/** @param current what is in force at this moment: a reload comes between two questions. */
export function createProxyListener(
  current: () => { readonly gate: Gate; readonly trustedProxies: Networks },
): RequestListener {
  return (request, response) => void ask(request, response, current());
}

async function ask(
  request: IncomingMessage,
  response: ServerResponse,
  { gate, trustedProxies }: ReturnType<Parameters<typeof createProxyListener>[0]>,
): Promise<void> {
  // A proxy may send the request's body along; it decides nothing, and unread it would block the connection.
  request.resume();
  const asked = {
    url: request.url ?? '',
    headers: request.rawHeaders,
    peerAddress: request.socket.remoteAddress ?? '',
  };
  try {
    writeAnswer(response, await answer(asked, gate, trustedProxies));
  } catch (error) {
    // A bug. Left alone it would be an unhandled rejection, and end the process with every app's door.
    const requestId = randomUUID();
    gate.log.error({ requestId, outcome: 'error', reason: 'internal_error', error }, 'decision');
    if (response.headersSent) response.destroy();
    else writeAnswer(response, renderBug(requestId));
  }
}
