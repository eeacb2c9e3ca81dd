// A listener whose answers are a text: plain requests on the socket itself, all others by node:http, both by one function.
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { andThen, orElse } from './now-or-later.ts';
import { type PlainAnswer, writeAnswer } from './plain-answer.ts';
import { type Answering, PlainConnections } from './plain-connections.ts';
import { type Address, type Attached, type Listener, listen, usualBounds } from './server.ts';

/** @throws Error as `listen` does. */
export function listenPlain(
  address: Address,
  answering: Answering,
  options: { readonly reusePort?: boolean } = {},
): Promise<Listener> {
  return listen(address, answerByNode(answering), (server) => attachPlain(server, answering), options);
}

/** Every connection begins as a plain one; node:http's own listener takes those that are not. */
function attachPlain(server: Server, answering: Answering): Attached {
  const takenByNode = server.listeners('connection');
  server.removeAllListeners('connection');
  const handOver = (socket: Socket): void => {
    for (const take of takenByNode) Reflect.apply(take, server, [socket]);
  };
  const connections = new PlainConnections({ ...answering, ...usualBounds, handOver });
  server.on('connection', (socket) => connections.take(socket));
  return {
    end: () => connections.end(),
    closeIdle: () => connections.closeIdle(),
    closeAll: () => connections.closeAll(),
  };
}

function answerByNode({ answer, answerBug }: Answering): RequestListener {
  return (request, response) => {
    // A proxy may send the request's body along; it decides nothing, and unread it would block the connection.
    request.resume();
    const { method = '', url = '', rawHeaders: headers, socket } = request;
    const write = (given: PlainAnswer): void => writeAnswer(response, given);
    void orElse(
      () => andThen(answer({ method, url, headers }, socket.remoteAddress ?? ''), write),
      (error) => {
        if (response.headersSent) response.destroy();
        else write(answerBug(error));
      },
    );
  };
}
